"""The filters of the lists of cases as people see them: tabs with numbers, a form, and what narrows a list now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.desk import wording
from services.desk.cases.machine import STATES, TRIAGE
from services.desk.desk import Desk
from services.desk.inbox import wanted as words
from services.desk.inbox.conditions import Moment
from services.desk.inbox.listing import MOST_COUNTED
from services.desk.inbox.wanted import Wanted
from services.desk.inbox.words import read_terms, words_of
from services.desk.people.person import Person
from shared.city import Area
from shared.contracts.fields import IDENTITIES, KINDS
from shared.ids import ALPHABET, read_ticket
from shared.sentences import sentence

_GROUP_SIGNS = 4
_TABS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("open", sentence("Terbuka"), {}),
    (words.LATE, sentence("Terlambat"), {"due": words.LATE}),
    (words.TODAY, sentence("Hari ini"), {"due": words.TODAY}),
    (words.WEEK, sentence("Minggu ini"), {"due": words.WEEK}),
    ("unread", sentence("Belum dibuka"), {"unread": "1"}),
    ("escalated", sentence("Eskalasi"), {"escalated": "1"}),
    ("copies", sentence("Tembusan"), {"copies": "1"}),
    ("all", sentence("Semua keadaan"), {"state": words.EVERY_STATE}),
)
_DUES = {
    words.LATE: sentence("Terlambat"), words.TODAY: sentence("Jatuh tempo hari ini"),
    words.WEEK: sentence("Jatuh tempo minggu ini"), words.NONE: sentence("Tanpa tenggat"),
}  # fmt: skip
SORTS = {
    words.BY_DUE: sentence("Jatuh tempo"), words.NEWEST: sentence("Terbaru"), words.OLDEST: sentence("Terlama"),
}  # fmt: skip
_FLAGS = {
    "photo": sentence("Dengan foto"), "unread": sentence("Belum dibuka"), "escalated": sentence("Dieskalasi"),
    "copies": sentence("Tembusan"),
}  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """`count` None: it is not counted."""

    label: str
    args: Mapping[str, str]
    current: bool
    count: int | None = None

    @property
    def more(self) -> bool:
        return self.count is not None and self.count > MOST_COUNTED


def tabs_of(wanted: Wanted, person: Person, counted: Mapping[str, int]) -> Iterator[Tab]:
    """A tab is a list of its own, so it takes no other filter along, but the search goes with it."""
    chosen = {name: getattr(wanted, name) for name in wanted.filters}
    for name, label, args in _TABS:
        if name == "copies" and not person.bound_to_agency:
            continue
        search = {"q": wanted.q} if wanted.q else {}
        is_here = chosen == args and not (name == "open" and wanted.is_search)
        yield Tab(label, {**search, **args}, is_here, counted.get(name))


@dataclass(frozen=True)
class Narrowed:
    """A filter that is on; `without` is the list without it."""

    label: str
    without: Mapping[str, str]


def chips_of(desk: Desk, wanted: Wanted) -> list[Narrowed]:
    return [Narrowed(_label(name, getattr(wanted, name)), wanted.args(**{name: ""})) for name in wanted.filters]


def _label(name: str, value: str) -> str:
    known: Mapping[str, Mapping[str, str]] = {
        "due": _DUES, "kind": wording.KINDS, "channel": wording.CHANNELS, "identity": wording.IDENTITIES,
        "state": {**wording.STATES, words.EVERY_STATE: sentence("Semua keadaan")},
    }  # fmt: skip
    if name in _FLAGS:
        return _FLAGS[name]
    return known.get(name, {}).get(value, value)


@dataclass(frozen=True)
class Field:
    """A list of the filter form: (value, words) to choose from."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]


def is_placed(person: Person) -> bool:
    """Whether all that the person sees is of one place."""
    return bool(person.kelurahan or person.kecamatan)


@lru_cache(maxsize=8)
def fields_of(areas: tuple[Area, ...], *, bound: bool, placed: bool) -> tuple[Field, ...]:
    """For a person of an agency or for others, of an office that a place has or not; agencies are another matter."""
    states = [state for state in STATES if state != TRIAGE or not bound]
    found = [
        _field("state", sentence("Keadaan"), [*((one, wording.STATES[one]) for one in states),
                                              (words.EVERY_STATE, sentence("Semua keadaan"))]),
        _field("due", sentence("Tenggat"), _DUES.items()),
        _field("kind", sentence("Jenis"), [(kind, wording.KINDS[kind]) for kind in KINDS]),
        _field("channel", sentence("Saluran"), [(one, wording.CHANNELS[one]) for one in _CHANNELS]),
        _field("identity", sentence("Identitas"), [(one, wording.IDENTITIES[one]) for one in IDENTITIES]),
    ]  # fmt: skip
    if not placed:
        places = [(part.name, part.name) for area in areas for part in area.kelurahan]
        found.insert(2, _field("kelurahan", sentence("Kelurahan"), places))
    return tuple(found)


_CHANNELS = ("web", "sms", "email", "api", "open311", "counter", "phone", "wa", "sp4n", "letter")


def _field(name: str, label: str, options: Iterable[tuple[str, str]]) -> Field:
    return Field(name, label, tuple(options))


def moment_of(desk: Desk) -> Moment:
    return Moment(desk.spine.clock.now(), ZoneInfo(desk.pack.calendar.timezone))


def sought_in(desk: Desk, wanted: Wanted) -> Wanted:
    """With the search read: a number, a group of one, or words."""
    prefix = desk.pack.city.ticket_prefix
    ticket = read_ticket(wanted.q, prefix)
    if ticket:
        return replace(wanted, ticket=ticket)
    part = _ticket_part(wanted.q, prefix)
    terms = read_terms(wanted.q, _place_names(desk.pack.areas))
    return replace(wanted, ticket_part=part, terms=() if part and "-" in wanted.q else terms)


def _ticket_part(sought: str, prefix: str) -> str:
    """The one whole group of signs that a part of a number has, for instance of `4k7m` or `CMH-4K7M`; else empty."""
    signs = sought.upper().replace("-", " ").split()
    if signs and signs[0] == prefix.upper():
        signs = signs[1:]
    if len(signs) != 1 or len(signs[0]) != _GROUP_SIGNS or not set(signs[0]) <= set(ALPHABET):
        return ""
    return signs[0]


@lru_cache(maxsize=8)
def _place_names(areas: tuple[Area, ...]) -> dict[tuple[str, ...], str]:
    """The words of each name of a kelurahan, also of those it goes by, with its own."""
    named = ((name, part.name) for area in areas for part in area.kelurahan for name in (part.name, *part.aliases))
    return {tuple(words_of(name)): own for name, own in named}
