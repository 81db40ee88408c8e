"""What the guards ask: how much a contact has sent, and which contacts are blocked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from services.intake.tables import blocked_contacts, contacts
from shared.storage.database import Transaction
from shared.storage.upsert import upsert

# Built once: it is asked for every complaint.
_BLOCKED_AMONG = select(blocked_contacts.c.contact_key).where(
    blocked_contacts.c.contact_key.in_(bindparam("keys", expanding=True))
)
_KEYS = {"email": contacts.c.email_key, "phone": contacts.c.phone_key}


def complaints_of(connection: Connection, kind: str, contact_key: str, since: datetime) -> int:
    """Complaints with this e-mail address or phone number (`kind` says which) since then."""
    statement = select(func.count()).where(_KEYS[kind] == contact_key, contacts.c.created_at >= since)
    return int(connection.execute(statement).scalar_one())


def blocked_among(connection: Connection, contact_keys: Collection[str]) -> set[str]:
    if not contact_keys:
        return set()
    return {row.contact_key for row in connection.execute(_BLOCKED_AMONG, {"keys": sorted(contact_keys)})}


def block(tx: Transaction, contact_key: str, *, reason: str, by: str, at: datetime) -> None:
    """From now on; who is blocked already stays so, with the newer reason."""
    row = {"contact_key": contact_key, "reason": reason, "blocked_by": by, "since": at}
    upsert(tx, blocked_contacts, row, key=("contact_key",))


def blocked(connection: Connection) -> list[dict[str, Any]]:
    """Those blocked longest first."""
    rows = connection.execute(select(*blocked_contacts.c).order_by(blocked_contacts.c.since)).mappings()
    return [dict(row) for row in rows]


def unblock(tx: Transaction, contact_key: str) -> None:
    tx.execute(blocked_contacts.delete().where(blocked_contacts.c.contact_key == contact_key))
