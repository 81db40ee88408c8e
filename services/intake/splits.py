"""Complaints that were a part of another one: they come in by the one door, for the same sender."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping

from services.intake import progress, repository_additions, repository_kin, wording
from services.intake.accept import Door
from services.intake.arrival import stored_photo
from services.intake.progress import Step
from services.intake.submission import Contact, Submission
from shared.contracts.case import CaseSplit
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.storage.database import Transaction

ACCOUNT = "split"
"""Where such a complaint came from, whatever the channel of the whole."""
SPLIT_FROM, SPLIT_PART = "split_from", "split_part"


@dataclass(frozen=True)
class Splits:
    door: Door

    def accept(self, tx: Transaction, envelope: Envelope) -> None:
        """A complaint of its own with the contact, identity, place and photos of the whole; once for each part.

        Its receipt tells the sender what it is. Raises `Rejected` when the whole is not known.
        """
        fact: CaseSplit = envelope.event
        row = repository_additions.lock_complaint(tx, fact.complaint_id)
        if row is None:
            raise Rejected(f"no complaint {fact.complaint_id} is known here", code="unknown_complaint")
        receipt = self.door.accept_within(tx, self._submission(tx, row, fact))
        step = Step(fact.complaint_id, fact.revision, f"split.{fact.number}", fact.split_at)
        progress.note(tx, step, wording.split_note(receipt.ticket))

    def _submission(self, tx: Transaction, row: RowMapping, fact: CaseSplit) -> Submission:
        complaint_id = row["complaint_id"]
        photos = repository_additions.photos_of(tx.connection, complaint_id)
        return Submission(
            channel=row["channel"],
            account=ACCOUNT,
            text=fact.part,
            provider_id=fact.part_id,
            sender=complaint_id,
            place=Place(*(row[name] for name in ("kecamatan", "kelurahan", "detail", "latitude", "longitude"))),
            kind=row["kind"],
            identity=row["identity"],
            contact=self._contact(tx, complaint_id),
            external_refs={SPLIT_FROM: row["ticket"], SPLIT_PART: fact.part_id},
            photos=tuple(stored_photo(photo) for photo in photos),
            linked_to=complaint_id,
            same_id_same_content=True,
            carrier_contact=True,
            cut_long_text=True,
            language=row["language"],
        )

    def _contact(self, tx: Transaction, complaint_id: str) -> Contact:
        """What of it can still be read; nothing where it was deleted meanwhile."""
        row = repository_kin.contact_of(tx.connection, complaint_id)
        if row is None:
            return Contact()
        try:
            given = self.door.vault.unseal(dict(row))
        except Rejected:  # the keys of that time are gone: the part is still worth a complaint
            return Contact()
        return Contact(given["email"] or "", given["phone"] or "", given["name"] or "")
