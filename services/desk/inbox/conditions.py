"""What a list asks of the database: whose cases, which, and those that hold the words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)

from services.desk.cases.contents import REPORT
from services.desk.cases.machine import FORWARDED
from services.desk.inbox.wanted import EVERY_STATE, LATE, NONE, TODAY, WEEK, Wanted, last_moment
from services.desk.people.person import Scope
from services.desk.tables import case_contents, case_copies, cases
from services.desk.tables.search import DUE, IN_TRIAGE, NEW_TO_SOMEBODY, OPEN

IS_OPEN: ColumnElement[bool] = literal_column(f"cases.{OPEN}", Boolean)
IS_DUE: ColumnElement[bool] = literal_column(f"cases.{DUE}", Boolean)
IS_IN_TRIAGE: ColumnElement[bool] = literal_column(f"cases.{IN_TRIAGE}", Boolean)
IS_NEW_TO_SOMEBODY: ColumnElement[bool] = literal_column(f"cases.{NEW_TO_SOMEBODY}", Boolean)
IS_REPORT: ColumnElement[bool] = case_contents.c.ref == literal_column(f"'{REPORT}'", Text)
"""Written out: of a parameter PostgreSQL expects few rows, and then reads the reports of all cases for one page."""


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


def filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    """All that is asked for but the words, and but that a case is open where no state is: see `listing.parts_of`.

    Number and moments are parameters: `values_of` has them.
    """
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
        found.append(cases.c.ticket == bindparam("ticket"))
    if wanted.due:
        found += due_within(wanted.due)
    return found


_EQUAL = ("agency", "kelurahan", "kind", "channel", "identity")


def values_of(wanted: Wanted, moment: Moment) -> dict[str, Any]:
    until = last_moment(wanted.due, moment.now, moment.zone) if wanted.due in (TODAY, WEEK) else moment.now
    return {"ticket": wanted.ticket, "now": moment.now, "until": until}


def due_within(due: str) -> list[ColumnElement[bool]]:
    now, until = (bindparam(name, type_=cases.c.due_at.type) for name in ("now", "until"))
    if due == NONE:
        return [cases.c.due_at.is_(None)]
    return due_between(None, now) if due == LATE else due_between(now, until)


def due_between(first: Any, last: Any) -> list[ColumnElement[bool]]:
    """From the first moment, if there is one, until just before the last; moments or parameters."""
    until = cases.c.due_at < last
    return [until] if first is None else [cases.c.due_at >= first, until]


def _has_photo() -> ColumnElement[bool]:
    report = case_contents.c.complaint_id == cases.c.complaint_id, IS_REPORT
    return exists().where(*report, func.length(cast(case_contents.c.photos, Text)) > len("[]"))
