"""The cases of an agency in the order in which they changed, for a system that asks for them again and again.

Moments cannot do that: a fact may be late, and of two transactions the one that began first may end last. So whoever
asks compares the cases with what was noticed of them before, and gives those that differ the next positions. A case
that has changed always gets a higher position than any that was read so far: nobody who reads on can miss it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite

from services.desk import repository as cases_kept
from services.desk.cases.case import Case
from services.desk.directory import repository as agencies
from services.desk.tables import api_changes as changes
from services.desk.tables import case_contents, case_copies, cases
from shared.storage.database import Database, Transaction

LEAD, COPY, GONE = "lead", "copy", "gone"
USUAL, MOST = 50, 200
CURSOR = r"[0-9]{1,15}-[0-9]{1,15}-[0-9]{1,17}"
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """`cursor` is empty or one that `Changed` gave; `since` counts only without one. `state` empty: all."""

    cursor: str = ""
    since: datetime | None = None
    state: str = ""
    limit: int = USUAL


@dataclass(frozen=True)
class Changed:
    """`seen` is each case with the agency's role in it, without its content; `gone` are tickets that it lost.

    `cursor` leads on from here, also when nothing is left now.
    """

    seen: list[tuple[Case, str]]
    gone: list[str]
    cursor: str
    more: bool


@dataclass(frozen=True)
class _Place:
    """After which position; up to `head`, only what was noticed from `since` on."""

    position: int
    head: int
    since: datetime

    def __str__(self) -> str:
        return f"{self.position}-{self.head}-{int(self.since.timestamp())}"


def role_of(connection: Connection, agency: str, case_: Case) -> str:
    """`lead`, `copy`, or empty when an agency's system may not know of it."""
    if case_.identity == "confidential":
        return ""
    if case_.agency == agency:
        return LEAD
    return COPY if agency in cases_kept.copies_of(connection, case_.complaint_id) else ""


def changes_of(database: Database, agency: str, asked: Asked, now: datetime) -> Changed:
    """What changed, the oldest change first. Notices first what has changed since somebody last asked."""
    notice(database, agency, now)
    with database.read() as connection:
        head = _head(connection, agency)
        place = _place(asked, head)
        rows = connection.execute(_wanted(agency, asked, place)).mappings().all()
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    position = shown[-1]["position"] if more else max(head, place.position)
    seen = [(cases_kept.of_row(row), row["role"]) for row in shown if row["role"] != GONE]
    gone = [row["ticket"] for row in shown if row["role"] == GONE]
    return Changed(seen, gone, str(_Place(position, place.head, place.since)), more)


def notice(database: Database, agency: str, now: datetime) -> None:
    """Gives what has changed its positions. One at a time for each agency: so they become visible in their order."""
    with database.read() as connection:
        if connection.execute(_differing(agency).limit(1)).first() is None:
            return
    with database.write() as tx:
        agencies.hold(tx, agency)
        head = _head(tx.connection, agency)
        tx.execute(_noticing(tx, agency, head, now))


def _head(connection: Connection, agency: str) -> int:
    found = connection.execute(select(func.max(changes.c.position)).where(changes.c.agency == agency)).scalar_one()
    return int(found or 0)


def _place(asked: Asked, head: int) -> _Place:
    if not asked.cursor:
        return _Place(0, head, min(max(asked.since or _EARLIEST, _EARLIEST), _LATEST))
    position, first, seconds = (int(part) for part in asked.cursor.split("-"))
    if position > head:  # of a database that was set back: from the beginning, rather than to miss anything
        return _Place(0, head, _EARLIEST)
    return _Place(position, first, min(datetime.fromtimestamp(min(seconds, 2**37), UTC), _LATEST))


def _wanted(agency: str, asked: Asked, place: _Place) -> Select[Any]:
    statement = (
        select(*cases.c, changes.c.position, changes.c.role)
        .join_from(changes, cases, changes.c.complaint_id == cases.c.complaint_id)
        .where(changes.c.agency == agency, changes.c.position > place.position)
        .where(or_(changes.c.position > place.head, changes.c.noticed_at >= place.since))
        .order_by(changes.c.position)
        .limit(asked.limit + 1)
    )
    return statement.where(or_(cases.c.state == asked.state, changes.c.role == GONE)) if asked.state else statement


def _contents() -> ColumnElement[int]:
    mine = case_contents.c.complaint_id == cases.c.complaint_id
    return select(func.count()).select_from(case_contents).where(mine).correlate(cases).scalar_subquery()


def _differing(agency: str) -> Select[Any]:
    """complaint_id, role, steps, contents, updated_at of each case that is not as it was noticed."""
    known = and_(changes.c.agency == agency, changes.c.complaint_id == cases.c.complaint_id)
    copied = and_(case_copies.c.agency == agency, case_copies.c.complaint_id == cases.c.complaint_id)
    leads = func.coalesce(cases.c.agency, "") == agency
    open_to_all = cases.c.identity != "confidential"
    lead = _rows(LEAD).join_from(cases, changes, known, isouter=True).where(cases.c.agency == agency, open_to_all)
    copy = (
        _rows(COPY).select_from(cases).join(case_copies, copied).join(changes, known, isouter=True)
        .where(not_(leads), open_to_all)
    )  # fmt: skip
    is_copied = exists().where(copied).correlate(cases)
    gone = (
        _rows(GONE).join_from(changes, cases, known)
        .where(changes.c.agency == agency, changes.c.role != GONE, not_(and_(open_to_all, or_(leads, is_copied))))
    )  # fmt: skip
    either = union_all(*(part.where(_is_news()) for part in (lead, copy)), gone).subquery("differing")
    return select(*either.c)


def _rows(role: str) -> Select[Any]:
    return select(
        cases.c.complaint_id, literal(role).label("role"), cases.c.steps, _contents().label("contents"),
        cases.c.updated_at,
    )  # fmt: skip


def _is_news() -> ColumnElement[bool]:
    return or_(
        changes.c.position.is_(None), changes.c.role == GONE, changes.c.steps != cases.c.steps,
        changes.c.contents != _contents(),
    )  # fmt: skip


def _noticing(tx: Transaction, agency: str, head: int, now: datetime) -> Any:
    """One statement for all. What is there when an agency asks for the first time was not noticed just now."""
    differing = _differing(agency).subquery("news")
    order = func.row_number().over(order_by=(differing.c.updated_at, differing.c.complaint_id))
    moment = differing.c.updated_at if head == 0 else literal(now, changes.c.noticed_at.type)
    rows = select(
        literal(agency), differing.c.complaint_id, head + order, differing.c.role, differing.c.steps,
        differing.c.contents, moment,
    ).where(true())  # fmt: skip
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    names = ["agency", "complaint_id", "position", "role", "steps", "contents", "noticed_at"]
    adding = dialect.insert(changes).from_select(names, rows)
    new = {name: adding.excluded[name] for name in names[2:]}
    return adding.on_conflict_do_update(index_elements=names[:2], set_=new)
