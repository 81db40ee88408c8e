"""Writing down what became of deliveries. Every end is said in the transaction that records it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from services.notifier.delivery import ANY, FAILED, NONE, PENDING, SKIPPED, Delivery, Planned, lane_of
from services.notifier.feedback.alerts import way_given_up
from services.notifier.sending import attempts, claims
from services.notifier.sending.attempts import OpenAttempt
from services.notifier.sending.calling import call
from services.notifier.sending.claims import Later, Passed
from services.notifier.sending.gathering import COMBINED, Group, combine
from services.notifier.sending.judgement import CRASHED, Combine, End, HandOver, Judgement, Sleep, Wait
from services.notifier.sending.policy import CONTACTS_MOST_SECONDS, GiveUp, Policy, next_step
from services.notifier.way_out import Outcome
from shared.contracts.delivery import DeliveryFinished
from shared.errors import Transient
from shared.messaging.backoff import backoff_seconds
from shared.observability.logs import get_logger
from shared.observability.tracing import traced
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.leases import Lease

log = get_logger("deliveries")
_TRIES_WHEN_LEAVING = 6
_IN_OTHER_HANDS_SECONDS = 5.0
_HELD_SECONDS = 60.0
AWAY = "away"


@dataclass(frozen=True)
class Result:
    """How one attempt ended. `others`: the recipient has another channel."""

    delivery: Delivery
    attempt: OpenAttempt
    outcome: Outcome
    seconds: float
    others: bool = False


@dataclass(frozen=True)
class Entry:
    """What is written down at once: ends of attempts, marks that were made in vain, what is let go, what is next."""

    results: Sequence[Result] = ()
    unsent: Sequence[tuple[Delivery, OpenAttempt]] = ()
    released: Sequence[Delivery] = ()
    following: Sequence[Delivery] = field(default=())


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

    def __init__(
        self, channel: str, spine: Spine, policy: Policy, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._channel = channel
        self._spine = spine
        self._policy = policy
        self._pause = pause

    def settle(self, decided: Sequence[tuple[Delivery, Judgement]], lease: Lease) -> None:
        """Everything that needs no call, in one transaction. Attempts that were found open are closed."""
        now = self._spine.clock.now()
        with self._spine.database.write() as tx:
            begun = attempts.open_attempts(tx.connection, [delivery.delivery_id for delivery, _ in decided])
            for delivery, judgement in decided:
                attempt = begun.get(delivery.delivery_id)
                if attempt is not None:
                    state = judgement.state if isinstance(judgement, End) else PENDING
                    attempts.end(tx, attempt, Outcome(state, CRASHED), now, None)
            self._combine(tx, decided, lease, now)
            self._pass_on(tx, decided, lease, now)
            later = []
            for delivery, judgement in decided:
                if isinstance(judgement, End) and judgement.others:
                    self._give_up(tx, delivery, lease, judgement.reason, now, others=True)
                elif isinstance(judgement, End):
                    self._finish(tx, [delivery], lease, judgement, now)
                elif isinstance(judgement, Wait | Sleep):
                    later += self._later(tx, delivery, judgement, lease, now)
            claims.put_off(tx, later, lease)

    def write(
        self, entry: Entry, lease: Lease, via: str, until: float, hurry: Callable[[], bool] = lambda: False
    ) -> dict[str, OpenAttempt]:
        """Outcomes, and the marks of what is sent next (by delivery id), in one transaction.

        The outcomes are known and must not be forgotten for a database that is away: it is tried `until` then (on the
        clock of spans), when the leases end. Whoever has to leave has not so much time.
        """
        ids = attempts.ids_for(entry.following)
        for number in count(1):
            try:
                with self._spine.database.write() as tx:
                    return self._write_all(tx, entry, lease, via, ids)
            except Transient:
                is_late = self._spine.clock.monotonic_seconds() >= until
                if is_late or (hurry() and number >= _TRIES_WHEN_LEAVING):
                    raise
                self._pause(backoff_seconds(number, first=0.1, most=2.0))
        raise AssertionError("it returns or raises")

    def give_up_or_hold(self, held: Sequence[Delivery], lease: Lease, others: Mapping[str, bool]) -> None:
        """For a destination that is away for long: what has waited too long for it goes on or ends, without a try."""
        now = self._spine.clock.now()
        with self._spine.database.write() as tx:
            later = []
            for one in held:
                since = one.since or one.planned_at
                if now - since >= self._policy.span(others=others[one.delivery_id]):
                    self._give_up(tx, one, lease, one.last_problem or AWAY, now, others=others[one.delivery_id])
                else:
                    later.append(Later(one, now + timedelta(seconds=_HELD_SECONDS), one.last_problem, tried=False))
            claims.put_off(tx, later, lease)

    def _write_all(
        self, tx: Transaction, entry: Entry, lease: Lease, via: str, ids: Mapping[str, str]
    ) -> dict[str, OpenAttempt]:
        now = self._spine.clock.now()
        self._record(tx, entry.results, lease, now)
        attempts.take_back(tx, entry.unsent, lease)
        claims.release(tx, entry.released, lease)
        return attempts.begin(tx, entry.following, lease, channel=self._channel, via=via, now=now, ids=ids)

    def _record(self, tx: Transaction, results: Sequence[Result], lease: Lease, now: datetime) -> None:
        ended: dict[End, list[Delivery]] = defaultdict(list)
        later = []
        for result in results:
            outcome, delivery = result.outcome, result.delivery
            attempts.end(tx, result.attempt, outcome, now, round(result.seconds, 4))
            counted = self._spine.metrics.delivery_attempts.labels(self._channel, outcome.reason)
            tx.after_commit(partial(counted.inc))
            if outcome.state == FAILED and result.others:
                self._give_up(tx, delivery, lease, outcome.reason, now, others=True)
            elif outcome.state != PENDING:
                ended[End(outcome.state, outcome.reason, self._channel)].append(delivery)
            else:
                later += self._again_or_give_up(tx, result, lease, now)
        for end, deliveries in ended.items():
            self._finish(tx, deliveries, lease, end, now)
        claims.put_off(tx, later, lease)

    def _again_or_give_up(self, tx: Transaction, result: Result, lease: Lease, now: datetime) -> list[Later]:
        delivery, outcome = result.delivery, result.outcome
        step = next_step(
            self._policy, now, since=delivery.since or delivery.planned_at, tries=delivery.attempts + 1,
            key=delivery.delivery_id, others=result.others, retry_after_seconds=outcome.retry_after_seconds,
        )  # fmt: skip
        if isinstance(step, GiveUp):
            self._give_up(tx, delivery, lease, outcome.reason, now, others=result.others)
            return []
        return [Later(delivery, step.at, outcome.reason)]

    def _give_up(
        self, tx: Transaction, delivery: Delivery, lease: Lease, problem: str, now: datetime, *, others: bool
    ) -> None:
        """On by another channel, which is said as a failure of this one; or for good."""
        if not others:
            self._finish(tx, [delivery], lease, End(FAILED, problem, self._channel), now)
        elif claims.give_channel_up(tx, delivery, lease, channel=self._channel, problem=problem, now=now):
            self._say(tx, delivery, End(FAILED, problem, self._channel), now)
            call(tx, self._spine.bells, [lane_of(ANY, delivery.recipient)])
        else:
            log.warning("delivery_taken_over", delivery_id=delivery.delivery_id, state=PENDING)

    def _later(
        self, tx: Transaction, delivery: Delivery, judgement: Wait | Sleep, lease: Lease, now: datetime
    ) -> list[Later]:
        since = delivery.since or delivery.planned_at
        if isinstance(judgement, Sleep):
            until = judgement.until
            return [Later(delivery, until, judgement.problem, tried=False, since=since + (until - now))]
        if judgement.problem == CRASHED:
            call(tx, self._spine.bells, [lane_of(self._channel, delivery.recipient)])
            return [Later(delivery, now, judgement.problem, tried=False)]
        step = next_step(
            self._policy, now, since=since, tries=delivery.attempts + 1, key=delivery.delivery_id, others=False
        )
        if isinstance(step, GiveUp):
            self._finish(tx, [delivery], lease, End(FAILED, judgement.problem, self._channel), now)
            return []
        at = min(step.at, now + timedelta(seconds=CONTACTS_MOST_SECONDS))
        return [Later(delivery, at, judgement.problem)]

    def _combine(
        self, tx: Transaction, decided: Sequence[tuple[Delivery, Judgement]], lease: Lease, now: datetime
    ) -> None:
        """Each group once. When the others went into other hands meanwhile, it is looked at again soon."""
        groups: dict[Group, list[Delivery]] = defaultdict(list)
        for delivery, judgement in decided:
            if isinstance(judgement, Combine):
                groups[judgement.group].append(delivery)
        for group, mine in groups.items():
            ended = combine(tx, group, lease, now)
            for delivery in ended:
                self._say(tx, delivery, End(SKIPPED, COMBINED, NONE), now)
            if not ended:
                due_at = now + timedelta(seconds=_IN_OTHER_HANDS_SECONDS)
                claims.put_off(tx, [Later(one, due_at, one.last_problem, tried=False) for one in mine], lease)

    def _pass_on(
        self, tx: Transaction, decided: Sequence[tuple[Delivery, Judgement]], lease: Lease, now: datetime
    ) -> None:
        passed = [Passed(one, each.channel, each.key) for one, each in decided if isinstance(each, HandOver)]
        claims.pass_on(tx, passed, lease, now)
        call(tx, self._spine.bells, [lane_of(one.channel, one.delivery.recipient) for one in passed])

    def _finish(self, tx: Transaction, deliveries: Sequence[Delivery], lease: Lease, end: End, now: datetime) -> None:
        """All with the same end."""
        held = attempts.finish(tx, deliveries, lease, state=end.state, reason=end.reason, channel=end.channel, now=now)
        for delivery in deliveries:
            if delivery.delivery_id in held:
                self._say(tx, delivery, end, now)
            else:
                log.warning("delivery_taken_over", delivery_id=delivery.delivery_id, state=end.state)

    def _say(self, tx: Transaction, delivery: Delivery, end: End, now: datetime) -> None:
        if end.state == FAILED:
            way_given_up(tx, delivery.recipient, end.channel, end.reason, delivery.delivery_id, now)
        with traced(delivery.traceparent):
            say_finished(
                self._spine, tx, delivery.delivery_id, delivery,
                channel=end.channel, state=end.state, reason=end.reason, now=now,
            )  # fmt: skip
