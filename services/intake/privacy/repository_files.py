"""Files that no row needs any more, and whether one is needed after all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from services.intake import repository_additions, repository_answer_photos
from services.intake.tables import contact_checks, raw_messages, unwanted_files
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new


def add(tx: Transaction, digests: Iterable[str], now: datetime) -> None:
    rows = [{"sha256": digest, "since": now} for digest in sorted(set(digests))]
    insert_new(tx, unwanted_files, rows, unwanted_files.c.sha256)


def some(connection: Connection, limit: int) -> list[str]:
    """Those that wait longest."""
    statement = select(unwanted_files.c.sha256).order_by(unwanted_files.c.since, unwanted_files.c.sha256).limit(limit)
    return [row.sha256 for row in connection.execute(statement)]


def forget(tx: Transaction, digest: str) -> None:
    tx.execute(unwanted_files.delete().where(unwanted_files.c.sha256 == digest))


def is_needed(connection: Connection, digest: str) -> bool:
    """Whether another complaint, an answer, a mail, or a form that waits for its code has the same file."""
    if repository_additions.is_photo(connection, digest) or repository_answer_photos.is_photo(connection, digest):
        return True
    mail = select(raw_messages.c.raw_id).where(raw_messages.c.sha256 == digest, raw_messages.c.sealed == "")
    if connection.execute(mail.limit(1)).first() is not None:
        return True
    return any(digest in row.photos for row in connection.execute(select(contact_checks.c.photos)))
