"""Many cases at once, as the lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, bindparam, func, select, true

from services.desk.cases.contents import REPORT
from services.desk.cases.machine import FORWARDED
from services.desk.inbox.conditions import (
    IS_DUE,
    IS_IN_TRIAGE,
    IS_OPEN,
    Moment,
    Sought,
    due_between,
    filters,
    has_copy,
    in_charge,
    in_scope,
)
from services.desk.inbox.paging import WALKED, Part, Wish, turn
from services.desk.inbox.wanted import BY_DUE, LATE, NONE, OLDEST, TODAY, WEEK, Wanted, last_moment
from services.desk.people.person import Person, Scope, TextView, scope_of, text_view
from services.desk.tables import case_contents, cases

PAGE = 50
TRIAGE_PAGE = 20
MOST_COUNTED = 99
"""Of more than that people are told that there are more: counting all of them would cost a look at each."""
_COPIES_COUNTED = 1_000
"""Those sent last, most of which are settled: each must be looked at."""
_EXCERPT = 400


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
    scope = scope_of(person)
    mine = has_copy(scope) if wanted.copies else in_charge(scope)
    within = [in_scope(scope) if wanted.ticket else mine, *filters(wanted, moment)]
    sought = Sought.by(connection, person, wanted)
    wish = Wish(parts_of(wanted), within, sought or None, wanted.after, wanted.before, walked)
    found = turn(connection, wish, limit)
    return Page(lines_of(connection, person, found.ids), found.next, found.previous)


def parts_of(wanted: Wanted) -> Sequence[Part]:
    """Only what is open, unless a state is wanted. A deadline runs only while a case is open: to ask for both misleads
    PostgreSQL, which takes them for independent and expects next to nothing."""
    still_open = () if wanted.states else (IS_OPEN,)
    if wanted.order == BY_DUE:
        no_deadline = Part("n", cases.c.received_at, (cases.c.due_at.is_(None), *still_open))
        parts = Part("d", cases.c.due_at, (IS_DUE,)), no_deadline
        return parts[1:] if wanted.due == NONE else parts[:1] if wanted.due else parts
    return (Part("r", cases.c.received_at, still_open, falls=wanted.order != OLDEST),)


def lines_of(connection: Connection, person: Person, ids: Sequence[str]) -> list[Line]:
    """In the order of the ids."""
    found = connection.execute(_LINES, {"ids": list(ids)}).mappings() if ids else ()
    rows = {row["complaint_id"]: row for row in found}
    return [_line(rows[one], person) for one in ids if one in rows]


_COLUMNS = tuple(name for name in Line.__dataclass_fields__ if name not in ("excerpt", "photos"))
# Built once, as building a statement costs more than running it.
_LINES = (
    select(
        *(cases.c[name] for name in _COLUMNS),
        *(func.substr(case_contents.c[name], 1, _EXCERPT).label(name) for name in ("text", "masked")),
        case_contents.c.photos,
    )
    .join_from(
        cases, case_contents,
        and_(cases.c.complaint_id == case_contents.c.complaint_id, case_contents.c.ref == REPORT), isouter=True,
    )
    .where(cases.c.complaint_id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


def _line(row: RowMapping, person: Person) -> Line:
    views = {TextView.WHOLE: row["text"], TextView.MASKED: row["masked"], TextView.NONE: None}
    view = text_view(person, row["identity"])
    photos = len(row["photos"] or ()) if view is not TextView.NONE else 0
    return Line(**{name: row[name] for name in _COLUMNS}, excerpt=views[view], photos=photos)


def counts(connection: Connection, person: Person, moment: Moment) -> dict[str, int]:
    """By the name of a tab, up to `MOST_COUNTED` + 1, all by one question."""
    until = {due: last_moment(due, moment.now, moment.zone) for due in (TODAY, WEEK)}
    asked = {"now": moment.now, **{f"until_{due}": last for due, last in until.items()}}
    return dict(connection.execute(_counts(scope_of(person)), asked).mappings().one())


@lru_cache(maxsize=1000)
def _counts(scope: Scope) -> Select[Any]:
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
    return select(*(_counted(where).label(name) for name, where in found.items()))


def count_in_triage(connection: Connection) -> int:
    return int(connection.execute(_IN_TRIAGE).scalar_one())


def _counted(where: Sequence[ColumnElement[bool]]) -> Any:
    some = select(true().label("one")).select_from(cases).where(*where).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


_IN_TRIAGE = select(_counted([IS_IN_TRIAGE]))
