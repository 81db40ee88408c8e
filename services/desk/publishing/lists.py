"""Which cases could be published, and which are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, select, tuple_

from services.desk import repository
from services.desk.cases.case import Case
from services.desk.publishing.exclusion import MAY_BEGIN, Subject, why_never
from services.desk.publishing.publication import PASSED, PUBLIC, WITHDRAWN
from services.desk.tables import cases, publications
from shared.city_publishing import CityPublishing

PAGE = 20
_STRETCH = 50
_MOST_STRETCHES = 10
"""So many rows are looked at for one page; then it ends early, and the next page goes on."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ANSWERED, UNDER_WAY = "answered", "under_way"
LISTS = (ANSWERED, UNDER_WAY, PUBLIC, WITHDRAWN, PASSED)
_STATES = {ANSWERED: ("answered", "closed"), UNDER_WAY: tuple(s for s in MAY_BEGIN if s not in ("answered", "closed"))}


@dataclass(frozen=True)
class Line:
    """`made_at`, `summary` and `reason` are those of the latest version, where there is one."""

    case: Case
    made_at: datetime | None = None
    summary: str = ""
    name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    next: str


def waiting(connection: Connection, policy: CityPublishing, which: str, *, after: str = "") -> Page:
    """Cases that may be published and were not looked at yet, those that changed last first.

    What is never public is not shown, nor is it counted anywhere.
    """
    lines: list[Line] = []
    last: RowMapping | None = None
    for row in _stretches(connection, _waiting(policy, which), after):
        if len(lines) == PAGE:
            return Page(lines, _place_of(last) if last is not None else "")
        last = row
        case = repository.by_ticket(connection, row["ticket"])
        if case is not None and case.text is not None and why_never(Subject.of(case), policy) is None:
            lines.append(Line(case))
    more = _has_more(connection, policy, which, last) if last is not None else False
    return Page(lines, _place_of(last) if more and last is not None else "")


def settled(connection: Connection, state: str, *, after: str = "") -> Page:
    """Cases whose latest version has this state, the latest first."""
    columns = cases.c.ticket, publications.c.made_at.label("at"), publications.c.complaint_id
    more = publications.c.summary, publications.c.name, publications.c.reason
    on = cases.c.complaint_id == publications.c.complaint_id
    statement = select(*columns, *more).join_from(publications, cases, on)
    statement = statement.where(publications.c.latest, publications.c.state == state)
    position = tuple_(publications.c.made_at, publications.c.complaint_id)
    place = _read_place(after)
    if place is not None:
        statement = statement.where(position < tuple_(*place))
    statement = statement.order_by(publications.c.made_at.desc(), publications.c.complaint_id.desc())
    rows = connection.execute(statement.limit(PAGE + 1)).mappings().all()
    lines = []
    for row in rows[:PAGE]:
        case = repository.by_ticket(connection, row["ticket"])
        if case is not None:
            lines.append(Line(case, row["at"], row["summary"], row["name"], row["reason"]))
    return Page(lines, _place_of(rows[PAGE - 1]) if len(rows) > PAGE else "")


def _waiting(policy: CityPublishing, which: str) -> Select[Any]:
    private = sorted({agency for never in policy.never for agency in never.agencies})
    looked_at = select(publications.c.complaint_id).where(publications.c.complaint_id == cases.c.complaint_id)
    return (
        select(cases.c.ticket, cases.c.updated_at.label("at"), cases.c.complaint_id)
        .where(
            and_(
                cases.c.state.in_(_STATES[which]),
                cases.c.identity != "confidential",
                cases.c.agency.not_in(private),
                ~looked_at.exists(),
            )
        )
        .order_by(cases.c.updated_at.desc(), cases.c.complaint_id.desc())
    )


def _stretches(connection: Connection, statement: Select[Any], after: str) -> Iterator[RowMapping]:
    place = _read_place(after)
    position = tuple_(cases.c.updated_at, cases.c.complaint_id)
    for _ in range(_MOST_STRETCHES):
        part = statement if place is None else statement.where(position < tuple_(*place))
        rows = connection.execute(part.limit(_STRETCH)).mappings().all()
        yield from rows
        if len(rows) < _STRETCH:
            return
        place = rows[-1]["at"], rows[-1]["complaint_id"]


def _has_more(connection: Connection, policy: CityPublishing, which: str, last: RowMapping) -> bool:
    beyond = tuple_(cases.c.updated_at, cases.c.complaint_id) < tuple_(last["at"], last["complaint_id"])
    return connection.execute(_waiting(policy, which).where(beyond).limit(1)).first() is not None


def _place_of(row: RowMapping) -> str:
    return f"{(row['at'] - _EPOCH) // timedelta(microseconds=1)}.{row['complaint_id']}"


def _read_place(after: str) -> tuple[datetime, str] | None:
    """None for whatever is no place in a list: people edit addresses, and then see the first page."""
    microseconds, _, complaint_id = after.partition(".")
    if not (microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 17):
        return None
    return _EPOCH + timedelta(microseconds=int(microseconds)), complaint_id
