"""The notifier's timers by kind, and those that run from the first start on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from services.notifier.channels.capture import CaptureFolder
from services.notifier.feedback import questions, reminders, retention
from services.notifier.feedback.questions import QuestionReminders
from services.notifier.feedback.reminders import Reminders
from services.notifier.feedback.retention import Retention
from shared.city_notifications import Notifications
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import TimerHandler

_FIRST_LOOK = timedelta(minutes=10)


def timer_handlers(spine: Spine, notifications: Notifications, folder: CaptureFolder) -> Mapping[str, TimerHandler]:
    return {
        reminders.KIND: Reminders(spine),
        questions.KIND: QuestionReminders(spine, notifications),
        retention.KIND: Retention(spine.clock, folder, timedelta(days=notifications.keep_bodies_days)),
    }


def begin_timers(tx: Transaction, spine: Spine) -> None:
    """Sets those that run by themselves, once. For the service's seed."""
    spine.timers.set_if_absent(tx, retention.KIND, "", spine.clock.now() + _FIRST_LOOK)
