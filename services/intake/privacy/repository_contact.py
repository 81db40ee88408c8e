"""What lies in intake's tables under the key of one contact, outside of its complaints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, func, or_, select, update

from services.intake.tables import (
    blocked_contacts,
    complaints,
    contact_checks,
    contacts,
    pending_questions,
    quarantine,
    receipt_counts,
    refusals,
    sms_parts,
    suppressions,
)
from shared.storage.database import Transaction

_KEYED: dict[str, Table] = {
    "sms_parts": sms_parts,
    "questions": pending_questions,
    "suppressions": suppressions,
    "receipt_counts": receipt_counts,
    "refusals": refusals,
    "quarantine": quarantine,
}


@dataclass(frozen=True)
class HeldComplaint:
    complaint_id: str
    ticket: str
    status: str


def complaints_of(connection: Connection, key: str) -> list[HeldComplaint]:
    """Those that came with this contact, the newest first."""
    mine = or_(contacts.c.email_key == key, contacts.c.phone_key == key)
    return _held(connection, mine)


def complaints_among(connection: Connection, complaint_ids: Sequence[str]) -> list[HeldComplaint]:
    return _held(connection, complaints.c.complaint_id.in_(sorted(set(complaint_ids))))


def by_ticket(connection: Connection, ticket: str) -> HeldComplaint | None:
    return next(iter(_held(connection, complaints.c.ticket == ticket)), None)


def replies_elsewhere(connection: Connection, after: str, limit: int) -> list[RowMapping]:
    """Contacts whose answers go to an address of which there is no key, in the order of their complaints."""
    statement = select(contacts.c.complaint_id, contacts.c.reply_to_sealed).where(
        contacts.c.reply_to_sealed.is_not(None), contacts.c.complaint_id > after
    )
    return [row._mapping for row in connection.execute(statement.order_by(contacts.c.complaint_id).limit(limit))]


def checks_of(connection: Connection, key: str) -> list[RowMapping]:
    """Forms that wait for a code, or did."""
    mine = or_(contact_checks.c.email_key == key, contact_checks.c.phone_key == key)
    return [row._mapping for row in connection.execute(select(*contact_checks.c).where(mine))]


def counts_of(connection: Connection, key: str) -> dict[str, int]:
    """How many rows, by what they are; nothing that there is none of."""
    found = {}
    for name, table in _KEYED.items():
        number = connection.execute(select(func.count()).select_from(table).where(table.c.contact_key == key)).scalar()
        found[name] = int(number or 0)
    found["checks"] = len(checks_of(connection, key))
    return {name: number for name, number in found.items() if number}


def is_blocked(connection: Connection, key: str) -> bool:
    return _first(connection, blocked_contacts, blocked_contacts.c.contact_key == key) is not None


def quarantined_of(connection: Connection, key: str, before: datetime | None = None) -> list[str]:
    mine = select(quarantine.c.quarantine_id).where(quarantine.c.contact_key == key)
    found = connection.execute(mine if before is None else mine.where(quarantine.c.received_at <= before))
    return [row.quarantine_id for row in found]


@dataclass(frozen=True)
class Removed:
    """`files` are digests of what no row needs any more."""

    rows: int
    files: set[str]


def remove(tx: Transaction, key: str, before: datetime | None = None) -> Removed:
    """All rows under the key but that of a blocked contact and those of quarantine; none that came after `before`.

    That a message was refused stays, without whose it was.
    """
    rows = 0
    for table, since in ((sms_parts, "received_at"), (pending_questions, "asked_at"), (suppressions, "since")):
        rows += tx.execute(table.delete().where(table.c.contact_key == key, *_until(table, since, before))).rowcount
    if before is None:
        rows += tx.execute(receipt_counts.delete().where(receipt_counts.c.contact_key == key)).rowcount
    refused = and_(refusals.c.contact_key == key, *_until(refusals, "at", before))
    rows += tx.execute(update(refusals).where(refused).values(contact_key=None)).rowcount
    own = or_(contact_checks.c.email_key == key, contact_checks.c.phone_key == key)
    checks = and_(own, *_until(contact_checks, "asked_at", before))
    files = {str(one) for row in tx.execute(select(contact_checks.c.photos).where(checks)) for one in row.photos}
    rows += tx.execute(contact_checks.delete().where(checks)).rowcount
    return Removed(rows, files)


def _until(table: Table, column: str, before: datetime | None) -> list[ColumnElement[bool]]:
    return [] if before is None else [table.c[column] <= before]


def _held(connection: Connection, which: ColumnElement[bool]) -> list[HeldComplaint]:
    statement = (
        select(complaints.c.complaint_id, complaints.c.ticket, complaints.c.status)
        .outerjoin(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
        .where(which)
        .order_by(complaints.c.received_at.desc(), complaints.c.complaint_id)
    )
    return [HeldComplaint(*row) for row in connection.execute(statement)]


def _first(connection: Connection, table: Table, which: ColumnElement[bool]) -> RowMapping | None:
    row = connection.execute(select(*table.c).where(which).limit(1)).first()
    return None if row is None else row._mapping
