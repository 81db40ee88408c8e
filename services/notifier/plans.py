"""Storing what was planned, in the transaction that heard the fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notifier import repository
from services.notifier.delivery import SKIPPED, Planned, lane_of
from services.notifier.feedback.reminders import watch
from services.notifier.sending.calling import call
from services.notifier.sending.ledger import say_finished
from shared.city_notifications import Notifications
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class Plans:
    spine: Spine
    notifications: Notifications = field(default_factory=Notifications)

    def store(self, tx: Transaction, planned: Sequence[Planned]) -> None:
        """What is planned already is left as it is: hearing a fact twice changes nothing."""
        now = self.spine.clock.now()
        waiting = [one for one in planned if one.state != SKIPPED]
        repository.add_pending(tx, waiting, now)
        watch(tx, self.spine, waiting, self.notifications)
        for delivery_id, one in repository.add_settled(tx, [one for one in planned if one.state == SKIPPED], now):
            say_finished(
                self.spine, tx, delivery_id, one, channel=one.channel, state=one.state, reason=one.reason, now=now
            )
        call(tx, self.spine.bells, {lane_of(one.channel, one.recipient) for one in waiting if one.due_at <= now})
