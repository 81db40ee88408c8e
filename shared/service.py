"""What a service is made of, and the spine that all have: outbox and relay, inbox, consumer, retrier, timers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask

from shared.clock import Clock
from shared.contracts.envelope import Codec
from shared.erasures import Erase, ErasureGuard
from shared.messaging.broker import Broker
from shared.messaging.consumer import Consumer, Retrier
from shared.messaging.forgetting import forget_done
from shared.messaging.handling import Foresee, Handler, Handling
from shared.messaging.inbox import Inbox
from shared.messaging.outbox import Outbox
from shared.messaging.relay import Relay
from shared.messaging.tables import MessagingTables
from shared.messaging.topology import TOPOLOGY, Topology
from shared.observability.metrics import Metrics
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction
from shared.storage.migrate import lacks_migrations
from shared.timers import Timer, TimerHandler, Timers, TimerWorker
from shared.workers import Stepper, Worker

if TYPE_CHECKING:
    from shared.vitals.worker import Vitals

_HOUSEKEEPING_EVERY = timedelta(hours=6)
_SOON = timedelta(seconds=1)
_STUCK_AFTER_SECONDS = 90.0


@dataclass
class Spine:
    """The messaging parts of one service, ready to be used by its handlers and views."""

    name: str
    database: Database
    bells: Bells
    outbox: Outbox
    inbox: Inbox
    timers: Timers
    tables: MessagingTables
    clock: Clock
    metrics: Metrics
    codec: Codec
    broker: Broker
    topology: Topology


def build_spine(
    name: str,
    tables: MessagingTables,
    *,
    database: Database,
    broker: Broker,
    codec: Codec,
    clock: Clock,
    metrics: Metrics,
    topology: Topology = TOPOLOGY,
) -> Spine:
    bells = Bells()
    outbox = Outbox(name, tables, codec=codec, topology=topology, clock=clock, bells=bells)
    broker.settle_with(name, lambda pairs: outbox.settle(database, pairs))
    return Spine(
        name=name,
        database=database,
        bells=bells,
        outbox=outbox,
        inbox=Inbox(tables, clock=clock, bells=bells),
        timers=Timers(name, tables, clock=clock, bells=bells),
        tables=tables,
        clock=clock,
        metrics=metrics,
        codec=codec,
        broker=broker,
        topology=topology,
    )


def relay_worker(spine: Spine) -> Worker:
    publisher = spine.broker.publisher(spine.name)
    relay = Relay(spine.outbox, spine.database, publisher, spine.bells, spine.metrics, spine.clock)
    return Worker(f"{spine.name}-relay", relay, spine.clock)


def spine_workers(
    spine: Spine,
    handlers: Mapping[str, Handler],
    timer_handlers: Mapping[str, TimerHandler] | None = None,
    foresee: Foresee | None = None,
    erase: Erase | None = None,
    *,
    hurried: bool = True,
) -> list[Worker]:
    """The workers of a service that hears `handlers` (by event type) and keeps `timer_handlers` (by kind).

    `erase` removes again what a message brings back of a complaint that was erased. `hurried`: somebody waits for what
    comes of the messages.
    """
    guard = ErasureGuard(spine.tables, erase)
    handling = Handling(
        spine.name, spine.database, spine.inbox, spine.codec, handlers, spine.clock, spine.metrics, guard
    )
    if foresee is not None:
        handling = replace(handling, foresee=foresee)
    queues = [queue.name for queue in spine.topology.queues_of(spine.name)]
    timers = {"housekeeping": _housekeeping(spine), **(timer_handlers or {})}
    steppers: dict[str, Stepper] = {
        "consumer": Consumer(handling, spine.broker, queues, hurried=hurried),
        "retrier": Retrier(handling, spine.bells),
        "timers": TimerWorker(spine.timers, spine.database, timers, spine.bells),
    }
    workers = [Worker(f"{spine.name}-{name}", stepper, spine.clock) for name, stepper in steppers.items()]
    return [*workers, relay_worker(spine)]


@dataclass
class Service:
    """A service as `app.build` returns it: started, stopped and asked for its health by whoever runs it."""

    name: str
    spine: Spine
    web: Flask
    workers: list[Worker]
    migrations: Path
    warnings: Callable[[], list[str]] = list
    """Sentences about what is not configured; shown on the readiness page, not a reason to be unready."""
    seed: Callable[[], None] = lambda: None
    """Brings the pack's first data in; called once after the migration, before anything starts. Idempotent."""
    listeners: list[Listener] = field(default_factory=list)
    vitals: Vitals | None = None
    draining: bool = False
    """It is about to stop and still answers: whoever chooses whom to ask should choose another."""

    def start(self) -> None:
        self.seed()
        with self.spine.database.write() as tx:
            self.spine.timers.set_if_absent(tx, "housekeeping", "", self.spine.clock.now() + _HOUSEKEEPING_EVERY)
        for worker in self.workers:
            worker.start()
        for listener in self.listeners:
            listener.start()

    def request_stop(self) -> None:
        """Stops taking; what is in hand goes on. Follow with `finish_stop`."""
        for listener in self.listeners:
            listener.stop()
        for worker in self.workers:
            worker.stop()

    def finish_stop(self, timeout_seconds: float = 8.0) -> bool:
        """Waits for what is in hand and releases everything; False when a worker did not end in time."""
        deadline = self.spine.clock.monotonic_seconds() + timeout_seconds
        ended = [worker.join(max(0.1, deadline - self.spine.clock.monotonic_seconds())) for worker in self.workers]
        self.spine.database.close()
        return all(ended)

    def stuck_workers(self) -> list[str]:
        return [worker.name for worker in self.workers if worker.still_seconds() > _STUCK_AFTER_SECONDS]

    def unready(self) -> dict[str, str]:
        """What keeps this service from its work, by name; empty when it is ready."""
        if self.draining:
            return {"process": "is about to stop"}
        problems: dict[str, str] = {}
        try:
            with self.spine.database.read() as connection:
                lacking = lacks_migrations(connection, self.migrations)
            if lacking:
                problems["database"] = lacking
        except Exception as error:  # noqa: BLE001 - a readiness page reports, whatever the reason
            problems["database"] = f"no answer ({type(error).__name__})"
        stuck = self.stuck_workers()
        if stuck:
            problems["workers"] = f"not moving: {', '.join(stuck)}"
        return problems


class Listener:
    """Something that listens on a port of its own (SMTP); see `start` and `stop`."""

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError


def _housekeeping(spine: Spine) -> TimerHandler:
    queues = [queue.name for queue in spine.topology.queues_of(spine.name)]

    def forget(tx: Transaction, _timer: Timer) -> datetime:
        now = spine.clock.now()
        more = forget_done(tx, spine.tables, queues, now)
        return now + (_SOON if more else _HOUSEKEEPING_EVERY)

    return forget
