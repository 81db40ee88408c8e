"""The words of a text, and what people search for. Pure.

Both databases are given the words as they are read here, not the text: so they find the same. A word is a run of
letters and digits, without accents and capitals; Indonesian has no stemmer worth having, so a word also finds those
that begin with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_WORDS = 8_000
"""Of one text. An answer has 20,000 signs at most, so that is all of it."""
MOST_SIGNS = 40
MOST_TERMS = 8
MOST_SOUGHT = 200
_LEAST = 4
_ASCII = re.compile(r"[a-z0-9]+")
_LONG = re.compile(f"([a-z0-9]{{{_LEAST},{MOST_SIGNS}}})[a-z0-9]*")
_HIDDEN = re.compile(r"\[(?:telepon|e-mail|nomor identitas)\]")
_PART = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


def words_of(text: str, most: int = MOST_WORDS) -> list[str]:
    """In their order, with repetitions; each cut to `MOST_SIGNS`."""
    if text.isascii():
        found = _ASCII.findall(text.lower())
    else:
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = unicodedata.normalize("NFKC", "".join(sign for sign in plain if not unicodedata.combining(sign)))
        found = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    return [word[:MOST_SIGNS] for word in found[:most]]


def masked_words(text: str) -> list[str]:
    """Of a text that `mask` has been over, without what that wrote."""
    return words_of(_HIDDEN.sub(" ", text) if "[" in text else text)


@dataclass(frozen=True)
class Term:
    """One thing that is sought: a word, or words that follow each other. `whole`: the last one must be that very word.

    `places` are the kelurahan that are called like that; a case there is found, too.
    """

    words: tuple[str, ...]
    whole: bool = False
    excluded: bool = False
    places: tuple[str, ...] = ()


def read_terms(sought: str, places: Mapping[tuple[str, ...], str] | None = None) -> tuple[Term, ...]:
    """`"two words"` stand side by side, `-word` must not be there; anything else is a word. Never an error.

    `places` maps the words of a name to the kelurahan that is called so.
    """
    found: list[Term] = []
    for sign, quoted, bare in _PART.findall(sought[:MOST_SOUGHT]):
        words = tuple(words_of(quoted or bare))
        if words:
            excluded = bool(sign)
            named = () if excluded else tuple(_named(words, places or {}))
            found.append(Term(words, whole=bool(quoted), excluded=excluded, places=named))
    return tuple(dict.fromkeys(found))[:MOST_TERMS]


def as_tsvector(words: Sequence[str]) -> str:
    """As PostgreSQL reads a `tsvector`: each word with its places."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


def as_row(words: Sequence[str]) -> str:
    """As SQLite's FTS5 table reads them."""
    return " ".join(words)


def as_tsquery(term: Term) -> str:
    last = f"'{term.words[-1]}'" + ("" if term.whole else ":*")
    return " <-> ".join((*(f"'{word}'" for word in term.words[:-1]), last))


def as_match(term: Term, column: str) -> str:
    """As FTS5 reads it, within one of its columns."""
    return f'{column} : "{" ".join(term.words)}"' + ("" if term.whole else " *")


def telling_words(words: Iterable[str]) -> frozenset[str]:
    """Without short words and those that every complaint has."""
    return frozenset(word for word in words if len(word) >= _LEAST and word not in _EVERYWHERE)


def long_words(text: str) -> list[str]:
    """Those of `masked_words` that are long enough to be telling ones."""
    if not text.isascii():
        return [word for word in masked_words(text) if len(word) >= _LEAST]
    return _LONG.findall((_HIDDEN.sub(" ", text) if "[" in text else text).lower())


def in_common(words: Iterable[str]) -> list[str]:
    """As what two texts have in common is shown: the longest first."""
    return sorted(words, key=lambda word: (-len(word), word))


def _named(words: tuple[str, ...], places: Mapping[tuple[str, ...], str]) -> Iterable[str]:
    return dict.fromkeys(place for name, place in places.items() if name == words or words == name[:1])


_EVERYWHERE = frozenset(
    ("yang", "dengan", "untuk", "dari", "pada", "dalam", "sudah", "belum", "tidak", "bukan", "akan", "agar", "atau",
     "juga", "saja", "lagi", "oleh", "karena", "sampai", "saya", "kami", "kita", "anda", "mohon", "tolong", "bapak",
     "pemerintah", "terima", "kasih", "laporan", "lapor", "warga", "kota", "kelurahan", "kecamatan", "jalan", "depan",
     "dekat", "sekitar", "daerah", "tempat", "lokasi", "segera", "sangat", "sekali", "hari", "minggu", "bulan",
     "tahun", "sejak", "masih", "seperti", "banyak", "begini", "begitu", "adalah", "bisa", "dapat", "harus",
     "tersebut", "menjadi", "beberapa")
)  # fmt: skip
