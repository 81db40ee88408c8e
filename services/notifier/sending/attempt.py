"""Sending what is due in one lane: claim, judge, mark as `sending`, send, write down how it ended.

The mark is committed before the call and the outcome after it. Whoever dies between the two leaves a delivery in
`sending`; when its lease has run out the next worker finds it. Where the receiver removes doubles it is sent again,
elsewhere it is called uncertain. A hand of messages shares one transaction for its marks, together with the outcomes
of the hand before: a commit for each message would cost more than the message. How many a crash can leave uncertain is
the size of the hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.notifier.delivery import PENDING, UNCERTAIN, Delivery
from services.notifier.sending.attempts import OpenAttempt
from services.notifier.sending.breaker import Breakers
from services.notifier.sending.claims import claim_lane
from services.notifier.sending.judgement import CONTACTS_AWAY
from services.notifier.sending.lanes import Lanes, Turn
from services.notifier.sending.ledger import Entry, Ledger, Result
from services.notifier.sending.policy import Policy
from services.notifier.sending.sorting import Job, Sorted, Sorter
from services.notifier.way_out import Away, Outcome, WayOut
from shared.observability.logs import get_logger, is_loud
from shared.observability.tracing import note, traced
from shared.service import Spine
from shared.storage.leases import Lease

log = get_logger("deliveries")
CLAIM_SECONDS = 30.0
STEP_SECONDS = 20.0
SHARE_SECONDS = 0.5
UNREPEATABLE_HAND = 8
_FULL_ENOUGH = 4
"""A hand grows to a quarter of the batch: where little waits one crash costs one message at most."""


@dataclass(frozen=True)
class Sent:
    """How a hand went: what was tried, what was marked in vain, and whether the rest of the batch fares no better."""

    results: Sequence[Result]
    unsent: Sequence[tuple[Delivery, OpenAttempt]]
    stopped: bool


class Sending:
    """Makes the attempts of one channel, in several threads. Several processes may do so at once.

    `conversation_seconds` is longer than the channel's slowest call; where repeating is harmless a lease need not
    outlast it.
    """

    def __init__(
        self,
        channel: str,
        *,
        spine: Spine,
        way_out: WayOut | None,
        sorter: Sorter,
        lanes: Lanes,
        breakers: Breakers,
        policy: Policy,
        conversation_seconds: float,
    ) -> None:
        self.channel = channel
        self._spine = spine
        self._way_out = way_out
        self._sorter = sorter
        self._lanes = lanes
        self._breakers = breakers
        self._policy = policy
        repeatable = way_out is not None and way_out.repeatable
        self._held_seconds = STEP_SECONDS + (CLAIM_SECONDS if repeatable else conversation_seconds)
        self._ledger = Ledger(channel, spine, policy)

    def run(self, turn: Turn, hurry: Callable[[], bool] = lambda: False) -> int:
        """Works through what is due in the lane, at most a batch; how many there were.

        As soon as `hurry` says so the rest of the batch is given back.
        """
        taken = given_back = 0
        try:
            now = self._spine.clock.now()
            lease = Lease.take(now, CLAIM_SECONDS)
            overdue = None if turn.away_since is None else now - self._policy.span(others=True)
            held = claim_lane(self._spine.database, turn.lane, lease, now, turn.most, since_before=overdue)
            taken = len(held)
            if held:
                given_back = self._work(turn, held, lease, hurry)
            return taken
        finally:
            self._lanes.done(turn, taken, given_back)

    def _work(self, turn: Turn, held: Sequence[Delivery], lease: Lease, hurry: Callable[[], bool]) -> int:
        """How many were given back untried."""
        found = self._sorter.sort(self.channel, held)
        if found.contacts_away:
            self._breakers.note(self.channel, turn.lane, Away.LANE, CONTACTS_AWAY, probe=turn.probe)
        elif self._way_out is None:
            self._breakers.note(self.channel, turn.lane, Away.NOTHING)
        if found.decided:
            self._ledger.settle(found.decided, lease)
        if turn.away_since is not None:
            others = {job.delivery.delivery_id: job.others for job in found.jobs}
            self._ledger.give_up_or_hold([job.delivery for job in found.jobs], lease, others)
        elif found.jobs:
            return self._send_all(turn, found, lease, hurry)
        return 0

    def _send_all(self, turn: Turn, found: Sorted, lease: Lease, hurry: Callable[[], bool]) -> int:
        """Each transaction holds the outcomes of one hand and the marks of the next."""
        way_out, jobs = self._way_out, list(found.jobs)
        assert way_out is not None
        started, size = self._spine.clock.monotonic_seconds(), _hand_size(way_out, len(jobs))

        def late() -> bool:
            passed = self._spine.clock.monotonic_seconds() - started
            return hurry() or passed > STEP_SECONDS or (passed > SHARE_SECONDS and self._lanes.others_wait(turn))

        hand, jobs = jobs[:size], jobs[size:]
        entry = Entry(following=[job.delivery for job in hand])
        until, given_back = started + CLAIM_SECONDS, 0
        while hand:
            prolonged = Lease(lease.owner, self._spine.clock.now() + timedelta(seconds=self._held_seconds))
            next_until = self._spine.clock.monotonic_seconds() + self._held_seconds
            begun = self._ledger.write(entry, prolonged, way_out.via, until, hurry)
            until = next_until
            mine = [(job, begun[job.delivery.delivery_id]) for job in hand if job.delivery.delivery_id in begun]
            sent = self._send_hand(turn, way_out, mine, late)
            if sent.stopped or late():
                hand, rest, jobs = [], jobs, []
            else:
                hand, rest, jobs = jobs[:size], [], jobs[size:]
            entry = Entry(sent.results, sent.unsent, [job.delivery for job in rest], [job.delivery for job in hand])
            given_back += len(sent.unsent) + len(rest)
        self._ledger.write(entry, lease, way_out.via, until, hurry)
        return given_back

    def _send_hand(
        self, turn: Turn, way_out: WayOut, hand: Sequence[tuple[Job, OpenAttempt]], late: Callable[[], bool]
    ) -> Sent:
        results: list[Result] = []
        for number, (job, attempt) in enumerate(hand):
            if number and late():
                return Sent(results, [(job.delivery, attempt) for job, attempt in hand[number:]], stopped=True)
            result = self._send_one(way_out, job, attempt)
            results.append(result)
            away, reason = result.outcome.away, result.outcome.reason
            self._breakers.note(self.channel, turn.lane, away, reason, probe=turn.probe)
            if away:
                return Sent(results, [(job.delivery, attempt) for job, attempt in hand[number + 1 :]], stopped=True)
        return Sent(results, [], stopped=False)

    def _send_one(self, way_out: WayOut, job: Job, attempt: OpenAttempt) -> Result:
        started = self._spine.clock.monotonic_seconds()
        try:
            about = {"subject": job.delivery.complaint_id, "delivery": job.delivery.delivery_id}
            with traced(job.delivery.traceparent, f"notifier sends by {self.channel}", **about):
                outcome = way_out.send(job.delivery, job.letter, attempt.started_at)
                note(state=outcome.state, reason=outcome.reason)
        except Exception:
            log.exception("delivery_attempt_failed", delivery_id=job.delivery.delivery_id)
            state = PENDING if way_out.repeatable else UNCERTAIN
            outcome = Outcome(state, "unexpected_error", away=Away.LANE)
        seconds = self._spine.clock.monotonic_seconds() - started
        if is_loud():
            log.debug("attempted", delivery_id=job.delivery.delivery_id, channel=self.channel, reason=outcome.reason)
        return Result(job.delivery, attempt, outcome, seconds, job.others)


def _hand_size(way_out: WayOut, waiting: int) -> int:
    """Where repeating is harmless the whole batch shares one mark."""
    return waiting if way_out.repeatable else max(1, min(UNREPEATABLE_HAND, waiting // _FULL_ENOUGH))
