"""Removing again what a restored backup has brought back, as the ledger lists it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from services.intake.privacy import repository_contact, repository_due, repository_messages
from services.intake.privacy.erasing import PARTS, REQUEST, RETENTION, Erasing
from services.intake.privacy.ledger import ErasedComplaint, ErasedContact, moment


@dataclass(frozen=True)
class Again:
    """How much of what the ledger lists was there."""

    complaints: int = 0
    contacts: int = 0


def remove_again(erasing: Erasing, progress: Callable[[int], None] = lambda _number: None) -> Again:
    """What came after an entry is not touched by it, so it may be run at any time, and repeated."""
    complaints = contacts = 0
    for number, entry in enumerate(erasing.ledger.entries(), 1):
        if isinstance(entry, ErasedComplaint):
            complaints += _complaint(erasing, entry)
        else:
            contacts += _contact(erasing, entry)
        progress(number)
    return Again(complaints, contacts)


def complete_ledger(erasing: Erasing, connection: Connection) -> int:
    """Lists what was removed by a process that died before it had listed it; how many entries."""
    listed: dict[str, set[str]] = {}
    for entry in erasing.ledger.entries():
        if isinstance(entry, ErasedComplaint):
            listed.setdefault(entry.complaint_id, set()).update(entry.parts)
    missing = [
        ErasedComplaint(one.complaint_id, one.parts, one.reason, one.erased_at.isoformat())
        for one in repository_due.erasures(connection)
        if not listed.get(one.complaint_id, set()).issuperset(one.parts)
    ]
    if missing:
        erasing.ledger.append(*missing)
    return len(missing)


def _complaint(erasing: Erasing, entry: ErasedComplaint) -> bool:
    with erasing.spine.database.write() as tx:
        missing = set(entry.parts) - set(repository_due.erased_parts_of(tx.connection, entry.complaint_id))
        wanted = [part for part in PARTS if part in missing]
        reason = REQUEST if entry.reason == REQUEST else RETENTION
        return bool(wanted) and erasing.erase(tx, entry.complaint_id, wanted, reason=reason, wish=entry.wish)


def _contact(erasing: Erasing, entry: ErasedContact) -> bool:
    with erasing.spine.database.write() as tx:
        before = moment(entry)
        aside = {*repository_contact.quarantined_of(tx.connection, entry.contact_key, before)}
        aside |= repository_messages.known_quarantine(tx.connection, entry.quarantined)
        files = repository_messages.empty_quarantine(
            tx, sorted(aside), erasing.spine.clock.now(), outcome=repository_messages.REMOVED,
            by=repository_messages.BY_SENDER,
        )  # fmt: skip
        files |= repository_messages.remove_unclaimed(tx, entry.mails)
        removed = repository_contact.remove(tx, entry.contact_key, before)
        erasing.files.add(tx, files | removed.files)
    return bool(aside or files or removed.rows)
