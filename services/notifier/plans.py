"""Storing what was planned, in the transaction that heard the fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from services.notifier import repository
from services.notifier.delivery import SKIPPED, Planned
from services.notifier.feedback.reminders import watch
from services.notifier.sending.ledger import bell_of, say_finished
from shared.city_notifications import Notifications
from shared.service import Spine
from shared.storage.database import Transaction

_BELLS = "bells of planned deliveries"


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
        self._ring_for(tx, {bell_of(one.channel) for one in waiting if one.due_at <= now})

    def _ring_for(self, tx: Transaction, bells: set[str]) -> None:
        """Once each after the commit, however many facts of a batch want it."""
        if _BELLS not in tx.memory:
            wanted: set[str] = set()
            tx.memory[_BELLS] = wanted
            tx.after_commit(partial(self._ring, wanted))
        tx.memory[_BELLS].update(bells)

    def _ring(self, bells: set[str]) -> None:
        for bell in sorted(bells):
            self.spine.bells.ring(bell)
