"""The relay: takes what the outbox holds to the broker. Nothing else publishes."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from shared.messaging.broker import Publisher
from shared.messaging.message import Message, Outcome
from shared.messaging.outbox import BELL, Outbox
from shared.observability.logs import get_logger, is_loud
from shared.observability.metrics import Metrics
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.workers import GATHER_SECONDS

log = get_logger("relay")
_BATCH = 100
_POLL_SECONDS = 1.0
_GRACE_SECONDS = 3.0


class Relay:
    """One step publishes up to a batch. Several relays may run on one outbox: rows are leased.

    After an outcome other than confirmed the message is published again under the same id; listeners remove doubles.
    """

    def __init__(
        self, outbox: Outbox, database: Database, publisher: Publisher, bells: Bells, metrics: Metrics
    ) -> None:
        self._outbox = outbox
        self._database = database
        self._publisher = publisher
        self._metrics = metrics
        self._waiter = bells.waiter(BELL)

    def step(self) -> None:
        """Publishes one batch, or waits a second for something to publish."""
        lease, messages = self._outbox.claim(self._database, _BATCH)
        if not messages:
            self._waiter.wait(_POLL_SECONDS)
            return
        outcomes = self._publisher.publish(messages)
        self._outbox.record(self._database, lease, messages, outcomes)
        self._report(messages, outcomes)
        if len(messages) < _BATCH:
            time.sleep(GATHER_SECONDS)

    def wake(self) -> None:
        """Called to stop. A batch that gets no answer is given up; the next relay publishes it again."""
        self._waiter.ring()
        timer = threading.Timer(_GRACE_SECONDS, self._publisher.close)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        self._publisher.close()

    def _report(self, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
        for message, outcome in zip(messages, outcomes, strict=True):
            self._metrics.published.labels(self._outbox.source, outcome.value).inc()
            if is_loud():
                log.debug("published", message_id=message.message_id, key=message.routing_key, outcome=outcome.value)
        troubled = [
            (message, outcome)
            for message, outcome in zip(messages, outcomes, strict=True)
            if outcome not in (Outcome.CONFIRMED, Outcome.ACCEPTED)
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
