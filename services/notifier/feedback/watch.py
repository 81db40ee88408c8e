"""Looking after the alerts: who is out of reach for long, what works again, how many are open.

Every process looks by itself, since each has its own view of the destinations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.notifier.delivery import AMQP, ANY, CHANNELS
from services.notifier.feedback import alerts
from services.notifier.feedback.alerts import AGENCY_QUEUE_OLD, DESTINATION_AWAY
from services.notifier.sending.due_lanes import count_waiting
from shared.clock import Clock
from shared.observability.logs import get_logger
from shared.observability.metrics import Metrics
from shared.storage.database import Database, Transaction

log = get_logger("watch")
AWAY_FOR = timedelta(minutes=10)
EVERY_SECONDS = 30.0
QUEUES_EVERY_SECONDS = 300.0


class Destination(Protocol):
    """A lane (`email:DISHUB`) or a channel (`email`) that does not work now; `since` when it was first found so."""

    @property
    def key(self) -> str: ...
    @property
    def since(self) -> datetime: ...


Destinations = Callable[[], Sequence[Destination]]
OldQueues = Callable[[], Mapping[str, Mapping[str, Any]]]
"""What is wrong with agencies' queues, by agency. Asks the broker."""


@dataclass(frozen=True)
class Watch:
    """One look. `old_queues` is None where the broker cannot be asked."""

    database: Database
    clock: Clock
    metrics: Metrics
    destinations: Destinations
    old_queues: OldQueues | None = None

    def look(self) -> None:
        now = self.clock.now()
        away = [one for one in self.destinations() if now - one.since >= AWAY_FOR]
        with self.database.read() as connection:
            anything = bool(away) or any(alerts.count_open(connection).values())
        if anything:
            with self.database.write() as tx:
                for one in away:
                    _raise_away(tx, one, now)
                alerts.clear_what_works(tx, now)
        self.count()

    def look_at_queues(self) -> None:
        if self.old_queues is None:
            return
        now, found = self.clock.now(), self.old_queues()
        with self.database.write() as tx:
            for agency, details in sorted(found.items()):
                told = {**details, "agency": agency, "channel": AMQP}
                alerts.raise_alert(tx, AGENCY_QUEUE_OLD, agency, told, now, count=max(1, int(details["waiting"])))
            for alert in alerts.open_alerts(tx.connection):
                if alert["kind"] == AGENCY_QUEUE_OLD and alert["subject"] not in found:
                    alerts.clear_about(tx, AGENCY_QUEUE_OLD, alert["subject"], now)

    def count(self) -> None:
        with self.database.read() as connection:
            for kind, number in alerts.count_open(connection).items():
                self.metrics.alerts_open.labels(kind).set(number)
            waiting = count_waiting(connection)
        for channel in (*CHANNELS, ANY):
            self.metrics.deliveries_waiting.labels(channel).set(waiting.get(channel, 0))
        self.metrics.destinations_open.set(len(self.destinations()))


class WatchStepper:
    """Looks every half minute, and at the agencies' queues every five."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._leaving = threading.Event()
        self._queues_at = 0.0

    def step(self) -> None:
        self._watch.look()
        now = self._watch.clock.monotonic_seconds()
        if now >= self._queues_at:
            self._queues_at = now + QUEUES_EVERY_SECONDS
            self._watch.look_at_queues()
        self._leaving.wait(EVERY_SECONDS)

    def wake(self) -> None:
        self._leaving.set()

    def close(self) -> None:
        """Nothing of its own to release."""


def _raise_away(tx: Transaction, one: Destination, now: datetime) -> None:
    channel, _, agency = one.key.partition(":")
    details = {"channel": channel, "agency": agency, "since": one.since.isoformat()}
    minutes = int((now - one.since).total_seconds() // 60)
    alerts.raise_alert(tx, DESTINATION_AWAY, one.key, details, now, count=minutes)
