"""When two messages are one message.

The same channel account, the same id of the provider and the same fingerprint of sender and content: one complaint.
The same id with another fingerprint: another complaint, linked to the first (or refused, where the sender promised
that this does not happen). Without an id: fingerprint and date. Where neither an id nor a sender is known, equal words
prove nothing (a stranger may write the same, and must not be handed the other's receipt): each message is its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake.submission import Submission
from shared.sealing import ContactHasher


@dataclass(frozen=True)
class SameMessage:
    """`key` is unique among messages. `other_key` replaces it when `key` is taken by another fingerprint."""

    key: str
    other_key: str | None
    fingerprint: str


def same_message(submission: Submission, hasher: ContactHasher, *, now: datetime, zone: ZoneInfo) -> SameMessage | None:
    """How to recognise a checked submission again; None when it can't be."""
    fingerprint = _fingerprint(submission, hasher)
    account = (submission.channel, submission.account)
    if submission.provider_id:
        key = digest("id", *account, submission.provider_id)
        return SameMessage(key, digest("id+content", *account, submission.provider_id, fingerprint), fingerprint)
    if not _sender(submission):
        return None
    day = (submission.sent_at or now).astimezone(zone).date().isoformat()
    return SameMessage(digest("day", *account, day, fingerprint), None, fingerprint)


def _sender(submission: Submission) -> str:
    return submission.sender or submission.contact.phone or submission.contact.email.lower()


def _fingerprint(submission: Submission, hasher: ContactHasher) -> str:
    """Hashed with the pepper: a short text and a phone number could be found again by trying."""
    place, contact = submission.place, submission.contact
    parts = [
        _sender(submission),
        submission.text,
        submission.kind,
        submission.identity,
        place.kecamatan,
        place.kelurahan,
        place.detail,
        contact.email,
        contact.phone,
        contact.name,
        *(photo.sha256 for photo in submission.photos),
    ]
    return hasher.contact_key("message", json.dumps(parts))


def digest(*parts: str) -> str:
    """The key of a message, of what tells it from others."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
