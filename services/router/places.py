"""Places in a text: where it happened, and which words are only there to say where.

"depan rumah sakit" is not about a hospital and "Jalan Sekolah" not about a school. `Gazetteer.survey` finds such
expressions and says which words rules must not see. It knows the names of one city's pack and no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from services.router.matcher import PhraseTable
from services.router.text import COMMA, NO_PAUSE, Lexicon, Word
from shared.citypack import CityPack

_LONGEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place inside the city; `kelurahan` is empty when only the kecamatan is known."""

    kecamatan: str
    kelurahan: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """`hidden`: numbers of the words that only say where. `outside`: the agency in charge beyond the border, if any."""

    hidden: frozenset[int]
    place: Place | None
    outside: str


class _Name(NamedTuple):
    words: tuple[str, ...]
    place: Place | None
    outside: str
    only_after: frozenset[str]


class _Mention(NamedTuple):
    first: int
    last: int
    name: _Name


class Gazetteer:
    """The places, place words and offices of a city's pack; `lexicon` spares making another one of the pack's."""

    def __init__(self, pack: CityPack, lexicon: Lexicon | None = None) -> None:
        lexicon = lexicon or Lexicon(pack.spellings)
        marks = pack.place_words
        self._names = _by_first_word(_names(pack, lexicon))
        self._roads = _single_words(marks.roads, lexicon)
        self._named = _single_words(marks.named, lexicon)
        self._near = _single_words(marks.near, lexicon)
        self._towards = _single_words(marks.towards, lexicon)
        self._never = _single_words(marks.never_names, lexicon) | _negating_words(pack)
        landmarks = (_Name(_words(text, lexicon), None, "", frozenset()) for text in marks.landmarks)
        self._landmarks = _by_first_word(landmarks)
        self._kelurahan = {
            _words(name, lexicon): Place(area.kecamatan, kelurahan.name)
            for area in pack.areas
            for kelurahan in area.kelurahan
            for name in (kelurahan.name, *kelurahan.aliases)
        }
        self._lexicon = lexicon
        self.territorial = frozenset(agency.code for agency in pack.agencies if agency.territorial)
        self.offices = {agency.places: agency.code for agency in pack.agencies if agency.places}

    def place_of(self, kelurahan: str) -> Place | None:
        """The place of a kelurahan named in a form, in any of its spellings."""
        return self._kelurahan.get(_words(kelurahan, self._lexicon))

    def survey(self, words: Sequence[Word], topics: PhraseTable) -> Survey:
        """Find the places of a text. `topics` tells names from what the message is about."""
        mentions = self._find_names(words)
        hidden = {
            index
            for mention in mentions
            if not _names_facility(words, mention.first, topics)
            for index in range(mention.first, mention.last + 1)
        }
        dropped: set[int] = set()
        for index, word in enumerate(words):
            if index not in hidden:
                self._follow(words, index, word, topics, hidden, dropped)
        return _conclude([mention for mention in mentions if mention.first not in dropped], hidden)

    def _follow(
        self, words: Sequence[Word], index: int, word: Word, topics: PhraseTable, hidden: set[int], dropped: set[int]
    ) -> None:
        """Hide what a place word announces; `dropped` collects words whose names are not where it happened."""
        markers = _marker_forms(word)
        if markers & self._towards:
            hidden.update(self._way_to(words, index, topics))
            dropped.update(place for place in (index + 1, index + 2) if self._is_outside(words, place))
        elif markers & (self._roads | self._named):
            name = self._announced_name(words, index, topics)
            hidden.update(name)
            if markers & self._roads:
                dropped.update(name)
            elif name:
                hidden.add(index)
        elif markers & self._near:
            name = self._landmark_at(words, index + 1, topics)
            hidden.update(name)
            if name:
                hidden.add(index)
                # "dekat Anu" is beside Anu, "dekat pasar Anu" is in it
                dropped.update(place for place in name[:1] if self._is_outside(words, place))

    def _find_names(self, words: Sequence[Word]) -> list[_Mention]:
        mentions = []
        index = 0
        while index < len(words):
            name = _longest(self._names, words, index)
            if name is not None and _stands_after(words, index, name.only_after):
                mentions.append(_Mention(index, index + len(name.words) - 1, name))
                index += len(name.words)
            else:
                index += 1
        return mentions

    def _landmark_at(self, words: Sequence[Word], first: int, topics: PhraseTable) -> range:
        if first < len(words) and words[first].light and not words[first].text.isdecimal():
            first += 1
        if first >= len(words) or words[first].gap >= COMMA:
            return range(0)
        landmark = _longest(self._landmarks, words, first)
        if landmark is None:
            if self._never & set(words[first].forms) or topics.topic_length(words, first) >= 2:
                return range(0)
            return self._name_at(words, first, topics)
        last = first + len(landmark.words)
        return range(first, self._name_end(words, last, last + _LONGEST_NAME - 1, topics))

    def _way_to(self, words: Sequence[Word], index: int, topics: PhraseTable) -> range:
        """A landmark that only says which road it is: "jalan ke puskesmas", but not "saya ke puskesmas"."""
        before = index - 1
        while before >= 0 and self._towards & _marker_forms(words[before]):
            before -= 1
        is_road = before >= 0 and bool(self._roads & _marker_forms(words[before]))
        return self._landmark_at(words, index + 1, topics) if is_road else range(0)

    def _announced_name(self, words: Sequence[Word], index: int, topics: PhraseTable) -> range:
        """The name after a road or a quarter, unless the words say what the message is about ("jalan rusak")."""
        is_topic = topics.topic_length(words, index) >= 2
        if not is_topic and index + 1 < len(words) and not self._roads & _marker_forms(words[index]):
            is_topic = topics.topic_length(words, index + 1) >= 2
        return range(0) if is_topic else self._name_at(words, index + 1, topics)

    def _name_at(self, words: Sequence[Word], first: int, topics: PhraseTable) -> range:
        """A name of up to three words. Its first word may be anything ("Jalan Sekolah") but what never is a name."""
        if first >= len(words) or words[first].gap >= COMMA or not self._may_name(words[first]):
            return range(0)
        return range(first, self._name_end(words, first + 1, first + _LONGEST_NAME, topics))

    def _name_end(self, words: Sequence[Word], place: int, limit: int, topics: PhraseTable) -> int:
        while place < min(limit, len(words)):
            word = words[place]
            ends = word.gap != NO_PAUSE or not self._may_name(word) or word.text.endswith("nya")
            if ends or topics.topic_length(words, place):
                break
            place += 1
        return place

    def _may_name(self, word: Word) -> bool:
        markers = self._roads | self._named | self._near | self._towards
        return not (word.light or self._never & set(word.forms) or markers & _marker_forms(word))

    def _is_outside(self, words: Sequence[Word], index: int) -> bool:
        name = _longest(self._names, words, index) if index < len(words) else None
        return name is not None and bool(name.outside)


