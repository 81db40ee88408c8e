"""What a list asks of the database: whose cases, which, and those that hold the words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    intersect,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from services.desk.cases.contents import REPORT
from services.desk.cases.machine import FORWARDED
from services.desk.inbox.wanted import EVERY_STATE, LATE, NONE, Wanted, last_moment
from services.desk.inbox.words import Term, as_match, as_tsquery
from services.desk.people.person import Person, Scope, TextView, text_view
from services.desk.tables import case_contents, case_copies, case_search, cases
from services.desk.tables.search import DUE, IN_TRIAGE, NEW_TO_SOMEBODY, OPEN, ticket_head, ticket_tail
from shared.contracts.fields import IDENTITIES

IS_OPEN: ColumnElement[bool] = literal_column(f"cases.{OPEN}", Boolean)
IS_DUE: ColumnElement[bool] = literal_column(f"cases.{DUE}", Boolean)
IS_IN_TRIAGE: ColumnElement[bool] = literal_column(f"cases.{IN_TRIAGE}", Boolean)
IS_NEW_TO_SOMEBODY: ColumnElement[bool] = literal_column(f"cases.{NEW_TO_SOMEBODY}", Boolean)
_FTS = table("case_search_fts", column("rowid", Integer))


@dataclass(frozen=True)
class Moment:
    now: datetime
    zone: ZoneInfo


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """The rule of `people.sees_case`, for the database: what the person is in charge of, and copies."""
    return true() if scope.everything else or_(in_charge(scope), has_copy(scope))


def in_charge(scope: Scope) -> ColumnElement[bool]:
    """The same without the copies."""
    if scope.everything:
        return true()
    parts = [cases.c.agency == scope.agency, cases.c.agency != "", *_at_place(scope)]
    return and_(*parts) if scope.confidential else and_(*parts, cases.c.identity != "confidential")


def has_copy(scope: Scope, newest: int | None = None) -> ColumnElement[bool]:
    """Cases of other agencies that this one was sent to read. `newest`: only so many copies, those sent last."""
    if scope.everything or not scope.agency:
        return false()
    mine = select(case_copies.c.complaint_id).where(case_copies.c.agency == scope.agency)
    if newest is not None:
        mine = mine.order_by(case_copies.c.at.desc(), case_copies.c.complaint_id.desc()).limit(newest)
    others = or_(cases.c.agency.is_(None), cases.c.agency != scope.agency)
    return and_(cases.c.complaint_id.in_(mine), others, cases.c.identity != "confidential", *_at_place(scope))


def _at_place(scope: Scope) -> list[ColumnElement[bool]]:
    named = ((cases.c.kecamatan, scope.kecamatan), (cases.c.kelurahan, scope.kelurahan))
    return [column == name for column, name in named if name is not None]


def filters(wanted: Wanted, moment: Moment) -> list[ColumnElement[bool]]:
    """All that is asked for but the words, and but that a case is open where no state is: see `listing.parts_of`."""
    found = [cases.c[name] == getattr(wanted, name) for name in _EQUAL if getattr(wanted, name)]
    if wanted.states not in ("", EVERY_STATE):
        found.append(cases.c.state == wanted.states)
    if wanted.unread:
        found.append(cases.c.state == FORWARDED)
    if wanted.escalated:
        found.append(cases.c.rung > 0)
    if wanted.photo:
        found.append(_has_photo())
    if wanted.ticket:
        found.append(cases.c.ticket == wanted.ticket)
    if wanted.due:
        found += due_within(wanted.due, moment)
    return found


_EQUAL = ("agency", "kelurahan", "kind", "channel", "identity")


def due_within(due: str, moment: Moment) -> list[ColumnElement[bool]]:
    if due == NONE:
        return [cases.c.due_at.is_(None)]
    if due == LATE:
        return due_between(None, moment.now)
    return due_between(moment.now, last_moment(due, moment.now, moment.zone))


def due_between(first: Any, last: Any) -> list[ColumnElement[bool]]:
    """From the first moment, if there is one, until just before the last; moments or parameters."""
    until = cases.c.due_at < last
    return [until] if first is None else [cases.c.due_at >= first, until]


def _has_photo() -> ColumnElement[bool]:
    report = case_contents.c.complaint_id == cases.c.complaint_id, case_contents.c.ref == REPORT
    return exists().where(*report, func.length(cast(case_contents.c.photos, Text)) > len("[]"))


@dataclass(frozen=True)
class Sought:
    """The words of a search for one person, as conditions.

    What a person does not read is not searched, else a search would tell, word by word, what masking hides.
    """

    terms: tuple[Term, ...]
    ticket_part: str
    identities: frozenset[str]
    """Of those cases the person reads the whole text; of the others what masking leaves."""
    reads: bool
    dialect: str

    @staticmethod
    def by(connection: Connection, person: Person, wanted: Wanted) -> Sought:
        views = {identity: text_view(person, identity) for identity in IDENTITIES}
        whole = frozenset(identity for identity, view in views.items() if view is TextView.WHOLE)
        reads = TextView.NONE not in views.values()
        return Sought(wanted.terms, wanted.ticket_part, whole, reads, connection.dialect.name)

    @property
    def wanted_terms(self) -> tuple[Term, ...]:
        """Those that must be there."""
        return tuple(term for term in self.terms if not term.excluded)

    def led_by(self, term: Term) -> Sought:
        """For looking up by that one alone; `holds` of the whole search asks for the others."""
        return replace(self, terms=(term,))

    def __bool__(self) -> bool:
        return bool(self.terms or self.ticket_part)

    def holds(self) -> ColumnElement[bool]:
        """Asks a case whether it is one. For walking through cases."""
        mine = case_search.c.complaint_id == cases.c.complaint_id
        found: list[ColumnElement[bool]] = []
        for term in self.terms:
            has: ColumnElement[bool] = exists().where(mine, self._matches(term)) if self.reads else false()
            has = or_(has, cases.c.kelurahan.in_(term.places)) if term.places else has
            found.append(~has if term.excluded else has)
        return self._or_ticket(and_(true(), *found)) if found else self._has_part()

    def found(self) -> Select[tuple[str]] | CompoundSelect[tuple[str]] | None:
        """The cases that hold all the words that must be there. None: there are no such words, only others."""
        parts = [self._with(term) for term in self.wanted_terms]
        by_part = [select(cases.c.complaint_id).where(self._has_part())] if self.ticket_part else []
        if not parts:
            return by_part[0] if by_part else None
        both = parts[0] if len(parts) == 1 else intersect(*parts)
        return union(_one(both), *by_part) if by_part else both

    def _with(self, term: Term) -> Select[tuple[str]]:
        found = [select(case_search.c.complaint_id).where(self._match(term, "words"))] if self.reads else []
        if self.reads and self.identities:
            more = select(case_search.c.complaint_id).where(self._match(term, "hidden"))
            if self.identities != frozenset(IDENTITIES):
                more = more.join(cases, cases.c.complaint_id == case_search.c.complaint_id)
                more = more.where(cases.c.identity.in_(self.identities))
            found.append(more)
        if term.places:
            found.append(select(cases.c.complaint_id).where(cases.c.kelurahan.in_(term.places)))
        if not found:
            return select(cases.c.complaint_id).where(false())
        return _one(union(*found)) if len(found) > 1 else found[0]

    def _matches(self, term: Term) -> ColumnElement[bool]:
        words = self._match(term, "words")
        if not self.identities:
            return words
        hidden = self._match(term, "hidden")
        if self.identities == frozenset(IDENTITIES):
            return or_(words, hidden)
        return or_(words, and_(hidden, cases.c.identity.in_(self.identities)))

    def _match(self, term: Term, column: str) -> ColumnElement[bool]:
        if self.dialect == "postgresql":
            return case_search.c[column].op("@@")(cast(literal(as_tsquery(term)), TSQUERY))
        matching = literal_column(_FTS.name).op("MATCH")(as_match(term, column))
        return case_search.c.seq.in_(select(_FTS.c.rowid).where(matching))

    def _has_part(self) -> ColumnElement[bool]:
        return or_(ticket_head == self.ticket_part, ticket_tail == self.ticket_part)

    def _or_ticket(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return or_(condition, self._has_part()) if self.ticket_part else condition


def _one(both: CompoundSelect[tuple[str]] | Select[tuple[str]]) -> Select[tuple[str]]:
    return select(both.subquery().c.complaint_id)
