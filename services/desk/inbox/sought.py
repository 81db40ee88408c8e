"""The words of a search, as conditions for the database: how each kind of them is asked, and of whose words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    cast,
    column,
    exists,
    false,
    intersect,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from services.desk.inbox.wanted import Wanted
from services.desk.inbox.words import Term, as_match, as_tsquery
from services.desk.people.person import Person, TextView, text_view
from services.desk.tables import case_search, cases
from services.desk.tables.search import ticket_head, ticket_tail
from shared.contracts.fields import IDENTITIES

_FTS = table("case_search_fts", column("rowid", Integer))
_WORDS = "words"
_COLUMNS = (_WORDS, "hidden")
_PART = "ticket_part"
_OF_ALL = "SELECT 1 FROM case_search"


@dataclass(frozen=True)
class Slot:
    """Where one of the terms stands in a statement: its words are parameters, so that it need be built but once."""

    number: int
    excluded: bool
    places: tuple[str, ...]


@dataclass(frozen=True)
class Sought:
    """What searches of one shape ask, for persons who read the same; the words themselves are in `values_of`.

    What a person does not read is not searched, else a search would tell, word by word, what masking hides.
    """

    slots: tuple[Slot, ...]
    has_part: bool
    """Whether a group of a number is sought as well."""
    identities: frozenset[str]
    """Of those cases the person reads the whole text; of the others what masking leaves."""
    reads: bool
    dialect: str

    @staticmethod
    def by(connection: Connection, person: Person, wanted: Wanted) -> Sought:
        views = {identity: text_view(person, identity) for identity in IDENTITIES}
        whole = frozenset(identity for identity, view in views.items() if view is TextView.WHOLE)
        reads = TextView.NONE not in views.values()
        slots = tuple(Slot(number, term.excluded, term.places) for number, term in enumerate(wanted.terms))
        return Sought(slots, bool(wanted.ticket_part), whole, reads, connection.dialect.name)

    @property
    def wanted_slots(self) -> tuple[Slot, ...]:
        """Of the terms that must be there."""
        return tuple(slot for slot in self.slots if not slot.excluded)

    def led_by(self, slot: Slot) -> Sought:
        """For looking up by that one alone; `holds` of the whole search asks for the others."""
        return replace(self, slots=(slot,))

    def how_often(self) -> TextClause:
        """Asks PostgreSQL how many texts it expects to hold each of the wanted words, and how many there are; `counts`
        reads the answer. Nothing is looked up: its statistics know the common words."""
        names = (_name(one.number, _WORDS) for one in self.wanted_slots)
        each = (f"{_OF_ALL} WHERE words @@ CAST(:{name} AS tsquery)" for name in names)
        return text("EXPLAIN (FORMAT JSON) " + " UNION ALL ".join([*each, _OF_ALL]))

    def __bool__(self) -> bool:
        return bool(self.slots or self.has_part)

    def holds(self) -> ColumnElement[bool]:
        """Asks a case whether it is one. For walking through cases."""
        mine = case_search.c.complaint_id == cases.c.complaint_id
        found: list[ColumnElement[bool]] = []
        for slot in self.slots:
            has: ColumnElement[bool] = exists().where(mine, self._matches(slot)) if self.reads else false()
            has = or_(has, cases.c.kelurahan.in_(slot.places)) if slot.places else has
            found.append(~has if slot.excluded else has)
        return self._or_ticket(and_(true(), *found)) if found else self._has_part()

    def found(self) -> Select[tuple[str]] | CompoundSelect[tuple[str]] | None:
        """The cases that hold all the words that must be there. None: there are no such words, only others."""
        parts = [self._with(slot) for slot in self.wanted_slots]
        by_part = [select(cases.c.complaint_id).where(self._has_part())] if self.has_part else []
        if not parts:
            return by_part[0] if by_part else None
        both = parts[0] if len(parts) == 1 else intersect(*parts)
        return union(_one(both), *by_part) if by_part else both

    def _with(self, slot: Slot) -> Select[tuple[str]]:
        found = [select(case_search.c.complaint_id).where(self._match(slot, _WORDS))] if self.reads else []
        if self.reads and self.identities:
            more = select(case_search.c.complaint_id).where(self._match(slot, "hidden"))
            if self.identities != frozenset(IDENTITIES):
                more = more.join(cases, cases.c.complaint_id == case_search.c.complaint_id)
                more = more.where(cases.c.identity.in_(self.identities))
            found.append(more)
        if slot.places:
            found.append(select(cases.c.complaint_id).where(cases.c.kelurahan.in_(slot.places)))
        if not found:
            return select(cases.c.complaint_id).where(false())
        return _one(union(*found)) if len(found) > 1 else found[0]

    def _matches(self, slot: Slot) -> ColumnElement[bool]:
        words = self._match(slot, _WORDS)
        if not self.identities:
            return words
        hidden = self._match(slot, "hidden")
        if self.identities == frozenset(IDENTITIES):
            return or_(words, hidden)
        return or_(words, and_(hidden, cases.c.identity.in_(self.identities)))

    def _match(self, slot: Slot, column: str) -> ColumnElement[bool]:
        words = bindparam(_name(slot.number, column), type_=Text)
        if self.dialect == "postgresql":
            return case_search.c[column].op("@@")(cast(words, TSQUERY))
        matching = literal_column(_FTS.name).op("MATCH")(words)
        return case_search.c.seq.in_(select(_FTS.c.rowid).where(matching))

    def _has_part(self) -> ColumnElement[bool]:
        part = bindparam(_PART, type_=Text)
        return or_(ticket_head == part, ticket_tail == part)

    def _or_ticket(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return or_(condition, self._has_part()) if self.has_part else condition


def counts(explained: Sequence[Mapping[str, Any]]) -> tuple[list[int], int]:
    """What `Sought.how_often` was answered: for each wanted word, and of all texts."""
    *each, of_all = (int(one["Plan Rows"]) for one in explained[0]["Plan"]["Plans"])
    return each, of_all


def _one(both: CompoundSelect[tuple[str]] | Select[tuple[str]]) -> Select[tuple[str]]:
    return select(both.subquery().c.complaint_id)


def values_of(wanted: Wanted, dialect: str) -> dict[str, str]:
    """What is sought, by the names of the parameters."""
    return {**dict(_words_of(wanted.terms, dialect)), _PART: wanted.ticket_part}


def _words_of(terms: Sequence[Term], dialect: str) -> Iterator[tuple[str, str]]:
    for number, term in enumerate(terms):
        for name in _COLUMNS:
            yield _name(number, name), as_tsquery(term) if dialect == "postgresql" else as_match(term, name)


def _name(number: int, column: str) -> str:
    return f"{column}_{number}"
