"""A checked submission on its way into the database: its rows, and the fact for the others. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import RowMapping

from services.intake.fingerprint import SameMessage
from services.intake.rows import raw_row, seen_row
from services.intake.submission import KeptPhoto, Submission
from services.intake.wording import received_note
from shared.contracts.complaint import ComplaintFollowed, ComplaintReceived
from shared.contracts.fields import SP4N, AttachmentFields

WANTED, CAPPED, NO_CONTACT, AUTOMATIC = "wanted", "capped", "no_contact", "automatic"


@dataclass(frozen=True)
class Arrival:
    """`contact` is the sealed contact's row, None without one; `contact_keys` are what receipts to it are counted by.

    `ticket` is only drawn: another is taken if it turns out to be given away.
    """

    submission: Submission
    complaint_id: str
    at: datetime
    day: str
    """The city's date, for what is counted by day."""
    same: SameMessage | None
    ticket: str
    code: str = field(repr=False)
    code_sealed: str = field(repr=False)
    contact: dict[str, Any] | None = field(repr=False)
    contact_keys: tuple[str, ...]

    @property
    def received_at(self) -> datetime:
        return self.submission.received_at or self.at

    @cached_property
    def shared_keys(self) -> Set[str]:
        """Two arrivals that have one of these in common depend on each other."""
        entry = self.submission.entry
        keys = [self.same.key if self.same else "", entry.key if entry else "", self.submission.external_refs.get(SP4N)]
        return frozenset((*self.contact_keys, *filter(None, keys)))

    @property
    def counted_keys(self) -> tuple[str, ...]:
        """The contacts to whom a receipt would go."""
        return () if self.submission.automatic else self.contact_keys

    def receipt_unless_capped(self) -> str:
        if self.submission.automatic:
            return AUTOMATIC
        return WANTED if self.contact_keys else NO_CONTACT

    def seen_row(self, key: str) -> dict[str, Any]:
        return seen_row(
            key, channel=self.submission.channel, account=self.submission.account, complaint_id=self.complaint_id,
            at=self.at, fingerprint=self.same.fingerprint if self.same else "", provider_id=self.submission.provider_id,
        )  # fmt: skip

    def complaint_row(self, receipt: str, linked_to: str | None) -> dict[str, Any]:
        submission = self.submission
        flags = [*submission.flags]
        flags += ["automatic"] if submission.automatic else []
        flags += ["id_reused"] if linked_to else []
        return {
            "complaint_id": self.complaint_id,
            "ticket": self.ticket,
            "code_sealed": self.code_sealed,
            "revision": 1,
            "status": "received",
            "channel": submission.channel,
            "account": submission.account,
            "kind": submission.kind,
            "identity": submission.identity,
            "text": submission.text,
            "language": submission.language,
            "kecamatan": submission.place.kecamatan,
            "kelurahan": submission.place.kelurahan,
            "detail": submission.place.detail,
            "latitude": submission.place.latitude,
            "longitude": submission.place.longitude,
            "contact_ref": self.contact["contact_ref"] if self.contact else None,
            "receipt": receipt,
            "flags": list(dict.fromkeys(flags)),
            "external_refs": dict(submission.external_refs),
            "linked_to": linked_to or submission.linked_to,
            "joined_to": submission.joined_to,
            "recipients": list(dict.fromkeys(submission.recipients)),
            "size": submission.size,
            "sent_at": submission.sent_at,
            "received_at": self.received_at,
        }

    def timeline_row(self) -> dict[str, Any]:
        note, at = received_note(self.submission.channel), self.received_at
        return {"complaint_id": self.complaint_id, "revision": 1, "event": "received", "note": note, "at": at}

    def photo_rows(self) -> list[dict[str, Any]]:
        return photo_rows(self.complaint_id, None, self.submission.photos, self.at)

    def raw_row(self) -> dict[str, Any] | None:
        raw, own = self.submission.raw, self.complaint_id
        if raw is None:
            return None
        return raw_row(raw, own, channel=self.submission.channel, at=self.at, complaint_id=own)

    def fact(self, row: dict[str, Any], joined_ticket: str | None = None) -> ComplaintReceived | ComplaintFollowed:
        """What is said of the complaint, given its row as stored; `joined_ticket` is that of the one it joins."""
        submission = self.submission
        if submission.joined_to is not None and joined_ticket is not None:
            return self._followed(row, submission.joined_to, joined_ticket)
        return ComplaintReceived(
            complaint_id=self.complaint_id,
            ticket=row["ticket"],
            revision=1,
            text=submission.text,
            channel=submission.channel,
            kind=submission.kind,
            identity=submission.identity,
            place=submission.place,
            contact_ref=row["contact_ref"],
            received_at=self.received_at,
            receipt=row["receipt"],
            external_refs=row["external_refs"],
            attachments=photo_fields(submission.photos),
            asks=list(submission.asks),
            language=submission.language,
        )

    def _followed(self, row: dict[str, Any], joined_to: str, joined_ticket: str) -> ComplaintFollowed:
        submission = self.submission
        return ComplaintFollowed(
            complaint_id=joined_to,
            ticket=joined_ticket,
            follower_id=self.complaint_id,
            follower_ticket=row["ticket"],
            text=submission.text,
            channel=submission.channel,
            kind=submission.kind,
            identity=submission.identity,
            place=submission.place,
            contact_ref=row["contact_ref"],
            receipt=row["receipt"],
            attachments=photo_fields(submission.photos),
            language=submission.language,
            followed_at=self.at,
        )


def photo_rows(
    complaint_id: str, addition_id: str | None, photos: Sequence[KeptPhoto], at: datetime
) -> list[dict[str, Any]]:
    """The same photo twice in one message is one row."""
    unique = {photo.sha256: photo for photo in photos}
    return [
        {
            "complaint_id": complaint_id,
            "sha256": photo.sha256,
            "addition_id": addition_id,
            "position": position,
            "media_type": photo.media_type,
            "size": photo.size,
            "width": photo.width,
            "height": photo.height,
            "preview": photo.preview,
            "added_at": at,
        }
        for position, photo in enumerate(unique.values())
    ]


def stored_photo(row: RowMapping) -> KeptPhoto:
    """As it was kept; where it was taken is not."""
    return KeptPhoto(*(row[name] for name in ("sha256", "media_type", "size", "width", "height", "preview")))


def stored_photo_fields(rows: Sequence[RowMapping]) -> list[AttachmentFields]:
    return photo_fields([stored_photo(row) for row in rows])


def photo_fields(photos: Sequence[KeptPhoto]) -> list[AttachmentFields]:
    """As facts carry them."""
    return [
        AttachmentFields(
            sha256=photo.sha256,
            media_type=photo.media_type,
            size=photo.size,
            width=photo.width,
            height=photo.height,
            preview=photo.preview,
        )
        for photo in {photo.sha256: photo for photo in photos}.values()
    ]
