"""The relay: takes what the outbox holds to the broker. Nothing else publishes.

What its own process has just stored is handed to it. In the table it looks every few seconds, for what others left
behind and for what is to go out again; each second while there is such a thing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from shared.clock import Clock
from shared.messaging.broker import Publisher
from shared.messaging.message import Message, Outcome
from shared.messaging.outbox import BELL, Outbox
from shared.observability.logs import get_logger, is_loud
from shared.observability.metrics import Metrics
from shared.storage.bells import LEAST_SECONDS, MOST_SECONDS, Bells
from shared.storage.database import Database
from shared.storage.leases import Lease
from shared.workers import gathering_seconds

log = get_logger("relay")
_BATCH = 100
_GRACE_SECONDS = 3.0
_CARRIED = (Outcome.CONFIRMED, Outcome.ACCEPTED)


class Relay:
    """One step publishes up to a batch. Several relays may run on one outbox: rows are leased.

    After an outcome other than confirmed the message is published again under the same id; listeners remove doubles.
    """

    def __init__(
        self, outbox: Outbox, database: Database, publisher: Publisher, bells: Bells, metrics: Metrics, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._database = database
        self._publisher = publisher
        self._metrics = metrics
        self._clock = clock
        self._waiter = bells.waiter(BELL)
        self._handed: Lease | None = None
        self._look_at, self._patience = clock.monotonic_seconds(), LEAST_SECONDS

    def step(self) -> None:
        """Publishes one batch, or waits for something to publish."""
        lease = self._handed = self._handed or self._outbox.handover.open(self._clock.now())
        messages = self._outbox.handover.take(self._clock.now(), _BATCH)
        if not messages:
            self._waiter.wait(self._look_at - self._clock.monotonic_seconds())
            messages = self._outbox.handover.take(self._clock.now(), _BATCH)
        started = self._clock.monotonic_seconds()
        if not self._publish(lease, messages):
            return  # the broker is in trouble: what waits in the table would only wait for it here
        count = len(messages)
        if not messages or started >= self._look_at:
            lease, messages = self._outbox.claim(self._database, _BATCH)
            self._patience = LEAST_SECONDS if messages else min(2 * self._patience, MOST_SECONDS)
            self._look_at = started + (self._patience if len(messages) < _BATCH else 0.0)
            self._publish(lease, messages)
            count += len(messages)
        if 0 < count < _BATCH:
            time.sleep(gathering_seconds(self._clock.monotonic_seconds() - started))

    def _publish(self, lease: Lease, messages: Sequence[Message]) -> bool:
        """Whether all were carried; those that were not go out again soon."""
        if not messages:
            return True
        outcomes = self._publisher.publish(messages)
        self._outbox.record(self._database, lease, messages, outcomes)
        self._report(messages, outcomes)
        if all(outcome in _CARRIED for outcome in outcomes):
            return True
        self._patience = LEAST_SECONDS
        self._look_at = self._clock.monotonic_seconds() + LEAST_SECONDS
        return False

    def wake(self) -> None:
        """Called to stop. A batch that gets no answer is given up; the next relay publishes it again."""
        self._waiter.ring()
        timer = threading.Timer(_GRACE_SECONDS, self._publisher.close)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """What was handed over and not published yet is left to the next relay."""
        self._outbox.handover.close()
        self._publisher.close()
        if self._handed is None:
            return
        try:
            self._outbox.release(self._database, self._handed)
        except Exception as error:  # noqa: BLE001 - whatever it was, its lease runs out by itself within seconds
            log.info("outbox_not_released", error=type(error).__name__)

    def _report(self, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
        for message, outcome in zip(messages, outcomes, strict=True):
            self._metrics.published.labels(self._outbox.source, outcome.value).inc()
            if is_loud():
                log.debug("published", message_id=message.message_id, key=message.routing_key, outcome=outcome.value)
        troubled = [
            (message, outcome) for message, outcome in zip(messages, outcomes, strict=True) if outcome not in _CARRIED
        ]
        if troubled:
            message, outcome = troubled[0]
            log.warning(
                "publish_not_confirmed",
                count=len(troubled),
                outcome=outcome.value,
                routing_key=message.routing_key,
                message_id=message.message_id,
            )
