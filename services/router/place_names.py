"""The place names of a pack, ready to be looked up by their first word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from services.router.text import Lexicon
from shared.citypack import CityPack


@dataclass(frozen=True, slots=True)
class Place:
    """A place inside the city; `kelurahan` is empty when only the kecamatan is known."""

    kecamatan: str
    kelurahan: str = ""


class Name(NamedTuple):
    words: tuple[str, ...]
    place: Place | None
    outside: str
    only_after: frozenset[str]


def names_of(pack: CityPack, lexicon: Lexicon) -> Iterable[Name]:
    for area in pack.areas:
        for text in (area.kecamatan, *area.aliases):
            yield Name(words_of(text, lexicon), Place(area.kecamatan), "", frozenset())
        for kelurahan in area.kelurahan:
            only_after = frozenset(word for text in kelurahan.only_after for word in words_of(text, lexicon))
            for text in (kelurahan.name, *kelurahan.aliases):
                yield Name(words_of(text, lexicon), Place(area.kecamatan, kelurahan.name), "", only_after)
    for neighbour in pack.neighbours:
        for text in (neighbour.name, *neighbour.aliases):
            yield Name(words_of(text, lexicon), None, neighbour.agency, frozenset())


def by_first_word(names: Iterable[Name]) -> dict[str, list[Name]]:
    found: dict[str, list[Name]] = {}
    for name in names:
        if name.words:
            found.setdefault(name.words[0], []).append(name)
    for several in found.values():
        several.sort(key=lambda name: (-len(name.words), name.words))
    return found


def words_of(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    return tuple(token.text for token in lexicon.tokens_of(text))


def single_words(texts: Iterable[str], lexicon: Lexicon) -> frozenset[str]:
    return frozenset(word for text in texts for word in words_of(text, lexicon))
