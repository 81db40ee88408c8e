"""A row for each process of a service, and for the last run of a command whose result the console shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, MetaData, String, Table, delete, select, update

from shared.storage.database import Transaction
from shared.storage.types import Json, UtcDateTime
from shared.storage.upsert import upsert
from shared.vitals.sign import Sign, read_sign

KEPT = timedelta(days=1)
COMMANDS = ("reconcile", "backup")
"""Roles of rows that commands leave behind; they are kept until the next run."""


def vitals_table(metadata: MetaData) -> Table:
    return Table(
        "vitals", metadata,
        Column("process", String(200), primary_key=True),
        Column("role", String(20), nullable=False),
        Column("version", String(40), nullable=False),
        Column("started_at", UtcDateTime, nullable=False),
        Column("at", UtcDateTime, nullable=False),
        Column("ended_at", UtcDateTime),
        Column("signs", Json, nullable=False),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Process:
    """`at` is its last sign of life; `ended_at` is set when it was told to stop and did."""

    process: str
    role: str
    version: str
    started_at: datetime
    at: datetime
    ended_at: datetime | None = None
    signs: tuple[Sign, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        ended = self.ended_at.isoformat() if self.ended_at else None
        return {
            "process": self.process, "role": self.role, "version": self.version, "ended_at": ended,
            "started_at": self.started_at.isoformat(), "at": self.at.isoformat(),
            "signs": [sign.as_dict() for sign in self.signs],
        }  # fmt: skip


def read_process(told: Any) -> Process:
    """What `as_dict` gave, or a row. Raises `ValueError` for anything else."""
    try:
        ended = told["ended_at"]
        return Process(
            process=str(told["process"])[:200], role=str(told["role"])[:20], version=str(told["version"])[:40],
            started_at=_moment(told["started_at"]), at=_moment(told["at"]), ended_at=_moment(ended) if ended else None,
            signs=tuple(read_sign(sign) for sign in told["signs"]),
        )  # fmt: skip
    except (LookupError, TypeError) as error:
        raise ValueError("this is no process") from error


def keep(tx: Transaction, table: Table, process: Process) -> None:
    row = {
        "process": process.process, "role": process.role, "version": process.version, "at": process.at,
        "started_at": process.started_at, "ended_at": process.ended_at,
        "signs": [sign.as_dict() for sign in process.signs],
    }  # fmt: skip
    upsert(tx, table, row, key=("process",))


def end(tx: Transaction, table: Table, process: str, now: datetime) -> None:
    tx.execute(update(table).where(table.c.process == process).values(ended_at=now))


def every(connection: Connection, table: Table) -> list[Process]:
    """Those of the last day. What another version wrote and this one cannot read is left out."""
    found = []
    for row in connection.execute(select(*table.c).order_by(table.c.process)).mappings():
        try:
            found.append(read_process(row))
        except ValueError:
            continue
    return found


def forget(tx: Transaction, table: Table, now: datetime, names: Sequence[str]) -> None:
    """Those that have been silent for a day, of the processes named."""
    old = [table.c.process.in_(sorted(names)), table.c.at < now - KEPT, table.c.role.not_in(COMMANDS)]
    tx.execute(delete(table).where(*old))


def _moment(told: Any) -> datetime:
    moment = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment
