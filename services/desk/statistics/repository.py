"""Figures of cases and their sums in the database. Only this module and `marks.py` read or write those tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.desk.cases.case import Case, Happening
from services.desk.repository import of_row
from services.desk.statistics.figure import TOLD_BY, Figure
from services.desk.statistics.spans import read_spans, write_spans
from services.desk.statistics.sums import NUMBERS, TOTAL, Key, Sum, Sums
from services.desk.tables import case_events, case_figures, cases, figure_periods, figure_sums
from shared.storage.database import Transaction
from shared.storage.upsert import insert_late, upsert

_FIELDS = tuple(Figure.__dataclass_fields__)
_COLUMNS = tuple(case_figures.c[name] for name in _FIELDS)


@dataclass(frozen=True)
class Known:
    """What a figure is made of, but for the clocks."""

    case: Case
    events: tuple[Happening, ...]


def known(connection: Connection, complaint_ids: Sequence[str]) -> list[Known]:
    """Those that there are, in the order of their ids."""
    which = sorted(set(complaint_ids))
    if not which:
        return []
    mine = case_events.c.complaint_id.in_(which), case_events.c.act.in_(TOLD_BY)
    events: dict[str, list[Happening]] = {}
    for row in connection.execute(select(*case_events.c).where(*mine)).mappings():
        events.setdefault(row["complaint_id"], []).append(Happening(**row))
    statement = select(cases).where(cases.c.complaint_id.in_(which)).order_by(cases.c.complaint_id)
    rows = connection.execute(statement).mappings()
    return [Known(of_row(row), tuple(events.get(row["complaint_id"], ()))) for row in rows]


def figures_of(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, Figure]:
    """By complaint."""
    which = case_figures.c.complaint_id.in_(sorted(set(complaint_ids)))
    return {row.complaint_id: Figure(*row) for row in connection.execute(select(*_COLUMNS).where(which))}


def overdue(connection: Connection, now: datetime, most: int) -> list[str]:
    """Cases of which a deadline has passed since they were counted."""
    passed = select(case_figures.c.complaint_id).where(case_figures.c.due_at < now)
    return [row.complaint_id for row in connection.execute(passed.order_by(case_figures.c.due_at).limit(most))]


def keep(tx: Transaction, figures: Sequence[Figure]) -> None:
    if figures:
        tx.execute(_keeping(tx.connection.dialect.name), [_row(one) for one in figures])


def settle(tx: Transaction, complaint_ids: Iterable[str]) -> None:
    """Cases that are gone stay counted as they were; no clock changes them any more."""
    which = case_figures.c.complaint_id.in_(sorted(complaint_ids))
    tx.execute(update(case_figures).where(which).values(due_at=None))


def of_month(connection: Connection, month: str) -> Iterable[Figure]:
    """All of the month, one after the other."""
    return (Figure(*row) for row in connection.execute(select(*_COLUMNS).where(case_figures.c.month == month)))


def late(
    connection: Connection, month: str, office: str, *, confidential: bool, most: int
) -> list[Figure]:  # fmt: skip
    """Cases of an agency (or the office of a place), received in the month, that missed a deadline; oldest first."""
    missed = case_figures.c.respond_in_time.is_(False) | case_figures.c.settle_in_time.is_(False)
    mine = (case_figures.c.agency == office) | (case_figures.c.office == office)
    statement = select(*_COLUMNS).where(case_figures.c.month == month, mine, missed)
    if not confidential:
        statement = statement.where(~case_figures.c.confidential)
    rows = connection.execute(statement.order_by(case_figures.c.day, case_figures.c.ticket).limit(most))
    return [Figure(*row) for row in rows]


# Periods and their sums


def behind(tx: Transaction, periods: Iterable[str]) -> None:
    """Their sums are to be made anew."""
    for period in sorted(set(periods)):
        upsert(tx, figure_periods, {"period": period, "due": True}, key=("period",))


def next_behind(connection: Connection, over: str) -> str | None:
    """A period to be summed: months before years, the latest first. Years from `over` on are not over yet."""
    column = figure_periods.c.period
    of_a_month = func.length(column) > len("2026")
    statement = select(column).where(figure_periods.c.due, of_a_month | (column < over))
    row = connection.execute(statement.order_by(func.length(column).desc(), column.desc()).limit(1)).first()
    return None if row is None else str(row.period)


def summed_at(connection: Connection) -> datetime | None:
    """When anything was summed last."""
    moment: datetime | None = connection.execute(select(func.max(figure_periods.c.summed_at))).scalar_one()
    return moment


def periods(connection: Connection) -> dict[str, bool]:
    """Every period that has sums, and whether they are up to date."""
    rows = connection.execute(select(figure_periods.c.period, figure_periods.c.due))
    return {row.period: not row.due for row in rows}


def next_to_publish(connection: Connection, last: str) -> str | None:
    """The first month up to `last` that was never published, if its sums are up to date."""
    column = figure_periods.c
    mine = func.length(column.period) > len("2026"), column.period <= last, column.published.is_(None), ~column.due
    row = connection.execute(select(column.period).where(*mine).order_by(column.period).limit(1)).first()
    return None if row is None else str(row.period)


def note_published(tx: Transaction, month: str, now: datetime) -> None:
    which = figure_periods.c.period == month
    tx.execute(update(figure_periods).where(which).values(published=now.isoformat(timespec="seconds")))


def replace(tx: Transaction, period: str, sums: Sums, now: datetime) -> None:
    """These are the sums of the period, and no others."""
    tx.execute(delete(figure_sums).where(figure_sums.c.period == period))
    rows = [{"period": period, **_key(key), **_told(one)} for key, one in sums.items()]
    insert_late(tx, figure_sums, rows)
    upsert(tx, figure_periods, {"period": period, "due": False, "summed_at": now}, key=("period",))


def sums_of(connection: Connection, wanted: Sequence[str]) -> list[Sums]:
    """All sums of these periods, one after the other."""
    columns = [figure_sums.c[name] for name in (*_KEY, *_SUM)]
    statements = (select(*columns).where(figure_sums.c.period == period) for period in wanted)
    return [{Key(*row[:4]): _sum(row[4:]) for row in connection.execute(one)} for one in statements]


def by_period(
    connection: Connection, wanted: Sequence[str], scope: str, *, confidential: bool
) -> dict[str, Sum]:  # fmt: skip
    """What each of these periods came to in a scope, with or without confidential cases."""
    return _added(connection, figure_sums.c.period, _mine(wanted, scope, TOTAL, confidential))


def by_value(
    connection: Connection, wanted: Sequence[str], scope: str, dimension: str, *, confidential: bool
) -> dict[str, Sum]:  # fmt: skip
    """What these periods together came to, for each value of the dimension."""
    return _added(connection, figure_sums.c.value, _mine(wanted, scope, dimension, confidential))


def _mine(wanted: Sequence[str], scope: str, dimension: str, confidential: bool) -> ColumnElement[bool]:
    column = figure_sums.c
    mine = (column.scope == scope) & (column.dimension == dimension) & column.period.in_(wanted)
    return mine & (column.confidential if confidential else ~column.confidential)


def _added(connection: Connection, group: ColumnElement[str], mine: ColumnElement[bool]) -> dict[str, Sum]:
    """Added up by the database: a page over ten years has thousands of sums, and shows a hundred."""
    numbers = [func.sum(figure_sums.c[name]) for name in NUMBERS]
    spans = [func.aggregate_strings(figure_sums.c[name], ",") for name in _SPANS]
    rows = connection.execute(select(group, *numbers, *spans).where(mine).group_by(group))
    return {row[0]: _sum(row[1:]) for row in rows}


_KEY = Key._fields
_SPANS = ("answer_spans", "close_spans")
_SUM = (*NUMBERS, *_SPANS)


def _sum(row: Sequence[Any]) -> Sum:
    found: dict[str, Any] = dict(zip(_SUM, row, strict=True))
    for name in _SPANS:
        found[name] = read_spans(found[name])
    for name in NUMBERS:
        found[name] = int(found[name])
    return Sum(**found)


def _key(key: Key) -> dict[str, Any]:
    return key._asdict()


def _told(one: Sum) -> dict[str, Any]:
    spans = {name: write_spans(getattr(one, name)) for name in _SPANS}
    return {**{name: getattr(one, name) for name in NUMBERS}, **spans}


def _row(figure: Figure) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in _FIELDS}


@cache
def _keeping(dialect: str) -> Executable:
    into = postgresql.insert(case_figures) if dialect == "postgresql" else sqlite.insert(case_figures)
    changes = {name: into.excluded[name] for name in _FIELDS if name != "complaint_id"}
    return into.on_conflict_do_update(index_elements=["complaint_id"], set_=changes)