def _conclude(mentions: list[_Mention], hidden: set[int]) -> Survey:
    inside = list(dict.fromkeys(mention.name.place for mention in mentions if mention.name.place is not None))
    outside = {mention.name.outside for mention in mentions if mention.name.outside}
    beyond = outside.pop() if not inside and len(outside) == 1 else ""
    return Survey(frozenset(hidden), _common_place(inside), beyond)


def _common_place(places: list[Place]) -> Place | None:
    """What several mentions agree on: one kelurahan, else one kecamatan, else nothing."""
    kelurahan = {place for place in places if place.kelurahan}
    kecamatan = {place.kecamatan for place in places}
    if len(kecamatan) != 1:
        return None
    return kelurahan.pop() if len(kelurahan) == 1 else Place(kecamatan.pop())


def _names(pack: CityPack, lexicon: Lexicon) -> Iterable[_Name]:
    for area in pack.areas:
        for text in (area.kecamatan, *area.aliases):
            yield _Name(_words(text, lexicon), Place(area.kecamatan), "", frozenset())
        for kelurahan in area.kelurahan:
            only_after = frozenset(word for text in kelurahan.only_after for word in _words(text, lexicon))
            for text in (kelurahan.name, *kelurahan.aliases):
                yield _Name(_words(text, lexicon), Place(area.kecamatan, kelurahan.name), "", only_after)
    for neighbour in pack.neighbours:
        for text in (neighbour.name, *neighbour.aliases):
            yield _Name(_words(text, lexicon), None, neighbour.agency, frozenset())


def _by_first_word(names: Iterable[_Name]) -> dict[str, list[_Name]]:
    found: dict[str, list[_Name]] = {}
    for name in names:
        if name.words:
            found.setdefault(name.words[0], []).append(name)
    for several in found.values():
        several.sort(key=lambda name: (-len(name.words), name.words))
    return found


def _longest(names: dict[str, list[_Name]], words: Sequence[Word], first: int) -> _Name | None:
    for form in words[first].forms:
        for name in names.get(form, ()):
            rest = words[first + 1 : first + len(name.words)]
            if len(rest) == len(name.words) - 1 and all(
                text in word.forms for text, word in zip(name.words[1:], rest, strict=True)
            ):
                return name
    return None


def _stands_after(words: Sequence[Word], index: int, only_after: frozenset[str]) -> bool:
    if not only_after:
        return True
    before = index - 1
    while before >= 0 and words[before].text.isdecimal():
        before -= 1
    return before >= 0 and words[before].text in only_after


def _names_facility(words: Sequence[Word], first: int, topics: PhraseTable) -> bool:
    """Whether the name ends a phrase of a rule, as that of a market or a hospital; then the rule must see it."""
    return any(topics.topic_length(words, first - back) > back for back in (1, 2) if first >= back)


def _marker_forms(word: Word) -> set[str]:
    """The word itself, and without di- and -nya ("didepan", "depannya"); "belakangan" is no "belakang"."""
    if word.text.startswith("di") or word.text.endswith(("nya", "na")):
        return set(word.forms)
    return {word.text}


def _words(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    return tuple(word.text for word in lexicon.read(text))


def _single_words(texts: Iterable[str], lexicon: Lexicon) -> frozenset[str]:
    return frozenset(word for text in texts for word in _words(text, lexicon))


def _negating_words(pack: CityPack) -> frozenset[str]:
    return frozenset(word for negation in pack.spellings.negations for word in negation.words)
