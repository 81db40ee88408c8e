"""What every process looks at: its broker, its database, the disk under its data, its clock."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, Table, text

from shared.clock import Clock
from shared.errors import Transient
from shared.messaging.broker import Broker
from shared.storage.database import Database
from shared.thresholds import (
    CLOCK_SECONDS,
    DATABASE_MOST_SECONDS,
    DATABASE_SECONDS,
    DISK_FREE_BYTES,
    DISK_FREE_RATIO,
    worst,
)
from shared.vitals import table as rows
from shared.vitals.board import Board
from shared.vitals.looking import Probe
from shared.vitals.sign import Fact, Sign, judged, yes_or_no

DISK_EVERY_SECONDS = 15.0


class Usage(NamedTuple):
    """As `shutil.disk_usage` gives it, in bytes."""

    total: int
    used: int
    free: int


DiskUsage = Callable[[Path], Usage]


def disk_usage(folder: Path) -> Usage:
    """Of the disk that the folder is, or would be, on."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return Usage(*shutil.disk_usage(folder))


def broker_probe(broker: Broker, queues: Sequence[str]) -> Probe:
    """With what waits in the service's queues. A broker that does not answer in two seconds is down."""
    watch = broker.watch(queues)

    def look() -> list[Sign]:
        try:
            depths = watch.look()
        except Transient as error:
            return [yes_or_no("broker", False, facts={"problem": error.message[:200]})]
        facts: dict[str, Fact] = {f"queue {name}": depth.ready for name, depth in depths.items()}
        idle = [name for name, depth in depths.items() if not depth.consumers]
        if idle:
            facts["unheard"] = ", ".join(idle)
        return [yes_or_no("broker", True, facts=facts)]

    return Probe(
        "broker", look, silent=lambda _: [yes_or_no("broker", False, facts={"problem": "no_answer"})], close=watch.close
    )


@dataclass
class DatabaseLook:
    """A small read and a small write: the rows of the service's processes, and the own one."""

    database: Database
    table: Table
    board: Board
    clock: Clock
    offset_seconds: float | None = None
    """How far the database server's clock is from ours, as it was last known; None where it is ours."""

    def probe(self) -> Probe:
        return Probe("database", self._look, silent=self._silent)

    def _look(self) -> list[Sign]:
        began = time.monotonic()
        try:
            self._write_and_read()
        except Exception as error:  # noqa: BLE001 - whatever the reason, nobody gets an answer from it
            code = error.code if isinstance(error, Transient) else type(error).__name__
            return [judged("database", DATABASE_MOST_SECONDS, DATABASE_SECONDS, problem=code)]
        return [judged("database", min(time.monotonic() - began, DATABASE_MOST_SECONDS), DATABASE_SECONDS)]

    def _silent(self, seconds: float) -> list[Sign]:
        return [judged("database", min(seconds, DATABASE_MOST_SECONDS), DATABASE_SECONDS, problem="no_answer")]

    def _write_and_read(self) -> None:
        now, seen = self.clock.now(), self.board.seen
        own = rows.Process(
            seen.process.process, seen.process.role, seen.process.version, seen.process.started_at, now,
            signs=seen.signs,
        )  # fmt: skip
        with self.database.write() as tx:
            rows.keep(tx, self.table, own)
            gone = [one.process for one in seen.processes if now - one.at > rows.KEPT]
            if gone:
                rows.forget(tx, self.table, now, gone)
        with self.database.read() as connection:
            found = rows.every(connection, self.table)
            self.offset_seconds = self._offset(connection)
        self.board.note_rows(found, now)

    def _offset(self, connection: Connection) -> float | None:
        if self.database.is_sqlite:
            return None
        before = self.clock.now()
        told: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = self.clock.now()
        return abs((told.astimezone(UTC) - before - (after - before) / 2).total_seconds())


@dataclass
class ClockLook:
    """The greatest of what is known: other clocks, and a jump since this process began."""

    clock: Clock
    others: Callable[[], Sequence[tuple[str, float | None]]]
    """(whose, how far in seconds)."""

    def __post_init__(self) -> None:
        self._began = self._difference()

    def probe(self) -> Probe:
        return Probe("clock", self._look)

    def _look(self) -> list[Sign]:
        told = [("jump", abs(self._difference() - self._began)), *self.others()]
        seconds, whose = max((far, whose) for whose, far in told if far is not None)
        return [judged("clock", round(seconds, 3), CLOCK_SECONDS, against=whose)]

    def _difference(self) -> float:
        return self.clock.now().timestamp() - self.clock.monotonic_seconds()


def disk_probe(folders: Sequence[Path], usage: DiskUsage = disk_usage) -> Probe:
    def look() -> list[Sign]:
        return [_disk(folder, usage(folder)) for folder in folders]

    return Probe("disk", look, every_seconds=DISK_EVERY_SECONDS)


def _disk(folder: Path, usage: Usage) -> Sign:
    ratio = usage.free / usage.total if usage.total else 0.0
    state = worst([DISK_FREE_RATIO.judge(ratio), DISK_FREE_BYTES.judge(usage.free)])
    return Sign("disk", state, round(ratio, 4), "ratio", {"free_bytes": usage.free}, about=str(folder))
