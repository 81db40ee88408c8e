"""Writing down what became of deliveries. Every final state is said in the transaction that records it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from services.notifier import repository
from services.notifier.delivery import FAILED, GIVE_UP_AFTER, PENDING, Delivery, Outcome, Planned
from services.notifier.judgement import CRASHED, End, HandOver, Judgement, Wait
from services.notifier.repository import OpenAttempt
from shared.contracts.delivery import DeliveryFinished
from shared.errors import Transient
from shared.messaging.backoff import backoff_seconds
from shared.observability.logs import get_logger
from shared.observability.tracing import traced
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.leases import Lease

log = get_logger("deliveries")
_RECORD_TRIES = 6
_FIRST_WAIT_SECONDS = 2.0
_CONTACTS_MOST_SECONDS = 60.0


@dataclass(frozen=True)
class Result:
    """How one attempt ended."""

    delivery: Delivery
    attempt: OpenAttempt
    outcome: Outcome
    seconds: float


def bell_of(channel: str) -> str:
    return f"deliveries.{channel}"


def say_finished(
    spine: Spine,
    tx: Transaction,
    delivery_id: str,
    about: Delivery | Planned,
    *,
    channel: str,
    state: str,
    reason: str,
    now: datetime,
) -> None:
    event = DeliveryFinished(
        delivery_id=delivery_id,
        complaint_id=about.complaint_id,
        message=about.message,
        recipient=about.recipient,
        channel=channel,
        outcome=state,
        reason=reason,
        finished_at=now,
    )
    spine.outbox.say(tx, event)
    counted = spine.metrics.deliveries.labels(channel, state)
    tx.after_commit(partial(counted.inc))


class Ledger:
    """The ends, waits and hand-overs of one channel's deliveries."""

    def __init__(self, channel: str, spine: Spine, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._channel = channel
        self._spine = spine
        self._pause = pause

    def settle(self, decided: Sequence[tuple[Delivery, Judgement]], lease: Lease) -> None:
        """Everything that needs no call, in one transaction. Attempts that were found open are closed."""
        now = self._spine.clock.now()
        with self._spine.database.write() as tx:
            begun = repository.open_attempts(tx.connection, [delivery.delivery_id for delivery, _ in decided])
            for delivery, judgement in decided:
                attempt = begun.get(delivery.delivery_id)
                if attempt is not None:
                    state = judgement.state if isinstance(judgement, End) else PENDING
                    repository.end_attempt(tx, attempt, Outcome(state, CRASHED), now, None)
                self._settle_one(tx, delivery, judgement, lease, now)
            for channel in sorted({each.channel for _, each in decided if isinstance(each, HandOver)}):
                tx.after_commit(partial(self._spine.bells.ring, bell_of(channel)))

    def record(self, results: Sequence[Result], lease: Lease) -> None:
        """The outcomes are known and must not be forgotten for a database that is away for a moment."""
        for number in range(1, _RECORD_TRIES + 1):
            try:
                with self._spine.database.write() as tx:
                    self._record_all(tx, results, lease)
                return
            except Transient:
                if number == _RECORD_TRIES:
                    raise
                self._pause(backoff_seconds(number, first=0.1, most=2.0))

    def give_back(self, deliveries: Sequence[Delivery], lease: Lease, wait_seconds: float) -> None:
        """Deliveries that were held and not tried."""
        if not deliveries:
            return
        due_at = self._spine.clock.now() + timedelta(seconds=wait_seconds)
        with self._spine.database.write() as tx:
            for delivery in deliveries:
                repository.postpone(tx, delivery, lease, due_at=due_at, problem="", tried=False)

    def _settle_one(
        self, tx: Transaction, delivery: Delivery, judgement: Judgement, lease: Lease, now: datetime
    ) -> None:
        if isinstance(judgement, End):
            self._finish(tx, [delivery], lease, judgement, now)
        elif isinstance(judgement, HandOver):
            repository.hand_over(tx, delivery, lease, judgement.channel)
        elif isinstance(judgement, Wait):
            self._again_or_give_up(tx, delivery, lease, judgement.problem, _CONTACTS_MOST_SECONDS, now)

    def _record_all(self, tx: Transaction, results: Sequence[Result], lease: Lease) -> None:
        now = self._spine.clock.now()
        ended: dict[End, list[Delivery]] = defaultdict(list)
        for result in results:
            outcome = result.outcome
            repository.end_attempt(tx, result.attempt, outcome, now, round(result.seconds, 4))
            if outcome.state == PENDING:
                self._again_or_give_up(tx, result.delivery, lease, outcome.reason, None, now)
            else:
                ended[End(outcome.state, outcome.reason, self._channel)].append(result.delivery)
        for end, deliveries in ended.items():
            self._finish(tx, deliveries, lease, end, now)

    def _again_or_give_up(
        self, tx: Transaction, delivery: Delivery, lease: Lease, problem: str, most: float | None, now: datetime
    ) -> None:
        """What lies unsent for a day is given up; but never without having been tried since."""
        if problem == CRASHED:
            repository.postpone(tx, delivery, lease, due_at=now, problem=problem)
        elif now - delivery.planned_at >= GIVE_UP_AFTER:
            self._finish(tx, [delivery], lease, End(FAILED, "gave_up", self._channel), now)
        else:
            wait = backoff_seconds(
                delivery.attempts + 1, first=_FIRST_WAIT_SECONDS, most=most or 300.0, key=delivery.delivery_id
            )
            repository.postpone(tx, delivery, lease, due_at=now + timedelta(seconds=wait), problem=problem)

    def _finish(self, tx: Transaction, deliveries: Sequence[Delivery], lease: Lease, end: End, now: datetime) -> None:
        """All with the same end."""
        held = repository.finish(
            tx, deliveries, lease, state=end.state, reason=end.reason, channel=end.channel, now=now
        )
        for delivery in deliveries:
            if delivery.delivery_id not in held:
                log.warning("delivery_taken_over", delivery_id=delivery.delivery_id, state=end.state)
                continue
            with traced(delivery.traceparent):
                say_finished(
                    self._spine, tx, delivery.delivery_id, delivery,
                    channel=end.channel, state=end.state, reason=end.reason, now=now,
                )  # fmt: skip
