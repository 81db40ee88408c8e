"""Many cases at once, as the lists show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Select, Subquery, and_, bindparam, func, select, true

from services.desk.cases.machine import FORWARDED
from services.desk.inbox import conditions, sought
from services.desk.inbox.conditions import (
    IS_DUE,
    IS_IN_TRIAGE,
    IS_OPEN,
    IS_REPORT,
    Moment,
    due_between,
    filters,
    has_copy,
    in_charge,
    in_scope,
)
from services.desk.inbox.news import IN_TRIAGE, INBOX, keys_together
from services.desk.inbox.paging import WALKED, Turn, turn
from services.desk.inbox.sought import Sought
from services.desk.inbox.wanted import BY_DUE, LATE, NONE, OLDEST, TODAY, WEEK, Wanted, last_moment
from services.desk.inbox.wishes import Part, Wish
from services.desk.people.person import Person, Scope, TextView, scope_of, text_view
from services.desk.tables import case_contents, cases

PAGE = 25
MOST_COUNTED = 99
"""Of more than that people are told that there are more: counting all of them would cost a look at each."""
_COPIES_COUNTED = 1_000
"""Those sent last, most of which are settled: each must be looked at."""
_EXCERPT = 400
_KEYS = "keys"


@dataclass(frozen=True)
class Line:
    """A case in a list; `excerpt` is None where the person reads no text, or it was deleted. `photos`: how many."""

    complaint_id: str
    ticket: str
    state: str
    agency: str | None
    urgent: bool
    identity: str
    kind: str
    channel: str
    kecamatan: str | None
    kelurahan: str | None
    reason: str
    revision: int
    assignment: int
    received_at: datetime
    updated_at: datetime
    due_at: datetime | None
    rung: int
    excerpt: str | None
    photos: int


@dataclass(frozen=True)
class Page:
    lines: list[Line]
    next: str = ""
    previous: str = ""


def newest(
    connection: Connection, person: Person, wanted: Wanted, moment: Moment, *, limit: int = PAGE, walked: int = WALKED
) -> Page:  # fmt: skip
    """The cases that the person may see, as wanted: what is due first, or the newest or the oldest first.

    An agency's list has what it is in charge of, or with `copies` what was sent to it to be read; a number is found
    wherever it is.
    """
    wish = _wish(scope_of(person), wanted.shape, Sought.by(connection, person, wanted))
    values = {**conditions.values_of(wanted, moment), **sought.values_of(wanted, connection.dialect.name)}
    found = turn(connection, wish, Turn(wanted.after, wanted.before, values, walked), limit)
    return Page([_line(row, person) for row in found.rows], found.next, found.previous)


@lru_cache(maxsize=1000)
def _wish(scope: Scope, shape: Wanted, words: Sought) -> Wish:
    mine = has_copy(scope) if shape.copies else in_charge(scope)
    within = [in_scope(scope) if shape.ticket else mine, *filters(shape)]
    return Wish(parts_of(shape), within, words or None, [cases.c[name] for name in _MORE], _with_report)


def parts_of(wanted: Wanted) -> Sequence[Part]:
    """Only what is open, unless a state is wanted. A deadline runs only while a case is open: to ask for both misleads
    PostgreSQL, which takes them for independent and expects next to nothing."""
    still_open = () if wanted.states else (IS_OPEN,)
    if wanted.order == BY_DUE:
        no_deadline = Part("n", cases.c.received_at, (cases.c.due_at.is_(None), *still_open))
        parts = Part("d", cases.c.due_at, (IS_DUE,)), no_deadline
        return parts[1:] if wanted.due == NONE else parts[:1] if wanted.due else parts
    return (Part("r", cases.c.received_at, still_open, falls=wanted.order != OLDEST),)


_MORE = tuple(name for name in Line.__dataclass_fields__ if name not in ("complaint_id", "excerpt", "photos"))
_REPORT = (
    *(func.substr(case_contents.c[name], 1, _EXCERPT).label(name) for name in ("text", "masked")),
    case_contents.c.photos,
)  # fmt: skip


def _with_report(found: Subquery) -> Select[Any]:
    report = and_(case_contents.c.complaint_id == found.c.complaint_id, IS_REPORT)
    columns = found.c.complaint_id, *(found.c[name] for name in _MORE), *_REPORT, found.c.at
    return select(*columns).join_from(found, case_contents, report, isouter=True)


def _line(row: Row[Any], person: Person) -> Line:
    columns: list[Any] = list(row)
    text, masked, photos, _ = columns[-4:]
    view = text_view(person, row.identity)
    excerpt = {TextView.WHOLE: text, TextView.MASKED: masked}.get(view)
    columns[-4:] = [excerpt, len(photos or ()) if view is not TextView.NONE else 0]
    return Line(*columns)


@dataclass(frozen=True)
class Standing:
    """What stands around a list: numbers by the name of a tab, each up to `MOST_COUNTED` + 1, and the keys of what is
    new to the person (`news.keys_now`) with blanks between."""

    counted: Mapping[str, int]
    keys: str


def standing(connection: Connection, person: Person, moment: Moment) -> Standing:
    """By one question."""
    until = {due: last_moment(due, moment.now, moment.zone) for due in (TODAY, WEEK)}
    asked = {"now": moment.now, **{f"until_{due}": last for due, last in until.items()}}
    return _standing(connection.execute(_around(scope_of(person)), asked).mappings().one())


def standing_in_triage(connection: Connection, person: Person) -> Standing:
    """The same for those that wait for a coordinator, of whom only `triage` is counted."""
    return _standing(connection.execute(_around_triage(scope_of(person))).mappings().one())


def _standing(row: RowMapping) -> Standing:
    found = dict(row)
    keys = found.pop(_KEYS)
    return Standing(found, keys or "")


@lru_cache(maxsize=1000)
def _around(scope: Scope) -> Select[Any]:
    mine, now = in_charge(scope), bindparam("now", type_=cases.c.due_at.type)
    found: dict[str, list[ColumnElement[bool]]] = {
        "open": [mine, IS_OPEN],
        LATE: [mine, IS_DUE, *due_between(None, now)],
        **{due: [mine, IS_DUE, *due_between(now, bindparam(f"until_{due}"))] for due in (TODAY, WEEK)},
        "unread": [mine, IS_OPEN, cases.c.state == FORWARDED],
        "escalated": [mine, IS_OPEN, cases.c.rung > 0],
    }
    if not scope.everything:
        found["copies"] = [has_copy(scope, _COPIES_COUNTED), IS_OPEN]
    numbers = (_counted(where).label(name) for name, where in found.items())
    return select(*numbers, keys_together(scope, INBOX).label(_KEYS))


@lru_cache(maxsize=1000)
def _around_triage(scope: Scope) -> Select[Any]:
    return select(_counted([IS_IN_TRIAGE]).label("triage"), keys_together(scope, IN_TRIAGE).label(_KEYS))


def _counted(where: Sequence[ColumnElement[bool]]) -> Any:
    some = select(true().label("one")).select_from(cases).where(*where).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
