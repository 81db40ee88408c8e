"""Telling a citizen once more that we asked something, before the time for an answer is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, RowMapping, select

from services.notifier.delivery import CITIZEN, QUESTION
from services.notifier.planning.states import plan_question_reminder
from services.notifier.plans import Plans
from services.notifier.repository import delivery_of, went_on_since
from services.notifier.tables import deliveries, question_ends
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAsked
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.upsert import upsert
from shared.timers import Timer

KIND = "question"
LEAST_WAIT = timedelta(days=1)
"""A reminder that would follow the question sooner is none."""


def watch(tx: Transaction, spine: Spine, asked: CaseAsked, notifications: Notifications) -> None:
    """Sets the clock for the reminder, where the city wants one and the time is long enough for one."""
    if not notifications.question_reminder_days:
        return
    due_at = asked.until - timedelta(days=notifications.question_reminder_days)
    if due_at - asked.asked_at >= LEAST_WAIT:
        spine.timers.set(tx, KIND, _key(asked.complaint_id, asked.revision, asked.number), due_at)


def end(tx: Transaction, complaint_id: str, revision: int) -> None:
    """Whatever was asked up to this revision of the case waits no more. In any order, and twice without harm."""
    row = {"complaint_id": complaint_id, "revision": revision}
    upsert(tx, question_ends, row, key=("complaint_id",), where=question_ends.c.revision < revision)


@dataclass(frozen=True)
class QuestionReminders:
    """The handler of the timer."""

    spine: Spine
    notifications: Notifications

    def __call__(self, tx: Transaction, timer: Timer) -> None:
        complaint_id, revision, number = timer.key.rsplit(":", 2)
        asked = _question(tx.connection, complaint_id, number)
        if asked is None or _is_settled(tx.connection, asked, int(revision)):
            return
        planned = plan_question_reminder(delivery_of(asked), self.spine.clock.now())
        if planned is not None:
            Plans(self.spine, self.notifications).store(tx, [planned])


def _key(complaint_id: str, revision: int, number: int) -> str:
    return f"{complaint_id}:{revision}:{number}"


def _question(connection: Connection, complaint_id: str, number: str) -> RowMapping | None:
    mine = (deliveries.c.complaint_id == complaint_id) & (deliveries.c.recipient == CITIZEN)
    found = select(deliveries).where(mine, deliveries.c.message == f"{QUESTION}.{number}")
    return connection.execute(found).mappings().first()


def _is_settled(connection: Connection, asked: RowMapping, revision: int) -> bool:
    """Answered, ended by a person, or the case went to somebody after it was asked."""
    ended = select(question_ends.c.revision).where(question_ends.c.complaint_id == asked["complaint_id"])
    last = connection.execute(ended).scalar()
    if last is not None and last >= revision:
        return True
    return went_on_since(connection, asked["complaint_id"], asked["planned_at"])
