"""From a citizen's text to words, each knowing where it stands in the original.

Offsets are code points of the text as it came. They survive everything done here: compatibility forms that change the
length, capitals, repeated letters, spellings, doubled words. Reading never raises, whatever the text holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import eq

from services.router.folding import fold
from services.router.memory import Memory
from services.router.quoting import find_quoted
from shared.citypack import Spellings

# No honest complaint is longer; what stands behind is stored and shown, but routing does not depend on it.
MAX_CHARACTERS = 100_000

_WORD = re.compile(r"([^\W_]+)")
_ASCII_WORD = re.compile(r"([a-z0-9]+)")  # the same in plain texts, twice as fast
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_DOUBLED = re.compile(r"([^\W\d_])\1+")
_TWICE = re.compile(r"([^\W\d_]{2,})2([^\W\d_]{0,3})")
# Suffix and the letters that must remain; Sundanese -na beside Indonesian -nya.
_SUFFIXES = (("nya", 3), ("na", 3), ("kah", 4), ("lah", 4), ("pun", 4), ("ku", 4), ("kan", 4), ("an", 4), ("in", 4))
_ENDINGS = tuple(end for end, _ in _SUFFIXES)
_LONGEST_WORD = 60
_LONGEST_ABBREVIATION = 3

NO_PAUSE, PAUSE, COMMA, STOP = 0, 1, 2, 3
_FULL_STOP = 4  # the end of a sentence, unless a short word stands before it


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A word as understood, shared by all places where it stands. Compare tokens by `text`, not by identity.

    `forms` begins with the word and adds it without affixes. `light` words (fillers and numbers) are skipped when
    phrases are matched; `content` is False for those and for greetings and pleas, which say nothing about a matter.
    `negates`: it may cancel what follows.
    """

    text: str
    forms: tuple[str, ...]
    light: bool
    content: bool
    negates: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A token at its place. `gap` is the pause before it; a new `clause` begins after a comma or a full stop."""

    text: str
    forms: tuple[str, ...]
    start: int
    end: int
    gap: int
    light: bool
    clause: int


@dataclass(slots=True)
class Reading:
    """The words of a text in lists of equal length: what, which pause before, from where, to where, which clause.

    A new clause begins after a comma or the end of a sentence.
    """

    tokens: list[Token]
    gaps: list[int]
    starts: list[int]
    ends: list[int]
    clauses: list[int] = field(default_factory=list)

    def words(self) -> list[Word]:
        """The same, word by word, for those who have time."""
        rows = zip(self.tokens, self.gaps, self.starts, self.ends, self.clauses, strict=True)
        return [
            Word(token.text, token.forms, start, end, gap, token.light, clause)
            for token, gap, start, end, clause in rows
        ]


class Lexicon:
    """The spellings of a city, ready for reading. Two lexicons of equal spellings read alike."""

    def __init__(self, spellings: Spellings) -> None:
        self.spellings = spellings
        self._understood: Memory[str, tuple[Token, ...]] = Memory(self._understand)
        self._single: Memory[str, Token] = Memory(self._first)
        self._pauses: Memory[str, int] = Memory(_pause)
        self._several: set[str] = set()  # what stands for several words, as far as it was met
        self._of_two_senses: set[str] = set()  # likewise
        self._senses = spellings.sundanese
        self._negating = frozenset(word for negation in spellings.negations for word in negation.words)

    def scan(self, text: str) -> Reading:
        """The words of a message, without quoted mail, signatures and salutations."""
        self._understood.tidy()
        self._single.tidy()
        self._pauses.tidy()
        text = text[:MAX_CHARACTERS]
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()  # lone surrogates become "?", the length stays
        return self._scan(text, find_quoted(text))

    def read(self, text: str) -> list[Word]:
        """As `scan`, word by word."""
        return self.scan(text).words()

    def words_of(self, phrase: str) -> tuple[str, ...]:
        """A phrase of a rule as it is compared: normalised as texts are, without light words. May be empty."""
        return tuple(token.text for token in self._scan(phrase, ()).tokens if not token.light)

    def tokens_of(self, phrase: str) -> list[Token]:
        """Every word of a phrase as it is understood, light ones too."""
        return self._scan(phrase, ()).tokens

    def token(self, text: str) -> Token:
        """The token of a word that is understood already."""
        spellings = self.spellings
        light = text.isdecimal() or text in spellings.fillers
        content = not light and text not in spellings.no_content
        return Token(text, self._forms(text), light, content, text in self._negating)

    def language(self, reading: Reading) -> str:
        """`su` for Sundanese, `id` for Indonesian, `mixed` for both, judged by words that only one of them has."""
        marks = self.spellings.sundanese_marks
        count = sum(1 for token in reading.tokens if token.text in marks)
        if not count:
            return "id"
        return "su" if count * 4 >= len(reading.tokens) else "mixed"

    def _scan(self, text: str, quoted: Sequence[tuple[int, int]]) -> Reading:
        folded, offsets = fold(text)
        parts = (_ASCII_WORD if folded.isascii() else _WORD).split(folded)
        raw, bounds = parts[1::2], list(accumulate(map(len, parts)))
        starts, ends = bounds[0:-1:2], bounds[1::2]
        if offsets is not None:
            starts, ends = [offsets[start] for start in starts], [offsets[end - 1] + 1 for end in ends]
        gaps = list(map(self._pauses.__getitem__, parts[0:-1:2]))
        if _FULL_STOP in gaps:
            _end_sentences(gaps, raw)
        reading = Reading(list(map(self._single.__getitem__, raw)), gaps, starts, ends)
        if quoted:
            raw = _leave_out(reading, raw, quoted)
        if not self._several.isdisjoint(raw) or any(map(eq, raw, raw[1:])):
            reading = self._spread(reading, raw)
        if not self._of_two_senses.isdisjoint(raw):
            self._choose_senses(reading)
        reading.clauses = list(accumulate(map(COMMA.__le__, reading.gaps)))
        return reading

    def _spread(self, reading: Reading, raw: list[str]) -> Reading:
        """Spellings that stand for several words become those; "lubang-lubang" becomes one word said twice."""
        found = Reading([], [], [], [])
        for place, written in enumerate(raw):
            gap = reading.gaps[place]
            for token in self._understood[written]:
                again = found.tokens and found.tokens[-1].text == token.text and not token.light
                if again and gap == NO_PAUSE:
                    found.ends[-1] = reading.ends[place]
                else:
                    found.tokens.append(token)
                    found.gaps.append(gap)
                    found.starts.append(reading.starts[place])
                    found.ends.append(reading.ends[place])
                gap = NO_PAUSE
        return found

    def _choose_senses(self, reading: Reading) -> None:
        """Words that both languages have with different meanings: the Sundanese one beside Sundanese words."""
        if self.language(reading) == "id":
            return
        for place, token in enumerate(reading.tokens):
            meant = self._senses.get(token.text)
            if meant:
                reading.tokens[place] = self.token(meant)

    def _first(self, raw: str) -> Token:
        return self._understood[raw][0]

    def _understand(self, raw: str) -> tuple[Token, ...]:
        tokens = tuple(self.token(text) for text in self._spell(raw[:_LONGEST_WORD]).split())
        if len(tokens) > 1:
            self._several.add(raw)
        if any(token.text in self._senses for token in tokens):
            self._of_two_senses.add(raw)
        return tokens

    def _spell(self, word: str) -> str:
        words = self.spellings.words
        if word in self.spellings.protected:
            return word
        if word in words:
            return words[word]
        if _DOUBLED.search(word):
            word = _REPEATED.sub(r"\1", word)
            for candidate in (word, _single(word) if len(word) > 3 else word):
                if candidate in words:
                    return words[candidate]
        twice = _TWICE.fullmatch(word) if "2" in word else None
        if twice:
            base = words.get(twice[1], twice[1])
            if " " in base:
                return base
            return f"{base} {base}an" if twice[2] == "an" else base + twice[2]
        return word

    def _forms(self, text: str) -> tuple[str, ...]:
        if text in self.spellings.protected:
            return (text,)
        forms = dict.fromkeys((text, _single(text)))
        for form in list(forms):
            if form.endswith(_ENDINGS):
                forms.update(dict.fromkeys(_without_suffix(form)))
        for form in list(forms):
            if form.startswith("di") and len(form) >= 5:
                forms[form[2:]] = None
        for form in list(forms):
            spelt = self.spellings.words.get(form, "")
            if spelt and " " not in spelt:
                forms[spelt] = None
        return tuple(forms)


def _single(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


def _without_suffix(word: str) -> list[str]:
    return [word[: -len(end)] for end, least in _SUFFIXES if word.endswith(end) and len(word) - len(end) >= least]


def _pause(between: str) -> int:
    """What stands between two words. A full stop right between two words belongs to them ("no.12")."""
    if "\n\n" in between or any(sign in between for sign in "!?;"):
        return STOP
    if len(between) > 1 and "." in between:
        return _FULL_STOP
    if "," in between:
        return COMMA
    return PAUSE if between == "\n" or (len(between) > 1 and any(sign in between for sign in "\n:()/\"'")) else NO_PAUSE


def _end_sentences(gaps: list[int], raw: list[str]) -> None:
    """A short word with a full stop is an abbreviation (jl. no. dr. kol.), not the end of a sentence."""
    place = 0
    for _ in range(gaps.count(_FULL_STOP)):
        place = gaps.index(_FULL_STOP, place)
        abbreviation = place == 0 or len(raw[place - 1]) <= _LONGEST_ABBREVIATION
        gaps[place] = NO_PAUSE if abbreviation else STOP


def _leave_out(reading: Reading, raw: list[str], quoted: Sequence[tuple[int, int]]) -> list[str]:
    """Remove the words that begin in a quoted span; `raw` follows."""
    kept: list[int] = []
    spans = iter([*quoted, (MAX_CHARACTERS + 1, MAX_CHARACTERS + 1)])
    skip_start, skip_end = next(spans)
    for place, start in enumerate(reading.starts):
        while start >= skip_end:
            skip_start, skip_end = next(spans)
        if start < skip_start:
            kept.append(place)
    reading.tokens = [reading.tokens[place] for place in kept]
    reading.gaps = [reading.gaps[place] for place in kept]
    reading.starts = [reading.starts[place] for place in kept]
    reading.ends = [reading.ends[place] for place in kept]
    return [raw[place] for place in kept]
