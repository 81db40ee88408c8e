"""All of it together: a worker that looks every few seconds, and what it last saw."""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from sqlalchemy import Table

from shared.clock import Clock
from shared.observability.logs import get_logger
from shared.observability.metrics import Metrics
from shared.service import Service, Spine
from shared.storage.database import Database
from shared.vitals import table as rows
from shared.vitals.api import vitals_api
from shared.vitals.board import Board
from shared.vitals.gauges import show
from shared.vitals.looking import Looking, Probe, look_round
from shared.vitals.messages import message_probes
from shared.vitals.probes import ClockLook, DatabaseLook, DiskUsage, broker_probe, disk_probe, disk_usage
from shared.vitals.processes import service_signs
from shared.vitals.table import Process
from shared.workers import Worker

log = get_logger("vitals")
EVERY_SECONDS = 5.0
LOOK_SECONDS = 2.5
_FAREWELL_SECONDS = 1.5
Offsets = Callable[[], Sequence[tuple[str, float | None]]]


@dataclass(frozen=True)
class Surroundings:
    """What a process looks at beside its broker and database. `disk` and `offsets` are for tests and neighbours."""

    role: str
    data: Path
    probes: Sequence[Probe] = ()
    messages: bool = True
    """Whether it answers for the messages of its service; the mail process leaves that to intake."""
    disk: DiskUsage = disk_usage
    offsets: Offsets = field(default=list)
    look_seconds: float = LOOK_SECONDS


@dataclass(frozen=True)
class Vitals:
    """`stepper` is what `worker` runs."""

    board: Board
    stepper: VitalsStepper
    worker: Worker

    @staticmethod
    def of(spine: Spine, table: Table, around: Surroundings) -> Vitals:
        board = Board(_own_process(around.role, spine.clock))
        look = DatabaseLook(spine.database, table, board, spine.clock)
        queues = [queue.name for queue in spine.topology.queues_of(spine.name)] if around.messages else []
        clock = ClockLook(spine.clock, lambda: [("database", look.offset_seconds), *around.offsets()])
        probes = [broker_probe(spine.broker, queues), look.probe(), disk_probe([around.data], around.disk)]
        probes += message_probes(spine.database, spine.tables, spine.clock) if around.messages else []
        probes += [*around.probes, clock.probe()]
        farewell = Farewell(spine.database, table, board)
        stepper = VitalsStepper(
            probes, board, spine.metrics, spine.clock, farewell, look_seconds=around.look_seconds
        )  # fmt: skip
        return Vitals(board, stepper, Worker(f"{around.role}-vitals", stepper, spine.clock))

    def attend(self, service: Service, token: str) -> None:
        """Has the service's process look, and tell whoever shows the token."""
        service.vitals = self
        service.workers.append(self.worker)
        service.web.register_blueprint(vitals_api(self.board, service.spine.clock, token))


@dataclass(frozen=True)
class Farewell:
    """Marks the own row as ended, so that a process which was told to stop is not missed."""

    database: Database
    table: Table
    board: Board

    def say(self, clock: Clock) -> None:
        with self.database.write() as tx:
            rows.end(tx, self.table, self.board.seen.process.process, clock.now())


class VitalsStepper:
    """Looks, tells, and rests. A look that hangs costs its own sign only."""

    def __init__(
        self, probes: Sequence[Probe], board: Board, metrics: Metrics, clock: Clock,
        farewell: Farewell | None = None, *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:  # fmt: skip
        self._lookings = [Looking(probe, clock) for probe in probes]
        self._board, self._metrics, self._clock = board, metrics, clock
        self._farewell = farewell
        self._look_seconds = look_seconds
        self._leaving = threading.Event()
        process = board.seen.process
        metrics.build_info.labels(process.role, process.version).set(1)

    def step(self) -> None:
        self.look()
        self._leaving.wait(EVERY_SECONDS)

    def look(self) -> None:
        """One round."""
        signs = look_round(self._lookings, self._look_seconds)
        seen, role = self._board.seen, self._board.seen.process.role
        if seen.read_at is not None:
            signs += service_signs(seen.processes, seen.read_at)
        self._board.note_signs(signs, self._clock.now())
        show(self._metrics, role, signs)

    def wake(self) -> None:
        self._leaving.set()

    def close(self) -> None:
        """Within seconds, also when the database or the broker hangs."""
        leaving = threading.Thread(target=self._leave, name="vitals-farewell", daemon=True)
        leaving.start()
        leaving.join(_FAREWELL_SECONDS)

    def _leave(self) -> None:
        try:
            if self._farewell is not None:
                self._farewell.say(self._clock)
            for looking in self._lookings:
                looking.probe.close()
        except Exception as error:  # noqa: BLE001 - the process ends in any case
            log.info("farewell_failed", error=type(error).__name__)


def _own_process(role: str, clock: Clock) -> Process:
    now = clock.now()
    return Process(f"{platform.node()}:{os.getpid()}:{role}"[:200], role, product_version(), now, now)


def product_version() -> str:
    """As it was installed; code that runs from where it lies has none."""
    try:
        return metadata.version("tanggap")[:40]
    except metadata.PackageNotFoundError:
        return "unreleased"
