"""What intake keeps beside and after a complaint: additions, photos, raw messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from services.intake.tables import additions, attachments, complaints, raw_messages, seen
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_late


def store_photos(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """A photo that the complaint has already stays as it is."""
    if rows:
        add_new(tx, attachments, list(rows))


def store_raw(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        insert_late(tx, raw_messages, list(rows))


def store_addition(tx: Transaction, row: dict[str, Any]) -> None:
    tx.execute(additions.insert(), row)


def lock_complaint(tx: Transaction, complaint_id: str) -> RowMapping | None:
    """The complaint's row, held until the end of the transaction, so that additions are numbered one by one."""
    statement = select(*complaints.c).where(complaints.c.complaint_id == complaint_id).with_for_update()
    row = tx.execute(statement).first()
    return None if row is None else row._mapping


def ticket_of(tx: Transaction, complaint_id: str) -> str | None:
    return tx.execute(select(complaints.c.ticket).where(complaints.c.complaint_id == complaint_id)).scalar()


def additions_of(connection: Connection, complaint_id: str) -> list[RowMapping]:
    """In the order of their numbers."""
    statement = select(*additions.c).where(additions.c.complaint_id == complaint_id).order_by(additions.c.number)
    return [row._mapping for row in connection.execute(statement)]


def addition(tx: Transaction, addition_id: str) -> RowMapping | None:
    row = tx.execute(select(*additions.c).where(additions.c.addition_id == addition_id)).first()
    return None if row is None else row._mapping


def addition_seen_as(tx: Transaction, seen_key: str) -> tuple[str | None, str]:
    """(addition id, fingerprint) of a message that is known; no id when it became a complaint instead."""
    row = tx.execute(select(seen.c.addition_id, seen.c.fingerprint).where(seen.c.seen_key == seen_key)).one()
    return row.addition_id, row.fingerprint


def count_additions(connection: Connection, complaint_id: str) -> int:
    statement = select(func.count()).select_from(additions).where(additions.c.complaint_id == complaint_id)
    return int(connection.execute(statement).scalar_one())


def is_photo(connection: Connection, digest: str) -> bool:
    """Whether this is the digest of some complaint's photo, or of a photo's preview."""
    for column in (attachments.c.sha256, attachments.c.preview):
        if connection.execute(select(column).where(column == digest).limit(1)).first() is not None:
            return True
    return False


def photos_of(connection: Connection, complaint_id: str) -> list[RowMapping]:
    """All photos of a complaint, those of the first message before those that were added."""
    statement = (
        select(*attachments.c)
        .where(attachments.c.complaint_id == complaint_id)
        .order_by(attachments.c.added_at, attachments.c.position)
    )
    return [row._mapping for row in connection.execute(statement)]
