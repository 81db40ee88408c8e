"""Removing parts of one complaint for good, in one transaction with the fact that tells the others."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from sqlalchemy import RowMapping

from services.intake import repository, repository_additions, repository_kin, wording
from services.intake.privacy import repository_due, repository_rows
from services.intake.privacy.files import UnwantedFiles
from services.intake.privacy.ledger import ErasedComplaint, Ledger
from shared.contracts.complaint import ComplaintErased, ErasedPart
from shared.erasing import AGAIN
from shared.erasing import KIND as AGAIN_TIMER
from shared.erasures import CONTACT, PHOTOS, TEXT, erase_messages, mark_erased
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("privacy")
PARTS: tuple[ErasedPart, ...] = ("contact", "text", "photos")
RETENTION: Literal["retention"] = "retention"
REQUEST: Literal["request"] = "request"
Reason = Literal["retention", "request"]


@dataclass(frozen=True)
class Erasing:
    spine: Spine
    files: UnwantedFiles
    ledger: Ledger

    def erase(
        self, tx: Transaction, complaint_id: str, parts: Collection[ErasedPart], *, reason: Reason, wish: bool = False
    ) -> bool:
        """Removes the parts, and says `complaint.erased.v1`; False when there is no such complaint.

        `wish`: the rest is to go when the case has ended. Safe to repeat. Files go after the commit. What is being
        stored at this moment by a transaction that began before is removed by a timer, a little later.
        """
        row = repository_additions.lock_complaint(tx, complaint_id)
        if row is None:
            return False
        wanted, now = tuple(part for part in PARTS if part in parts), self.spine.clock.now()
        held = repository_due.held_of(tx.connection, complaint_id)
        new = mark_erased(tx, self.spine.tables, complaint_id, wanted, reason=reason, at=now)
        self._remove(tx, row, wanted)
        if wish:
            repository_due.wish(tx, complaint_id, now)
        tx.after_commit(
            partial(self.ledger.append, ErasedComplaint(complaint_id, wanted, reason, now.isoformat(), wish))
        )  # fmt: skip
        for part in sorted(new & held):
            entry = {"complaint_id": complaint_id, "revision": repository.OUTSIDE, "event": f"erased.{part}"}
            repository.add_to_timeline(tx, {**entry, "note": wording.erased_note(part, reason), "at": now})
        self.spine.timers.set(tx, AGAIN_TIMER, complaint_id, now + AGAIN)
        self.spine.outbox.say(
            tx,
            ComplaintErased(
                complaint_id=complaint_id, ticket=row["ticket"], parts=list(wanted), reason=reason, erased_at=now
            ),
        )  # fmt: skip
        log.info("complaint_erased", complaint_id=complaint_id, parts=list(wanted), reason=reason)
        return True

    def remove(self, tx: Transaction, complaint_id: str, parts: Collection[str]) -> None:
        """Only what is in the tables, and says nothing: for what came in after the parts were marked."""
        row = repository_additions.lock_complaint(tx, complaint_id)
        if row is not None:
            self._remove(tx, row, parts)

    def again(self, tx: Transaction, timer: Timer) -> datetime | None:
        """The timer's work: what came between is removed as well, and words that had still to be published."""
        self.remove(tx, timer.key, repository_due.erased_parts_of(tx.connection, timer.key))
        waits = repository_due.is_unpublished(tx.connection, timer.key)
        return self.spine.clock.now() + AGAIN if waits else None

    def _remove(self, tx: Transaction, row: RowMapping, parts: Collection[str]) -> None:
        complaint_id, ticket = row["complaint_id"], row["ticket"]
        files: set[str] = set()
        if CONTACT in parts:
            repository_rows.remove_contact(tx, complaint_id)
        if TEXT in parts:
            repository_rows.remove_text(tx, complaint_id, ticket)
            erase_messages(tx, self.spine.tables, complaint_id, joined=_joined(tx, row))
        if PHOTOS in parts:
            files |= repository_rows.remove_photos(tx, complaint_id)
        if CONTACT in parts or TEXT in parts:
            files |= repository_rows.remove_messages(tx, complaint_id, ticket)
        self.files.add(tx, files)


def _joined(tx: Transaction, row: RowMapping) -> list[str]:
    """The complaints whose messages may hold words of this one."""
    if row["joined_to"] is None:
        return []
    end = repository_kin.end_of(tx.connection, row["joined_to"])
    return sorted({row["joined_to"], *([end["complaint_id"]] if end is not None else [])})
