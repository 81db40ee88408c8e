"""Places in a text: where it happened, and which words are only there to say where.

"depan rumah sakit" is not about a hospital and "Jalan Sekolah" not about a school. `Gazetteer.survey` finds such
expressions and says which words rules must not see. It knows the names of one city's pack and no other, and no rules:
what a rule finds in a place is decided phrase by phrase (`Survey`), so that no rule changes what another one sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from services.router.memory import Memory
from services.router.place_names import Name, Place, by_first_word, names_of, single_words, words_of
from services.router.text import COMMA, NO_PAUSE, Lexicon, Reading, Token
from shared.citypack import CityPack

__all__ = ["Gazetteer", "Place", "Survey"]

_LONGEST_NAME = 3
_ROAD, _NAMED, _NEAR, _TOWARDS, _NEVER, _NAME = 1, 2, 4, 8, 16, 32
_MARKERS = _ROAD | _NAMED | _NEAR | _TOWARDS
_TELLING = _MARKERS | _NAME


@dataclass(slots=True)
class Survey:
    """Numbers of the words that only say where, and where that is.

    Phrases are looked for in the text without its `hidden` words. A phrase that holds hidden words too counts if it has
    two words or more and does not begin at a word of `closed`; at those of `free` one word is enough.
    `place` is where it happened, inside the city; `outside` are the agencies in charge where it happened beyond it.
    """

    hidden: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    free: set[int] = field(default_factory=set)
    place: Place | None = None
    outside: tuple[str, ...] = ()


class _Mention(NamedTuple):
    first: int
    name: Name


class Gazetteer:
    """The places, place words and offices of a city's pack; `lexicon` spares making another one of the pack's."""

    def __init__(self, pack: CityPack, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon = lexicon or Lexicon(pack.spellings)
        marks = pack.place_words
        self._names = by_first_word(names_of(pack, lexicon))
        self._landmarks = by_first_word(
            Name(words_of(text, lexicon), None, "", frozenset()) for text in marks.landmarks
        )
        negating = (word for negation in pack.spellings.negations for word in negation.words)
        self._words_of_role = (
            (_ROAD, single_words(marks.roads, lexicon)),
            (_NAMED, single_words(marks.named, lexicon)),
            (_NEAR, single_words(marks.near, lexicon)),
            (_TOWARDS, single_words(marks.towards, lexicon)),
        )
        self._never = single_words(marks.never_names, lexicon) | frozenset(negating)
        self._kelurahan = {
            words_of(name, lexicon): Place(area.kecamatan, kelurahan.name)
            for area in pack.areas
            for kelurahan in area.kelurahan
            for name in (kelurahan.name, *kelurahan.aliases)
        }
        self._roles: Memory[Token, int] = Memory(self._role)
        self.territorial = frozenset(agency.code for agency in pack.agencies if agency.territorial)
        self.offices = {agency.places: agency.code for agency in pack.agencies if agency.places}

    def place_of(self, kelurahan: str) -> Place | None:
        """The place of a kelurahan named in a form, in any of its spellings."""
        return self._kelurahan.get(words_of(kelurahan, self._lexicon))

    def survey(self, reading: Reading, text: str = "") -> Survey:
        """Find the places of a text; `text` is the original, whose capitals tell where a name ends."""
        self._roles.tidy()
        roles = list(map(self._roles.__getitem__, reading.tokens))
        marked = [index for index, role in enumerate(roles) if role & _TELLING]
        if not marked:
            return Survey()
        return _Surveyor(self._names, self._landmarks, reading, roles, text).survey(marked)

    def _role(self, token: Token) -> int:
        role = sum(bit for bit, words in self._words_of_role if not words.isdisjoint(_marker_forms(token)))
        if not self._never.isdisjoint(token.forms):
            role |= _NEVER
        return role | (_NAME if any(form in self._names for form in token.forms) else 0)


class _Surveyor:
    """One text on its way through the gazetteer."""

    def __init__(
        self,
        names: dict[str, list[Name]],
        landmarks: dict[str, list[Name]],
        reading: Reading,
        roles: list[int],
        text: str,
    ) -> None:
        self._names, self._landmarks = names, landmarks
        self._tokens, self._gaps = reading.tokens, reading.gaps
        self._reading, self._roles = reading, roles
        self._text = text if not text.isupper() else ""
        self._found = Survey()
        self._dropped: set[int] = set()
        self._passed: set[int] = set()

    def survey(self, marked: list[int]) -> Survey:
        mentions = self._find_names(marked)
        for mention in mentions:
            self._hide(range(mention.first, mention.first + len(mention.name.words)), closed=True)
        for index in marked:
            if self._roles[index] & _MARKERS and index not in self._found.hidden:
                self._follow(index, self._roles[index])
        told = [mention for mention in mentions if mention.first not in self._dropped]
        _conclude([mention for mention in told if mention.first not in self._passed] or told, self._found)
        return self._found

    def _follow(self, index: int, role: int) -> None:
        """Hide what a place word announces; drop names that are not where it happened, pass by what hardly is."""
        if role & _TOWARDS:
            if self._names_road(index):
                self._hide_landmark(index + 1)
            self._dropped.update(place for place in (index + 1, index + 2) if self._is_outside(place))
            self._passed.update((index + 1, index + 2))
        elif role & (_ROAD | _NAMED):
            name = self._name_at(index + 1)
            if name and role & _ROAD:
                self._hide_name(name, closed=True)
                self._dropped.update(place for place in name if not self._tells_where(place, name))
            elif name:
                self._hide_name(name, closed=False)
                self._found.hidden.add(index)
        else:
            name = self._hide_landmark(index + 1)
            if name:
                self._found.hidden.add(index)
                # "dekat Anu" is beside Anu, "dekat pasar Anu" is in it
                self._dropped.update(place for place in name[:1] if self._is_outside(place))

    def _find_names(self, marked: list[int]) -> list[_Mention]:
        mentions: list[_Mention] = []
        reached = 0
        for index in marked:
            if index >= reached and self._roles[index] & _NAME:
                name = self._longest(self._names, index)
                if name is not None and self._stands_after(index, name.only_after):
                    mentions.append(_Mention(index, name))
                    reached = index + len(name.words)
        return mentions

    def _hide_landmark(self, first: int) -> range:
        """A landmark with its name. What begins at an unknown one may still be what the message is about."""
        tokens = self._tokens
        if first < len(tokens) and tokens[first].light and not tokens[first].text.isdecimal():
            first += 1
        if first >= len(tokens) or self._gaps[first] >= COMMA:
            return range(0)
        landmark = self._longest(self._landmarks, first)
        if landmark is None:
            name = self._name_at(first)
            self._hide_name(name, closed=False)
            return name
        last = first + len(landmark.words)
        name = range(first, self._name_end(last, last + _LONGEST_NAME - 1))
        self._hide(name[: last - first], closed=True)
        self._hide_name(name[last - first :], closed=True)
        return name

    def _names_road(self, index: int) -> bool:
        """A landmark may say which road it is: "jalan ke puskesmas", but not "saya ke puskesmas"."""
        before = index - 1
        while before > index - _LONGEST_NAME and before >= 0 and self._roles[before] & _TOWARDS:
            before -= 1
        return before >= 0 and bool(self._roles[before] & _ROAD)

    def _name_at(self, first: int) -> range:
        """A name of up to three words. Its first word may be anything ("Jalan Sekolah") but what never is a name."""
        if first >= len(self._tokens) or self._gaps[first] >= COMMA or not self._may_name(first):
            return range(0)
        return range(first, self._name_end(first + 1, first + _LONGEST_NAME))

    def _name_end(self, place: int, limit: int) -> int:
        while place < min(limit, len(self._tokens)):
            ends = self._gaps[place] != NO_PAUSE or not self._may_name(place)
            if ends or self._tokens[place].text.endswith("nya"):
                break
            place += 1
        return place

    def _may_name(self, index: int) -> bool:
        return not (self._tokens[index].light or self._roles[index] & (_NEVER | _MARKERS))

    def _hide_name(self, name: range, *, closed: bool) -> None:
        """The first word is the name's for sure; a later one may begin a new thought, unless written with a capital."""
        if not name:
            return
        self._hide(name[:1], closed=closed)
        in_name = self._has_capital(name[0])
        for index in name[1:]:
            in_name = in_name and self._has_capital(index)
            if not in_name and index not in self._found.hidden:
                self._found.free.add(index)
        self._found.hidden.update(name)

    def _hide(self, words: range, *, closed: bool) -> None:
        self._found.hidden.update(words)
        if closed:
            self._found.closed.update(words)

    def _has_capital(self, index: int) -> bool:
        start = self._reading.starts[index]
        return self._text[start : start + 2].istitle()

    def _tells_where(self, index: int, name: range) -> bool:
        """Behind a road's name the city may follow: "Jalan Mawar Indah Seberangan", but not "Jalan Raya Seberangan"."""
        found = self._longest(self._names, index)
        if found is None or index == name[0]:
            return False
        before = self._longest(self._names, index - 1)
        if before is not None:
            return bool(before.outside and found.outside)
        return index - name[0] > 1 or len(found.words) > 1

    def _is_outside(self, index: int) -> bool:
        name = self._longest(self._names, index) if index < len(self._tokens) else None
        return name is not None and bool(name.outside)

    def _longest(self, names: dict[str, list[Name]], first: int) -> Name | None:
        for form in self._tokens[first].forms:
            for name in names.get(form, ()):
                rest = self._tokens[first + 1 : first + len(name.words)]
                if len(rest) == len(name.words) - 1 and all(
                    word in token.forms for word, token in zip(name.words[1:], rest, strict=True)
                ):
                    return name
        return None

    def _stands_after(self, index: int, only_after: frozenset[str]) -> bool:
        if not only_after:
            return True
        before = index - 1
        while before > index - _LONGEST_NAME and before >= 0 and self._tokens[before].text.isdecimal():
            before -= 1
        return before >= 0 and self._tokens[before].text in only_after


def _conclude(mentions: list[_Mention], found: Survey) -> None:
    inside = list(dict.fromkeys(mention.name.place for mention in mentions if mention.name.place is not None))
    found.place = _common_place(inside)
    if not inside:
        found.outside = tuple(sorted({mention.name.outside for mention in mentions if mention.name.outside}))


def _common_place(places: list[Place]) -> Place | None:
    """What several mentions agree on: one kelurahan, else one kecamatan, else nothing."""
    kelurahan = {place for place in places if place.kelurahan}
    kecamatan = {place.kecamatan for place in places}
    if len(kecamatan) != 1:
        return None
    return kelurahan.pop() if len(kelurahan) == 1 else Place(kecamatan.pop())


def _marker_forms(token: Token) -> tuple[str, ...]:
    """The word itself, and without di- and -nya ("didepan", "depannya"); "belakangan" is no "belakang"."""
    if token.text.startswith("di") or token.text.endswith(("nya", "na")):
        return token.forms
    return (token.text,)
