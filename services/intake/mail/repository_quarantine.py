"""What intake keeps of messages that a person has to look at, and of those that are only noted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from services.intake.privacy.repository_due import holds
from services.intake.tables import complaints, contacts, pending_questions, quarantine, raw_messages
from shared.erasures import TEXT
from shared.storage.database import Transaction

WAITING, REPLAYED, DISCARDED = "waiting", "replayed", "discarded"
STATES = (WAITING, REPLAYED, DISCARDED)


def set_aside(tx: Transaction, row: dict[str, Any]) -> None:
    tx.execute(quarantine.insert(), row)


def listed(connection: Connection, state: str, limit: int) -> list[RowMapping]:
    """The oldest first."""
    statement = select(*quarantine.c).where(quarantine.c.state == state)
    ordered = statement.order_by(quarantine.c.received_at, quarantine.c.quarantine_id).limit(limit)
    return [row._mapping for row in connection.execute(ordered)]


def count_waiting(connection: Connection) -> int:
    statement = select(func.count()).select_from(quarantine).where(quarantine.c.state == WAITING)
    return int(connection.execute(statement).scalar_one())


def one(connection: Connection, quarantine_id: str) -> RowMapping | None:
    row = connection.execute(select(*quarantine.c).where(quarantine.c.quarantine_id == quarantine_id)).first()
    return None if row is None else row._mapping


def ids_ending(connection: Connection, end: str) -> list[str]:
    """For people who copy the end of an id from a list."""
    statement = select(quarantine.c.quarantine_id).where(quarantine.c.quarantine_id.endswith(end, autoescape=True))
    return [row.quarantine_id for row in connection.execute(statement.limit(2))]


def raw_of(connection: Connection, quarantine_id: str) -> RowMapping | None:
    """(sha256, size, sealed) of the message as it came."""
    statement = select(raw_messages.c.sha256, raw_messages.c.size, raw_messages.c.sealed)
    row = connection.execute(statement.where(raw_messages.c.quarantine_id == quarantine_id)).first()
    return None if row is None else row._mapping


def settle(tx: Transaction, quarantine_id: str, *, state: str, at: datetime, by: str, outcome: str) -> bool:
    """False when somebody else has settled it."""
    mine = (quarantine.c.quarantine_id == quarantine_id) & (quarantine.c.state == WAITING)
    values = {"state": state, "settled_at": at, "settled_by": by[:100], "outcome": outcome[:64]}
    return tx.execute(update(quarantine).where(mine).values(values)).rowcount == 1


def known_by_ticket(connection: Connection, tickets: Sequence[str]) -> list[RowMapping]:
    """Id, ticket and the key of the contact's address, of those tickets that exist and whose text was not removed."""
    statement = (
        select(complaints.c.complaint_id, complaints.c.ticket, contacts.c.email_key)
        .outerjoin(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
        .where(complaints.c.ticket.in_(sorted(set(tickets))), holds(TEXT))
    )
    return [row._mapping for row in connection.execute(statement)]


def awaits_answer(connection: Connection, complaint_id: str) -> bool:
    """Whether we have asked something about it that was not answered."""
    statement = select(pending_questions.c.complaint_id).where(
        pending_questions.c.complaint_id == complaint_id, pending_questions.c.closed_at.is_(None)
    )
    return connection.execute(statement).first() is not None
