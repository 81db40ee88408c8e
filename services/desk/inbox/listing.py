"""Many cases at once, as the lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select, tuple_

from services.desk.cases.case import TRIAGE
from services.desk.people.person import Person, Scope, TextView, scope_of, text_view
from services.desk.tables import case_texts, cases
from shared.contracts.fields import IDENTITIES

PAGE = 50
_MOST_WORDS = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wanted:
    """What a list is asked for. `after` is the place in the list where the page before it ended."""

    ticket: str = ""
    words: tuple[str, ...] = ()
    state: str = ""
    agency: str = ""
    after: str = ""


@dataclass(frozen=True)
class Line:
    """A case in a list; `excerpt` is None where the person reads no text."""

    ticket: str
    state: str
    agency: str | None
    urgent: bool
    identity: str
    kecamatan: str | None
    kelurahan: str | None
    reason: str
    revision: int
    assignment: int
    decision: dict[str, Any]
    received_at: datetime
    excerpt: str | None


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    next: str


def newest(connection: Connection, person: Person, wanted: Wanted, *, limit: int = PAGE) -> Page:
    """The cases that the person may see, the newest first."""
    place = _read_place(wanted.after)
    statement = _select().where(in_scope(scope_of(person)), *_filters(person, wanted))
    if place is not None:
        statement = statement.where(_position() < tuple_(*place))
    statement = statement.order_by(cases.c.received_at.desc(), cases.c.complaint_id.desc())
    return _page(connection, person, statement, limit)


def in_triage(connection: Connection, person: Person, *, after: str = "", limit: int = 20) -> Page:
    """The cases that wait for a coordinator, the oldest first."""
    place = _read_place(after)
    statement = _select().where(in_scope(scope_of(person)), cases.c.state == TRIAGE)
    if place is not None:
        statement = statement.where(_position() > tuple_(*place))
    statement = statement.order_by(cases.c.received_at, cases.c.complaint_id)
    return _page(connection, person, statement, limit)


def count_in_triage(connection: Connection) -> int:
    statement = select(func.count()).select_from(cases).where(cases.c.state == TRIAGE)
    return int(connection.execute(statement).scalar_one())


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """The rule of `people.sees_case`, for the database."""
    if scope.everything:
        return cases.c.complaint_id.is_not(None)
    parts: list[ColumnElement[bool]] = [cases.c.agency == scope.agency, cases.c.agency != ""]
    if not scope.confidential:
        parts.append(cases.c.identity != "confidential")
    if scope.kecamatan is not None:
        parts.append(cases.c.kecamatan == scope.kecamatan)
    if scope.kelurahan is not None:
        parts.append(cases.c.kelurahan == scope.kelurahan)
    return and_(*parts)


def _filters(person: Person, wanted: Wanted) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = []
    if wanted.ticket:
        filters.append(cases.c.ticket == wanted.ticket)
    if wanted.state:
        filters.append(cases.c.state == wanted.state)
    if wanted.agency:
        filters.append(cases.c.agency == wanted.agency)
    return filters + [_has_word(person, word) for word in wanted.words[:_MOST_WORDS]]


def _has_word(person: Person, word: str) -> ColumnElement[bool]:
    """The word stands in what the person would read of that case, and nowhere else."""
    readable = []
    for identity in IDENTITIES:
        view = text_view(person, identity)
        if view is not TextView.NONE:
            column = case_texts.c.text if view is TextView.WHOLE else case_texts.c.masked
            readable.append(and_(cases.c.identity == identity, column.icontains(word, autoescape=True)))
    return or_(*readable) if readable else cases.c.complaint_id.is_(None)


def _select() -> Select[Any]:
    texts = case_texts.c.text, case_texts.c.masked
    return select(*cases.c, *texts).join_from(
        cases, case_texts, cases.c.complaint_id == case_texts.c.complaint_id, isouter=True
    )


def _position() -> Any:
    return tuple_(cases.c.received_at, cases.c.complaint_id)


def _page(connection: Connection, person: Person, statement: Select[Any], limit: int) -> Page:
    rows = connection.execute(statement.limit(limit + 1)).mappings().all()
    shown = rows[:limit]
    more = _place_of(shown[-1]) if len(rows) > limit else ""
    return Page([_line(row, person) for row in shown], more)


def _line(row: RowMapping, person: Person) -> Line:
    names = [name for name in Line.__dataclass_fields__ if name != "excerpt"]
    views = {TextView.WHOLE: row["text"], TextView.MASKED: row["masked"], TextView.NONE: None}
    return Line(**{name: row[name] for name in names}, excerpt=views[text_view(person, row["identity"])])


def _place_of(row: RowMapping) -> str:
    return f"{(row['received_at'] - _EPOCH) // timedelta(microseconds=1)}.{row['complaint_id']}"


def _read_place(after: str) -> tuple[datetime, str] | None:
    """None for whatever is no place in a list: people edit addresses, and then see the first page."""
    microseconds, _, complaint_id = after.partition(".")
    if not (microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 17):
        return None
    return _EPOCH + timedelta(microseconds=int(microseconds)), complaint_id
