"""Asking the other side about messages of which it is not known whether they arrived, where it can be asked.

Some minutes after the attempt, and four times more at growing intervals; after that a person has to judge. Each
question is kept like an attempt.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import Connection, and_, func, select, update

from services.notifier.delivery import ANY, FAILED, NEXT_STATES, PENDING, UNCERTAIN, Delivery, lane_of
from services.notifier.repository import delivery_of
from services.notifier.sending.calling import call
from services.notifier.sending.ledger import say_finished
from services.notifier.tables import attempts, deliveries
from services.notifier.way_out import Outcome, WayOut
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.observability.tracing import traced
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("asking")
MOST_QUESTIONS = 5
FIRST_AFTER = timedelta(minutes=2)
_GIVEN_UP_AFTER = timedelta(days=2)
_LOOK_SECONDS = 30.0
_BATCH = 20
ASKED = "asked"
"""By which way an attempt went that was only a question."""


@runtime_checkable
class Answering(Protocol):
    """A way out that can be asked what became of a message. None: it cannot tell (now)."""

    def ask(self, delivery: Delivery) -> Outcome | None: ...


def answering(ways_out: Mapping[str, WayOut | None]) -> dict[str, Answering]:
    """Those that can be asked, by channel."""
    found: dict[str, Answering] = {}
    for channel, way in ways_out.items():
        if isinstance(way, Answering):
            found[channel] = way
    return found


@dataclass(frozen=True)
class _Question:
    delivery: Delivery
    number: int


class Asking:
    """A stepper. Two processes may ask the same question; the answer is written down once."""

    def __init__(self, spine: Spine, ways: Mapping[str, Answering]) -> None:
        self._spine = spine
        self._ways = ways
        self._leaving = threading.Event()

    def step(self) -> None:
        self.run_due()
        self._leaving.wait(_LOOK_SECONDS)

    def wake(self) -> None:
        self._leaving.set()

    def close(self) -> None:
        """The ways out belong to the pools that send by them."""

    def run_due(self) -> int:
        """How many questions were put."""
        now = self._spine.clock.now()
        with self._spine.database.read() as connection:
            due = _due(connection, sorted(self._ways), now)
        for number, question in enumerate(due):
            if self._leaving.is_set():
                return number
            self._ask(question, now)
        return len(due)

    def _ask(self, question: _Question, now: datetime) -> None:
        delivery = question.delivery
        try:
            with traced(delivery.traceparent):
                outcome = self._ways[delivery.channel].ask(delivery)
        except Exception:
            log.exception("question_failed", delivery_id=delivery.delivery_id)
            outcome = None
        with self._spine.database.write() as tx:
            _keep(tx, question, outcome, now)
            if outcome is not None and outcome.state in NEXT_STATES[UNCERTAIN]:
                self._settle(tx, delivery, outcome, now)

    def _settle(self, tx: Transaction, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
        """What never came there is sent once more; what did not arrive goes on by another channel, if there is one."""
        goes_on = outcome.state == PENDING or (outcome.state == FAILED and delivery.data)
        changes: dict[str, Any] = {"state": outcome.state, "reason": outcome.reason, "finished_at": now}
        if goes_on:
            gave_up = [*delivery.gave_up, delivery.channel] if outcome.state == FAILED else [*delivery.gave_up]
            changes = {
                "state": PENDING, "channel": ANY, "lane": lane_of(ANY, delivery.recipient), "gave_up": gave_up,
                "reason": "", "last_problem": outcome.reason, "since": now, "due_at": now, "finished_at": None,
            }  # fmt: skip
        mine = and_(deliveries.c.delivery_id == delivery.delivery_id, deliveries.c.state == UNCERTAIN)
        if not tx.execute(update(deliveries).where(mine).values(changes)).rowcount:
            return
        if goes_on:
            call(tx, self._spine.bells, [lane_of(ANY, delivery.recipient)])
        if outcome.state == PENDING:
            return
        with traced(delivery.traceparent):
            say_finished(
                self._spine, tx, delivery.delivery_id, delivery,
                channel=delivery.channel, state=outcome.state, reason=outcome.reason, now=now,
            )  # fmt: skip


def _due(connection: Connection, channels: Sequence[str], now: datetime) -> list[_Question]:
    """The intervals double: 2, 4, 8 … minutes after the attempt."""
    asked = (
        select(func.count())
        .where(attempts.c.delivery_id == deliveries.c.delivery_id, attempts.c.via == ASKED)
        .scalar_subquery()
    )
    open_ones = and_(
        deliveries.c.state == UNCERTAIN, deliveries.c.channel.in_(channels),
        deliveries.c.planned_at > now - _GIVEN_UP_AFTER, deliveries.c.finished_at <= now - FIRST_AFTER,
    )  # fmt: skip
    rows = connection.execute(
        select(deliveries, asked.label("asked")).where(open_ones).order_by(deliveries.c.planned_at)
    )
    due = [
        _Question(delivery_of(row._mapping), row.asked + 1)
        for row in rows
        if row.asked < MOST_QUESTIONS and now - row.finished_at >= FIRST_AFTER * 2**row.asked
    ]
    return due[:_BATCH]


def _keep(tx: Transaction, question: _Question, outcome: Outcome | None, now: datetime) -> None:
    row = {
        "attempt_id": new_id(), "delivery_id": question.delivery.delivery_id, "number": question.number,
        "channel": question.delivery.channel, "via": ASKED, "started_at": now, "finished_at": now,
        "outcome": UNCERTAIN if outcome is None else ("retry" if outcome.state == PENDING else outcome.state),
        "reason": "not_known" if outcome is None else outcome.reason,
        "answer": "" if outcome is None else outcome.answer, "duration_seconds": None,
    }  # fmt: skip
    tx.execute(attempts.insert(), row)
