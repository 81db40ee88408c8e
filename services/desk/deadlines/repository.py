"""The clocks of cases in the database, and which calendars were used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, RowMapping, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from services.desk.deadlines.clocks import PAUSED, RUNNING, Clock, skipped_as_lists, skipped_from_lists
from services.desk.tables import calendars_used, case_clocks, cases
from shared.storage.database import Transaction
from shared.storage.upsert import insert_late, upsert

KEY = ("complaint_id", "name", "number")
_NAMES = tuple(Clock.__dataclass_fields__)
_OF_CASE = (  # built once, as building a statement costs more than running it
    select(case_clocks)
    .where(case_clocks.c.complaint_id == bindparam("which"))
    .order_by(case_clocks.c.name, case_clocks.c.number)
)


@dataclass(frozen=True, slots=True)
class UsedCalendar:
    """A calendar that was or is in use; `finished_at` None: open clocks are still being counted by it."""

    hash: str
    before: str
    since: datetime
    counted_until: str
    seen: int
    moved: int
    finished_at: datetime | None


def hold(tx: Transaction, complaint_id: str) -> bool:
    """Nobody else changes the case, nor its clocks, until this transaction ends. False: there is no such case."""
    statement = select(cases.c.complaint_id).where(cases.c.complaint_id == complaint_id).with_for_update()
    return tx.execute(statement).first() is not None


def hold_all(tx: Transaction, complaint_ids: Sequence[str]) -> list[str]:
    """As `hold`, for several at once, in the order of their ids; those that there are."""
    which = cases.c.complaint_id.in_(sorted(set(complaint_ids)))
    statement = select(cases.c.complaint_id).where(which).order_by(cases.c.complaint_id).with_for_update()
    return [row.complaint_id for row in tx.execute(statement)]


def of_case(connection: Connection, complaint_id: str) -> tuple[Clock, ...]:
    """In the order of their names and numbers."""
    rows = connection.execute(_OF_CASE, {"which": complaint_id}).mappings()
    return tuple(_clock(row) for row in rows)


def of_cases(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, tuple[Clock, ...]]:
    """By complaint, for lists; those without clocks are left out."""
    statement = select(*case_clocks.c).where(case_clocks.c.complaint_id.in_(sorted(set(complaint_ids))))
    rows = connection.execute(statement.order_by(*(case_clocks.c[name] for name in KEY))).mappings()
    found: dict[str, list[Clock]] = {}
    for row in rows:
        found.setdefault(row["complaint_id"], []).append(_clock(row))
    return {complaint_id: tuple(clocks) for complaint_id, clocks in found.items()}


def add_late(tx: Transaction, complaint_id: str, clocks: Iterable[Clock]) -> None:
    """Clocks of a case that is new; they go in before the commit, together with those of the others."""
    insert_late(tx, case_clocks, [_row(complaint_id, clock) for clock in clocks])


def keep(tx: Transaction, complaint_id: str, clocks: Iterable[Clock]) -> None:
    rows = [_row(complaint_id, clock) for clock in clocks]
    if rows:
        tx.execute(_keeping(tx.connection.dialect.name), rows)


@cache
def _keeping(dialect: str) -> Executable:
    """Built once: that costs more than running it, and every step of a case needs it."""
    insert = postgresql.insert(case_clocks) if dialect == "postgresql" else sqlite.insert(case_clocks)
    changes = {column.name: insert.excluded[column.name] for column in case_clocks.c if column.name not in KEY}
    return insert.on_conflict_do_update(index_elements=list(KEY), set_=changes)


def forget(tx: Transaction, complaint_id: str) -> None:
    tx.execute(delete(case_clocks).where(case_clocks.c.complaint_id == complaint_id))


def open_cases(connection: Connection, after: str, limit: int) -> list[str]:
    """Complaints with a clock that runs or rests, by their ids, after that one."""
    statement = select(case_clocks.c.complaint_id).where(
        case_clocks.c.complaint_id > after, case_clocks.c.state.in_((RUNNING, PAUSED))
    )
    rows = connection.execute(statement.distinct().order_by(case_clocks.c.complaint_id).limit(limit))
    return [row.complaint_id for row in rows]


def count_open(connection: Connection) -> int:
    """How many cases have a clock that runs or rests."""
    mine = case_clocks.c.state.in_((RUNNING, PAUSED))
    found = select(func.count(case_clocks.c.complaint_id.distinct())).where(mine)
    return int(connection.execute(found).scalar_one())


def used_last(connection: Connection) -> UsedCalendar | None:
    statement = select(*calendars_used.c).order_by(calendars_used.c.since.desc(), calendars_used.c.hash).limit(1)
    row = connection.execute(statement).mappings().first()
    return UsedCalendar(**row) if row else None


def used(tx: Transaction, hash_: str) -> UsedCalendar | None:
    """Held until this transaction ends."""
    statement = select(*calendars_used.c).where(calendars_used.c.hash == hash_).with_for_update()
    row = tx.execute(statement).mappings().first()
    return UsedCalendar(**row) if row else None


def keep_used(tx: Transaction, calendar: UsedCalendar) -> None:
    row = {name: getattr(calendar, name) for name in UsedCalendar.__dataclass_fields__}
    upsert(tx, calendars_used, row, key=("hash",))


def _row(complaint_id: str, clock: Clock) -> dict[str, Any]:
    row = {"complaint_id": complaint_id, **{name: getattr(clock, name) for name in _NAMES}}
    return {**row, "skipped": skipped_as_lists(clock.skipped), "provisional": list(clock.provisional)}


def _clock(row: RowMapping) -> Clock:
    values = {name: row[name] for name in _NAMES}
    values["skipped"] = skipped_from_lists(row["skipped"])
    values["provisional"] = tuple(row["provisional"])
    return Clock(**values)
