"""Numbers that are open to everybody: kept once a month, read by year. Only this module reads or writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from services.intake.tables import open_counts, open_months
from shared.contracts.envelope import Envelope
from shared.contracts.statistics import StatisticsPublished
from shared.messaging.handling import Handler
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

COLUMNS = ("month", "dimension", "value", "name", "kind", "number")


@dataclass(frozen=True)
class OpenCount:
    """`kind` empty: of all kinds together."""

    month: str
    dimension: str
    value: str
    name: str
    kind: str
    number: int


@dataclass(frozen=True)
class OpenYear:
    """`months` are those that are open, each with the moment at which it was counted."""

    months: Mapping[str, datetime]
    counts: list[OpenCount]


def table() -> dict[str, Handler]:
    return {StatisticsPublished.TYPE: keep}


def keep(tx: Transaction, envelope: Envelope) -> None:
    """The first that is said of a month holds: two versions of it would tell by their difference what is hidden."""
    fact: StatisticsPublished = envelope.event
    row = {"month": fact.month, "counted_at": fact.counted_at}
    if not insert_new(tx, open_months, [row], open_months.c.month):
        return
    rows: list[dict[str, Any]] = [
        {
            "month": fact.month, "dimension": one.dimension, "value": one.value, "kind": one.kind, "name": one.name,
            "number": one.number,
        }
        for one in fact.counts
    ]  # fmt: skip
    if rows:
        tx.execute(insert(open_counts), rows)


def years(connection: Connection) -> list[int]:
    """Those with an open month, the latest first."""
    year = func.substr(open_months.c.month, 1, 4)
    return [int(row[0]) for row in connection.execute(select(year).distinct().order_by(year.desc()))]


def of_year(connection: Connection, year: int) -> OpenYear:
    begins, ends = f"{year:04d}-01", f"{year:04d}-12"
    mine = open_months.c.month.between(begins, ends)
    months = connection.execute(select(open_months.c.month, open_months.c.counted_at).where(mine))
    columns = [open_counts.c[name] for name in COLUMNS]
    statement = select(*columns).where(open_counts.c.month.between(begins, ends))
    order = open_counts.c.month, open_counts.c.dimension, open_counts.c.value, open_counts.c.kind
    rows = connection.execute(statement.order_by(*order))
    return OpenYear({row.month: row.counted_at for row in months}, [OpenCount(*row) for row in rows])
