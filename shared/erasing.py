"""Removing what was erased elsewhere, as every service does it: marked, removed, and once more a little later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.complaint import ComplaintErased
from shared.contracts.envelope import Envelope
from shared.erasures import Erase, erasures_of, mark_erased
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer, TimerHandler

AGAIN = timedelta(minutes=10)
"""After which erasing is repeated: longer than any transaction or sending that had begun before the mark was there."""
KIND = "erase_again"


@dataclass(frozen=True)
class Erasing:
    """The handlers of the fact and of its timer. `erase` removes what this service keeps.

    The fact may come before the complaint, after it, or again.
    """

    spine: Spine
    erase: Erase

    def table(self) -> dict[str, Handler]:
        return {ComplaintErased.TYPE: self.hear}

    def timers(self) -> dict[str, TimerHandler]:
        return {KIND: self.again}

    def hear(self, tx: Transaction, envelope: Envelope) -> None:
        event: ComplaintErased = envelope.event
        tx.flush()  # the complaint may have come in this very transaction
        mark_erased(tx, self.spine.tables, event.complaint_id, event.parts, reason=event.reason, at=event.erased_at)
        self.erase(tx, event.complaint_id, frozenset(event.parts))
        self.spine.timers.set(tx, KIND, event.complaint_id, self.spine.clock.now() + AGAIN)

    def again(self, tx: Transaction, timer: Timer) -> None:
        found = erasures_of(tx.connection, self.spine.tables, [timer.key]).get(timer.key)
        if found is not None:
            self.erase(tx, timer.key, found.parts)
