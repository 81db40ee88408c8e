"""From a citizen's text to words, each knowing where it stands in the original.

Offsets are code points of the text as it came. They survive everything done here: compatibility forms that change the
length, capitals, repeated letters, spellings, doubled words. Reading never raises, whatever the text holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from services.router.quoting import find_quoted
from shared.citypack import Spellings

# No honest complaint is longer; what stands behind is stored and shown, but routing does not depend on it.
MAX_CHARACTERS = 100_000

_WORD = re.compile(r"[^\W_]+")
_ESCAPED_BREAK = re.compile(r"\\[nrt]")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_TWICE = re.compile(r"([^\W\d_]{2,})2([^\W\d_]{0,3})")
# Suffix and the letters that must remain; Sundanese -na beside Indonesian -nya.
_SUFFIXES = (("nya", 3), ("na", 3), ("kah", 4), ("lah", 4), ("pun", 4), ("ku", 4), ("kan", 4), ("an", 4), ("in", 4))
_CACHED_WORDS = 50_000

NO_PAUSE, PAUSE, COMMA, STOP = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Word:
    """`text` is the word as understood; `forms` begins with it and adds it without affixes.

    `gap` says what stands between the word before and this one: `NO_PAUSE`, `PAUSE` (a bracket, the end of a line),
    `COMMA`, `STOP` (the end of a sentence); the last two begin a new `clause`. `light` words (fillers and numbers) are
    skipped when phrases are matched.
    """

    text: str
    forms: tuple[str, ...]
    start: int
    end: int
    gap: int
    light: bool
    clause: int = 0


class Lexicon:
    """The spellings of a city, ready for reading. Two lexicons of equal spellings read alike."""

    def __init__(self, spellings: Spellings) -> None:
        self.spellings = spellings
        self._understood = lru_cache(maxsize=_CACHED_WORDS)(self._understand)

    def read(self, text: str) -> list[Word]:
        """The words of a message, without quoted mail, signatures and salutations."""
        text = text[:MAX_CHARACTERS]
        return self._words(text, find_quoted(text))

    def words_of(self, phrase: str) -> tuple[str, ...]:
        """A phrase of a rule as it is compared: normalised as texts are, without light words. May be empty."""
        return tuple(word.text for word in self._words(phrase, ()) if not word.light)

    def is_content(self, word: Word) -> bool:
        """False for greetings, pleas and fillers, which say nothing about a matter."""
        return not word.light and word.text not in self.spellings.no_content

    def _words(self, text: str, quoted: Sequence[tuple[int, int]]) -> list[Word]:
        folded, offsets = _fold(_ESCAPED_BREAK.sub("\n ", text))
        words: list[Word] = []
        before = 0
        skipped = iter([*quoted, (len(text) + 1, len(text) + 1)])
        skip_start, skip_end = next(skipped)
        for found in _WORD.finditer(folded):
            start, end = found.start(), found.end()
            first, last = (start, end - 1) if offsets is None else (offsets[start], offsets[end - 1])
            while first >= skip_end:
                skip_start, skip_end = next(skipped)
            if first >= skip_start:
                continue
            gap = _gap(folded[before:start], words)
            self._append(words, found.group(), first, last + 1, gap)
            before = end
        return words

    def _append(self, words: list[Word], token: str, start: int, end: int, gap: int) -> None:
        for text, forms, light in self._understood(token):
            previous = words[-1] if words else None
            if previous is not None and previous.text == text and gap == NO_PAUSE and not light:
                # "lubang-lubang", "hati hati": one word said twice
                words[-1] = replace(previous, end=end)
            else:
                clause = (previous.clause if previous else 0) + (gap >= COMMA)
                words.append(Word(text, forms, start, end, gap, light, clause))
            gap = NO_PAUSE

    def _understand(self, token: str) -> tuple[tuple[str, tuple[str, ...], bool], ...]:
        known = []
        for text in self._spell(token).split():
            light = text.isdecimal() or text in self.spellings.fillers
            known.append((text, self._forms(text), light))
        return tuple(known)

    def _spell(self, token: str) -> str:
        words = self.spellings.words
        if token in self.spellings.protected:
            return token
        token = _REPEATED.sub(r"\1", token)
        single = _DOUBLED.sub(r"\1", token) if len(token) > 3 else token
        for candidate in (token, single):
            if candidate in words:
                return words[candidate]
        twice = _TWICE.fullmatch(token)
        if twice:
            base = words.get(twice[1], twice[1])
            return base + twice[2] if " " not in base else base
        return token

    def _forms(self, text: str) -> tuple[str, ...]:
        if text in self.spellings.protected:
            return (text,)
        forms = dict.fromkeys([text, _DOUBLED.sub(r"\1", text)])
        for form in list(forms):
            forms.update(dict.fromkeys(_without_suffix(form)))
        for form in list(forms):
            if form.startswith("di") and len(form) >= 5:
                forms[form[2:]] = None
        for form in list(forms):
            spelt = self.spellings.words.get(form, "")
            if spelt and " " not in spelt:
                forms[spelt] = None
        return tuple(forms)


def _without_suffix(word: str) -> list[str]:
    return [word[: -len(end)] for end, least in _SUFFIXES if word.endswith(end) and len(word) - len(end) >= least]


def _gap(between: str, words: list[Word]) -> int:
    if len(between) <= 1:
        return PAUSE if between == "\n" else (COMMA if between == "," else NO_PAUSE)
    # A short word with a full stop is an abbreviation (jl. no. dr. kol.), not the end of a sentence.
    abbreviation = not words or words[-1].end - words[-1].start <= 4
    if "\n\n" in between or any(sign in between for sign in "!?;") or ("." in between and not abbreviation):
        return STOP
    if "," in between:
        return COMMA
    return PAUSE if any(sign in between for sign in "\n:()/\"'") else NO_PAUSE


def _fold(text: str) -> tuple[str, list[int] | None]:
    """Lower case without marks and invisible signs, and for each character its place in `text` (None: the same)."""
    if text.isascii():
        return text.lower(), None
    folded: list[str] = []
    offsets: list[int] = []
    for place, sign in enumerate(text):
        plain = sign.lower() if sign < "\x80" else _plain(sign)
        for letter in plain:
            folded.append(letter)
            offsets.append(place)
    return "".join(folded), offsets


@lru_cache(maxsize=4096)
def _plain(sign: str) -> str:
    parts = unicodedata.normalize("NFKD", sign).casefold()
    return "".join(part for part in parts if unicodedata.category(part) not in {"Mn", "Cf"})
