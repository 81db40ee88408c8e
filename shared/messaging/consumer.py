"""The consumer: from the broker's queues into this service's database.

One transaction for a whole batch, since a commit each costs ten times as much. Whatever is not plainly fresh (it was
redelivered, has a row already, cannot be read, or stood in a batch that failed) is handled alone, and marked before.
Acknowledged is only what is committed. While the database is away, what is in hand stays in hand: giving it back
would use up the broker's delivery limit.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from shared.contracts.envelope import Envelope
from shared.errors import Rejected, Transient
from shared.messaging.backoff import backoff_seconds
from shared.messaging.broker import Broker, BrokerLost, Subscription
from shared.messaging.handling import Handling, handle_alone
from shared.messaging.inbox import BELL
from shared.messaging.message import Delivery
from shared.observability.logs import get_logger
from shared.observability.tracing import traced
from shared.storage.bells import Bells
from shared.storage.database import Transaction
from shared.workers import gathering_seconds

log = get_logger("consumer")
PREFETCH = 50
_POLL_SECONDS = 1.0


class Consumer:
    """Owns one subscription to the service's queues; used by one thread.

    `hurried`: others wait for what comes of the messages, so few are gathered (`gathering_seconds`).
    """

    def __init__(
        self, handling: Handling, broker: Broker, queues: Sequence[str], *, prefetch: int = PREFETCH,
        hurried: bool = True,
    ) -> None:  # fmt: skip
        self._handling = handling
        self._hurried = hurried
        self._broker = broker
        self._queues = list(queues)
        self._prefetch = prefetch
        self._subscription: Subscription | None = None
        self._in_hand: list[Delivery] = []
        self._alone: set[int] = set()  # identities of deliveries in hand that no batch may take
        self._losses = 0
        self._database_failures = 0

    def step(self) -> None:
        """Takes what is there, handles it, acknowledges it; waits a second at most for something to come."""
        try:
            subscription = self._subscription or self._subscribe()
            if not self._in_hand:
                self._in_hand = subscription.receive(most=self._prefetch, timeout_seconds=_POLL_SECONDS)
            self._losses = 0
            if not self._in_hand:
                return
            full, started = len(self._in_hand) >= self._prefetch, time.monotonic()
            self._work(subscription)
        except BrokerLost as error:
            self._forget_subscription()
            self._losses += 1
            log.warning("broker_lost", error=error.message, losses=self._losses)
            raise Transient(
                error.message,
                code="broker_lost",
                retry_after_seconds=backoff_seconds(self._losses, first=0.5, most=5.0, key=self._queues[0]),
            ) from error
        if not full:
            time.sleep(gathering_seconds(time.monotonic() - started, hurried=self._hurried))

    def wake(self) -> None:
        """A wait for deliveries lasts a second at most; there is nothing to ring."""

    def close(self) -> None:
        self._forget_subscription()

    def _subscribe(self) -> Subscription:
        self._subscription = self._broker.subscribe(self._queues, prefetch=self._prefetch)
        return self._subscription

    def _forget_subscription(self) -> None:
        subscription, self._subscription, self._in_hand = self._subscription, None, []
        self._alone.clear()
        if subscription is not None:
            subscription.close()

    def _work(self, subscription: Subscription) -> None:
        try:
            while self._in_hand:
                settled = self._handle_next()
                subscription.ack(settled)
                done = {id(delivery) for delivery in settled}
                self._in_hand = [delivery for delivery in self._in_hand if id(delivery) not in done]
            self._alone.clear()
            self._database_failures = 0
        except BrokerLost:
            raise
        except Transient as error:
            self._database_failures += 1
            wait = backoff_seconds(self._database_failures, first=0.2, most=5.0)
            log.warning("consumer_waits", error=error.message, seconds=round(wait, 2))
            subscription.receive(most=0, timeout_seconds=wait)  # keeps the connection's heartbeat going

    def _handle_next(self) -> list[Delivery]:
        """Handles the fresh deliveries of one queue together, else the first one in hand alone."""
        fresh: dict[str, list[tuple[Delivery, Envelope]]] = defaultdict(list)
        for delivery in self._in_hand:
            envelope = self._read_fresh(delivery)
            if envelope is None:
                self._alone.add(id(delivery))
            else:
                fresh[delivery.queue].append((delivery, envelope))
        for queue, batch in fresh.items():
            settled = self._handle_together(queue, batch)
            if settled:
                return settled
        first = self._in_hand[0]
        self._handle_one(first)
        return [first]

    def _read_fresh(self, delivery: Delivery) -> Envelope | None:
        """The envelope of a delivery that may be handled in a batch."""
        if delivery.redelivered or id(delivery) in self._alone:
            return None
        try:
            envelope = self._handling.codec.decode(delivery.body)
            self._handling.handler_for(envelope)
        except Rejected:
            return None
        return envelope

    def _handle_together(self, queue: str, batch: list[tuple[Delivery, Envelope]]) -> list[Delivery]:
        """The deliveries that are committed now. The others of the batch are marked to be handled alone."""
        self._alone.update(id(delivery) for delivery, _ in batch)
        unique = list({delivery.message_id: (delivery, envelope) for delivery, envelope in batch}.values())
        try:
            with self._handling.database.write() as tx:
                heard = [(delivery, envelope.type, envelope.subject) for delivery, envelope in unique]
                new = self._handling.inbox.enter_done(tx, queue, heard)
                settled = [(delivery, envelope) for delivery, envelope in unique if delivery.message_id in new]
                outcomes = self._handle_new(tx, [envelope for _, envelope in settled])
        except Exception as error:  # noqa: BLE001 - whatever it was, each message is now tried alone and judged there
            log.info("batch_failed", queue=queue, size=len(unique), error=type(error).__name__)
            return []
        for (_, envelope), outcome in zip(settled, outcomes, strict=True):
            self._handling.report(queue, outcome, envelope)
        return [delivery for delivery, _ in settled]

    def _handle_new(self, tx: Transaction, envelopes: Sequence[Envelope]) -> list[str]:
        handling, outcomes = self._handling, []
        handling.guard.look_up(tx, envelopes)
        handling.foresee(tx, [envelope for envelope in envelopes if not handling.guard.closes(tx, envelope)])
        for envelope in envelopes:
            with traced(envelope.traceparent, handling.step_of(envelope), subject=envelope.subject):
                outcomes.append(handling.handle(tx, envelope, handling.handler_for(envelope)))
        return outcomes

    def _handle_one(self, delivery: Delivery) -> None:
        with self._handling.database.write() as tx:
            attempt = self._handling.inbox.begin(tx, delivery)
        if attempt is not None:
            handle_alone(self._handling, attempt)
        else:
            self._handling.report(delivery.queue, "double")


class Retrier:
    """Handles again what is due: postponed messages, replayed dead letters, and what a dead consumer left behind."""

    def __init__(self, handling: Handling, bells: Bells) -> None:
        self._handling = handling
        self._waiter = bells.waiter(BELL)

    def step(self) -> None:
        attempt = self._handling.inbox.claim_due(self._handling.database)
        if attempt is None:
            self._waiter.idle()
            return
        handle_alone(self._handling, attempt)

    def wake(self) -> None:
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""
