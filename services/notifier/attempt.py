"""Sending what is due: claim, judge, mark as `sending`, send, write down how it ended.

The mark is committed before the call and the outcome after it. Whoever dies between the two leaves a delivery in
`sending`; when its lease has run out the next worker finds it and does not send it a second time. Where repeating is
harmless (captured notices) a whole batch shares one mark; otherwise each message has its own, so that a crash leaves
one uncertain at most.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from services.notifier import repository
from services.notifier.compose import Composer, Letter
from services.notifier.contacts import ContactDirectory, Resolved
from services.notifier.delivery import CITIZEN, FAILED, PENDING, SENDING, UNCERTAIN, Delivery, Outcome
from services.notifier.judgement import Circumstances, End, Judgement, Send, Wait, judge
from services.notifier.ledger import Ledger, Result, bell_of
from services.notifier.mail import Unaddressable
from services.notifier.repository import OpenAttempt
from shared.errors import Rejected, Transient
from shared.observability.logs import get_logger
from shared.observability.tracing import traced
from shared.service import Spine
from shared.storage.bells import Bells
from shared.storage.leases import Lease
from shared.workers import GATHER_SECONDS

log = get_logger("deliveries")
BATCH = 50
LEASE_SECONDS = 30.0
CONVERSATION_SECONDS = 180.0  # longer than the slowest conversation with a mail server
LONGEST_STEP_SECONDS = 20.0
HOLD_BACK_SECONDS = 10.0
_POLL_SECONDS = 1.0


class Channel(Protocol):
    """A way out. `via` names the adapter; `repeatable` says that sending the same delivery twice is harmless."""

    @property
    def via(self) -> str: ...
    @property
    def repeatable(self) -> bool: ...
    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        """Never raises for what the other side does."""
        ...


@dataclass(frozen=True)
class _Job:
    delivery: Delivery
    letter: Letter = field(repr=False)


class Sending:
    """Makes the attempts of one channel; used by one thread. Several processes may do so at once."""

    def __init__(
        self,
        channel: str,
        *,
        spine: Spine,
        channels: Mapping[str, Channel | None],
        contacts: ContactDirectory,
        composer: Composer,
    ) -> None:
        self._channel = channel
        self._spine = spine
        self._way_out = channels.get(channel)
        self._configured = frozenset(name for name, way in channels.items() if way is not None)
        self._contacts = contacts
        self._composer = composer
        self._ledger = Ledger(channel, spine)

    def run_due(self, hurry: Callable[[], bool] = lambda: False) -> int:
        """Works through one batch of due deliveries; how many there were.

        As soon as `hurry` says so the rest of the batch is given back.
        """
        now = self._spine.clock.now()
        lease = Lease.take(now, LEASE_SECONDS)
        held = repository.claim_due(self._spine.database, self._channel, lease, now, BATCH)
        if not held:
            return 0
        jobs, decided = self._sort_out(held)
        if decided:
            self._ledger.settle(decided, lease)
        if jobs:
            self._send_all(jobs, lease, hurry)
        return len(held)

    def _sort_out(self, held: Sequence[Delivery]) -> tuple[list[_Job], list[tuple[Delivery, Judgement]]]:
        found = self._look_around(held)
        jobs: list[_Job] = []
        decided: list[tuple[Delivery, Judgement]] = []
        for delivery in held:
            judgement = judge(delivery, found)
            if isinstance(judgement, Send):
                letter = self._compose(delivery, judgement)
                if not isinstance(letter, End | Wait):
                    jobs.append(_Job(delivery, letter))
                    continue
                judgement = letter
            decided.append((delivery, judgement))
        return jobs, decided

    def _look_around(self, held: Sequence[Delivery]) -> Circumstances:
        database = self._spine.database
        to_citizens = [one for one in held if one.recipient == CITIZEN and one.state == PENDING]
        crashed = [one.delivery_id for one in held if one.state == SENDING]
        agencies = [one for one in held if one.recipient != CITIZEN]
        with database.read() as connection:
            begun = repository.open_attempts(connection, crashed) if crashed else {}
            newest = repository.newest_assignments(connection, [one.complaint_id for one in agencies])
            directory = repository.directory(connection, [one.recipient for one in agencies])
        return Circumstances(
            channel=self._channel,
            configured=self._configured,
            newest_assignments=newest,
            begun_via={key: attempt.via for key, attempt in begun.items()},
            directory=directory,
            resolved=self._resolve(to_citizens),
        )

    def _resolve(self, to_citizens: Sequence[Delivery]) -> Resolved | None:
        """One question for the whole batch; None when there was no answer."""
        if not to_citizens:
            return Resolved()
        wanted = sorted({(one.complaint_id, one.contact_ref or "") for one in to_citizens})
        try:
            return self._contacts.resolve(wanted)
        except (Transient, Rejected) as error:
            log.warning("contacts_not_resolved", code=error.code, error=error.message, wanted=len(wanted))
        except Exception:
            log.exception("contacts_not_resolved", wanted=len(wanted))
        return None

    def _compose(self, delivery: Delivery, send: Send) -> Letter | End | Wait:
        try:
            return self._composer.letter(delivery, send.to, self._channel, self._spine.clock.now())
        except Unaddressable:
            return End(FAILED, "bad_address", self._channel)
        except Exception:
            log.exception("delivery_not_composed", delivery_id=delivery.delivery_id)
            return Wait("not_composed")

    def _send_all(self, jobs: Sequence[_Job], lease: Lease, hurry: Callable[[], bool]) -> None:
        assert self._way_out is not None
        size = len(jobs) if self._way_out.repeatable else 1
        until = self._spine.clock.monotonic_seconds() + LONGEST_STEP_SECONDS
        for start in range(0, len(jobs), size):
            if hurry() or self._spine.clock.monotonic_seconds() > until:
                self._ledger.give_back([job.delivery for job in jobs[start:]], lease, 0.0)
                return
            results = self._send_marked(self._way_out, jobs[start : start + size], lease)
            self._ledger.record(results, lease)
            if any(result.outcome.away for result in results):
                self._ledger.give_back([job.delivery for job in jobs[start + size :]], lease, HOLD_BACK_SECONDS)
                return

    def _send_marked(self, way_out: Channel, jobs: Sequence[_Job], lease: Lease) -> list[Result]:
        now = self._spine.clock.now()
        seconds = LEASE_SECONDS if way_out.repeatable else CONVERSATION_SECONDS
        prolonged = Lease(lease.owner, now + timedelta(seconds=seconds))
        held = [job.delivery for job in jobs]
        with self._spine.database.write() as tx:
            begun = repository.begin_attempts(tx, held, prolonged, channel=self._channel, via=way_out.via, now=now)
        mine = [(job, begun[job.delivery.delivery_id]) for job in jobs if job.delivery.delivery_id in begun]
        return [self._send_one(way_out, job, attempt) for job, attempt in mine]

    def _send_one(self, way_out: Channel, job: _Job, attempt: OpenAttempt) -> Result:
        started = self._spine.clock.monotonic_seconds()
        try:
            with traced(job.delivery.traceparent):
                outcome = way_out.send(job.delivery, job.letter, attempt.started_at)
        except Exception:
            log.exception("delivery_attempt_failed", delivery_id=job.delivery.delivery_id)
            outcome = Outcome(PENDING if way_out.repeatable else UNCERTAIN, "unexpected_error")
        return Result(job.delivery, attempt, outcome, self._spine.clock.monotonic_seconds() - started)


class SendingWorker:
    """Steps through what is due on one channel, woken by its bell, and looks by itself once a second."""

    def __init__(self, channel: str, sending: Sending, bells: Bells) -> None:
        self._sending = sending
        self._waiter = bells.waiter(bell_of(channel))
        self._leaving = threading.Event()

    def step(self) -> None:
        number = self._sending.run_due(self._leaving.is_set)
        if number == 0:
            self._waiter.wait(_POLL_SECONDS)
        elif number < BATCH:
            self._leaving.wait(GATHER_SECONDS)

    def wake(self) -> None:
        """Called to stop: the message in hand is finished, the rest of the batch given back."""
        self._leaving.set()
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""
