"""Telling an agency again of a case that nobody there has taken note of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, func, select

from services.notifier.delivery import (
    CASE_ESCALATION,
    CASE_NOTICE,
    FAILED,
    PENDING,
    SENDING,
    SKIPPED,
    Planned,
    lane_of,
)
from services.notifier.planning.agencies import plan_reminder
from services.notifier.repository import add_pending, add_settled, delivery_of, directory, newest_assignments
from services.notifier.sending.calling import call
from services.notifier.sending.ledger import say_finished
from services.notifier.tables import acknowledgements, deliveries
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAcknowledged
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.upsert import add_new
from shared.timers import Timer

LOOK_AGAIN = timedelta(hours=1)
KIND = "reminder"


def watch(tx: Transaction, spine: Spine, planned: Iterable[Planned], notifications: Notifications) -> None:
    """Sets the clock for those of the planned deliveries that are notices; all of a transaction by one statement."""
    due_at = spine.clock.now() + timedelta(hours=notifications.remind_after_hours)
    keys = [
        key_of(one.complaint_id, one.assignment)
        for one in planned
        if one.message == CASE_NOTICE and one.state == PENDING
    ]
    spine.timers.add(tx, KIND, keys, due_at)


def acknowledge(tx: Transaction, spine: Spine, fact: CaseAcknowledged) -> None:
    """Somebody has seen it: no reminder. Hearing it twice, or before the notice was planned, does no harm."""
    row = {
        "complaint_id": fact.complaint_id, "assignment": fact.assignment, "agency": fact.agency,
        "at": fact.acknowledged_at,
    }  # fmt: skip
    add_new(tx, acknowledgements, [row])
    spine.timers.cancel(tx, KIND, key_of(fact.complaint_id, fact.assignment))


@dataclass(frozen=True)
class Reminders:
    """The handler of the timer. A notice that is still on its way is looked at again later.

    So is one whose agency was told of its deadline within the last hour: not two messages of one case at once.
    """

    spine: Spine

    def __call__(self, tx: Transaction, timer: Timer) -> datetime | None:
        complaint_id, _, number = timer.key.rpartition(":")
        notice = _notice(tx.connection, complaint_id, int(number))
        if notice is None or _is_settled(tx.connection, notice):
            return None
        now = self.spine.clock.now()
        if notice.state in (PENDING, SENDING):
            return now + LOOK_AGAIN
        told_at = _escalated_at(tx.connection, notice)
        if told_at is not None and told_at > now - LOOK_AGAIN:
            return told_at + LOOK_AGAIN  # the agency has read just now that this case is due
        entry = directory(tx.connection, [notice.recipient]).get(notice.recipient)
        if notice.state == SKIPPED or entry is None or not entry.reminders:
            return None
        self._plan(tx, plan_reminder(delivery_of(notice), entry, now, _used(notice)), now)
        return None

    def _plan(self, tx: Transaction, planned: Planned, now: datetime) -> None:
        if planned.state == PENDING:
            add_pending(tx, [planned], now)
            call(tx, self.spine.bells, [lane_of(planned.channel, planned.recipient)])
            return
        for delivery_id, one in add_settled(tx, [planned], now):
            say_finished(
                self.spine, tx, delivery_id, one, channel=one.channel, state=one.state, reason=one.reason, now=now
            )


def key_of(complaint_id: str, assignment: int) -> str:
    return f"{complaint_id}:{assignment}"


def _notice(connection: Connection, complaint_id: str, assignment: int) -> RowMapping | None:
    mine = and_(
        deliveries.c.complaint_id == complaint_id,
        deliveries.c.assignment == assignment,
        deliveries.c.message == CASE_NOTICE,
    )
    return connection.execute(select(deliveries).where(mine)).mappings().first()


def _is_settled(connection: Connection, notice: RowMapping) -> bool:
    """Acknowledged, or the case has gone to somebody else."""
    complaint_id, assignment = notice["complaint_id"], notice["assignment"]
    seen = and_(acknowledgements.c.complaint_id == complaint_id, acknowledgements.c.assignment == assignment)
    if connection.execute(select(acknowledgements.c.at).where(seen)).first() is not None:
        return True
    newest = newest_assignments(connection, [complaint_id]).get(complaint_id, assignment)
    return bool(newest > assignment)


def _escalated_at(connection: Connection, notice: RowMapping) -> datetime | None:
    """When this agency was last told of a deadline of this assignment."""
    mine = and_(
        deliveries.c.complaint_id == notice["complaint_id"],
        deliveries.c.assignment == notice["assignment"],
        deliveries.c.recipient == notice["recipient"],
        deliveries.c.message.startswith(f"{CASE_ESCALATION}.", autoescape=True),
        deliveries.c.state != SKIPPED,
    )
    return connection.execute(select(func.max(deliveries.c.planned_at)).where(mine)).scalar()


def _used(notice: RowMapping) -> list[str]:
    """The ways by which the notice went, or did not get through. One that failed everywhere starts afresh."""
    return [] if notice["state"] == FAILED else [*notice["gave_up"], notice["channel"]]
