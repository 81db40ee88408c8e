"""Which complaints follow which."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, func, select, update

from services.intake import repository
from services.intake.tables import complaints, contacts, timeline
from shared.storage.database import Transaction

MERGED, REOPENED = "merged", "reopened."
"""How entries of the timeline begin that tell of it."""
MOST_STEPS = 50
"""Longer chains are none that people make; and a circle, should there be one, ends here."""


def end_of(connection: Connection, complaint_id: str) -> RowMapping | None:
    """The complaint that this one follows in the end: itself, if it follows none. None when it is not known."""
    row = repository.complaint(connection, complaint_id)
    for _ in range(MOST_STEPS):
        if row is None or row["joined_to"] is None:
            return row
        joined = repository.complaint(connection, row["joined_to"])
        if joined is None:  # cleared meanwhile: what is left stands for itself
            return row
        row = joined
    return row


def contact_of(connection: Connection, complaint_id: str) -> RowMapping | None:
    """Sealed."""
    row = connection.execute(select(*contacts.c).where(contacts.c.complaint_id == complaint_id)).first()
    return None if row is None else row._mapping


def is_parted(tx: Transaction, complaint_id: str, merged: int) -> bool:
    """Whether the complaint was opened again after that revision, and goes its own way."""
    return _last(tx, complaint_id, REOPENED) > merged


def part(tx: Transaction, complaint_id: str, reopened: int) -> None:
    """Opened again at that revision, it no longer follows what a person had joined it to before."""
    if 0 < _last(tx, complaint_id, MERGED) < reopened:
        mine = complaints.c.complaint_id == complaint_id
        tx.execute(update(complaints).where(mine).values(joined_to=None))


def _last(tx: Transaction, complaint_id: str, event: str) -> int:
    """The revision of the newest entry of that kind; 0: there is none."""
    tx.flush()
    mine = timeline.c.complaint_id == complaint_id, timeline.c.event.startswith(event)
    return tx.execute(select(func.max(timeline.c.revision)).where(*mine)).scalar() or 0


def join(tx: Transaction, complaint_id: str, into: str) -> None:
    mine = complaints.c.complaint_id == complaint_id
    tx.execute(update(complaints).where(mine).values(joined_to=into))
