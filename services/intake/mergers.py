"""Complaints that a person found to be of one matter: the one follows the other's course, like one that joined it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping

from services.intake import progress, repository_additions, repository_kin, wording
from services.intake.accept import BLOCKED, Door
from services.intake.arrival import AUTOMATIC, CAPPED, NO_CONTACT, WANTED, stored_photo_fields
from services.intake.progress import Standing, Step
from shared.contracts.case import CaseMerged
from shared.contracts.complaint import ComplaintFollowed
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.storage.database import Transaction


@dataclass(frozen=True)
class Mergers:
    door: Door

    def join(self, tx: Transaction, envelope: Envelope) -> None:
        """Joins it, once, to the end of what the other one follows itself, and says so.

        The sender is told like one who joined by himself. Raises `Rejected` for a complaint that is not known, and
        when both would follow each other (`merge_cycle`): then a person has to look.
        """
        fact: CaseMerged = envelope.event
        step = Step(fact.complaint_id, fact.revision, "merged", fact.merged_at)
        progress.apply(tx, step, wording.merged_note(), Standing("merged"))
        rows = {one: repository_additions.lock_complaint(tx, one) for one in sorted({fact.complaint_id, fact.into})}
        row, end = rows[fact.complaint_id], repository_kin.end_of(tx.connection, fact.into)
        if row is None or end is None:
            raise Rejected(f"no complaint {fact.into} is known here", code="unknown_complaint")
        if end["complaint_id"] == fact.complaint_id:
            raise Rejected(f"{fact.ticket} and {fact.into_ticket} would follow each other", code="merge_cycle")
        if row["joined_to"] is not None or repository_kin.is_parted(tx, fact.complaint_id, fact.revision):
            return
        repository_kin.join(tx, fact.complaint_id, end["complaint_id"])
        self.door.spine.outbox.say(tx, _followed(tx, row, end, fact))


def _followed(tx: Transaction, row: RowMapping, end: RowMapping, fact: CaseMerged) -> ComplaintFollowed:
    return ComplaintFollowed(
        complaint_id=end["complaint_id"],
        ticket=end["ticket"],
        follower_id=row["complaint_id"],
        follower_ticket=row["ticket"],
        text=row["text"],
        channel=row["channel"],
        kind=row["kind"],
        identity=row["identity"],
        place=Place(*(row[name] for name in ("kecamatan", "kelurahan", "detail", "latitude", "longitude"))),
        contact_ref=row["contact_ref"],
        receipt=_receipt(row),
        attachments=stored_photo_fields(repository_additions.photos_of(tx.connection, row["complaint_id"])),
        language=row["language"],
        followed_at=fact.merged_at,
    )


def _receipt(row: RowMapping) -> str:
    """The news is told also where the first receipt fell to the limit of its day."""
    if BLOCKED in row["flags"]:
        return CAPPED
    if row["receipt"] == AUTOMATIC:
        return AUTOMATIC
    return WANTED if row["contact_ref"] else NO_CONTACT
