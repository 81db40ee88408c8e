"""Contacts that are to be proved, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select, update

from services.intake.tables import contact_checks, suppressions
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

WAITING, USED, REPLACED = "waiting", "used", "replaced"


def add(tx: Transaction, row: dict[str, Any]) -> bool:
    """False when its form waits already. Waits for a running transaction that adds the same one."""
    return bool(insert_new(tx, contact_checks, [row], contact_checks.c.check_id))


def one(connection: Connection, check_id: str) -> RowMapping | None:
    row = connection.execute(select(*contact_checks.c).where(contact_checks.c.check_id == check_id)).first()
    return None if row is None else row._mapping


def lock(tx: Transaction, check_id: str) -> RowMapping | None:
    """Held until the end of the transaction, so that tries are counted one by one."""
    statement = select(*contact_checks.c).where(contact_checks.c.check_id == check_id).with_for_update()
    row = tx.execute(statement).first()
    return None if row is None else row._mapping


def lock_form(tx: Transaction, message_key: str) -> RowMapping | None:
    statement = select(*contact_checks.c).where(contact_checks.c.message_key == message_key).with_for_update()
    row = tx.execute(statement).first()
    return None if row is None else row._mapping


def change(tx: Transaction, check_id: str, **values: Any) -> None:
    tx.execute(update(contact_checks).where(contact_checks.c.check_id == check_id).values(values))


def remove(tx: Transaction, check_id: str) -> None:
    tx.execute(contact_checks.delete().where(contact_checks.c.check_id == check_id))


def open_ones(connection: Connection, check_ids: Sequence[str], now: datetime) -> list[RowMapping]:
    """Those whose code still counts."""
    statement = select(*contact_checks.c).where(
        contact_checks.c.check_id.in_(sorted(set(check_ids))),
        contact_checks.c.state == WAITING,
        contact_checks.c.expires_at > now,
    )
    return [row._mapping for row in connection.execute(statement)]


def held_photos(connection: Connection, but: str) -> set[str]:
    """Digests of files that other forms hold."""
    rows = connection.execute(select(contact_checks.c.photos).where(contact_checks.c.check_id != but))
    return {str(digest) for row in rows for digest in row.photos}


def suppressed_channels(connection: Connection, email_key: str | None, phone_key: str | None) -> list[str]:
    """By which the owner of these wants no messages."""
    mine = or_(
        (suppressions.c.contact_key == email_key) & (suppressions.c.channel == "email"),
        (suppressions.c.contact_key == phone_key) & (suppressions.c.channel == "sms"),
    )
    found = connection.execute(select(suppressions.c.channel).where(mine).order_by(suppressions.c.channel))
    return [row.channel for row in found]
