"""Messages that were set aside or belong to no complaint, and when they are due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, or_, select, update

from services.intake.mail.repository_quarantine import DISCARDED, WAITING
from services.intake.privacy.repository_rows import remove_raw
from services.intake.tables import quarantine, raw_messages, refusals
from shared.storage.database import Transaction

EXPIRED = "expired"
"""The outcome of a message that nobody settled in time."""
REMOVED = "removed"
"""The outcome of a message whose sender asked for its end before anybody had settled it."""
BY_RETENTION, BY_SENDER = "retention", "request"
_HOLDS = or_(
    quarantine.c.contact_key.is_not(None),
    quarantine.c.detail != "",
    quarantine.c.quarantine_id.in_(
        select(raw_messages.c.quarantine_id).where(raw_messages.c.quarantine_id.is_not(None))
    ),
)
_UNCLAIMED = and_(raw_messages.c.complaint_id.is_(None), raw_messages.c.quarantine_id.is_(None))


def quarantined_due(connection: Connection, before: datetime, limit: int, *, waiting: bool) -> list[str]:
    """Messages that were settled before that moment, or that came before it and wait still."""
    which, since = _quarantined(before, waiting)
    return _ids(connection, select(quarantine.c.quarantine_id).where(which).order_by(since).limit(limit))


def count_quarantined(connection: Connection, before: datetime, *, waiting: bool) -> tuple[int, datetime | None]:
    which, since = _quarantined(before, waiting)
    return _count(connection, quarantine, since, which)


def empty_quarantine(
    tx: Transaction, quarantine_ids: Sequence[str], now: datetime, *, outcome: str = EXPIRED, by: str = BY_RETENTION
) -> set[str]:
    """What was written, and by whom, goes; that there was a message stays. Returns digests of files."""
    mine = quarantine.c.quarantine_id.in_(sorted(quarantine_ids))
    ended = {"state": DISCARDED, "settled_at": now, "settled_by": by, "outcome": outcome}
    tx.execute(update(quarantine).where(mine, quarantine.c.state == WAITING).values(ended))
    tx.execute(update(quarantine).where(mine).values(detail="", contact_key=None))
    return remove_raw(tx, raw_messages.c.quarantine_id.in_(sorted(quarantine_ids)))


def known_quarantine(connection: Connection, quarantine_ids: Sequence[str]) -> set[str]:
    """Those that hold anything still."""
    mine = and_(quarantine.c.quarantine_id.in_(sorted(quarantine_ids)), _HOLDS)
    return set(_ids(connection, select(quarantine.c.quarantine_id).where(mine)))


def unclaimed_due(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Mails that belong to no complaint (reports of mail servers)."""
    since = raw_messages.c.received_at
    mine = and_(_UNCLAIMED, since < before)
    return _ids(connection, select(raw_messages.c.raw_id).where(mine).order_by(since).limit(limit))


def count_unclaimed(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    since = raw_messages.c.received_at
    return _count(connection, raw_messages, since, and_(_UNCLAIMED, since < before))


def remove_unclaimed(tx: Transaction, raw_ids: Sequence[str]) -> set[str]:
    return remove_raw(tx, raw_messages.c.raw_id.in_(sorted(raw_ids)))


def remove_of_complaint(tx: Transaction, complaint_id: str) -> set[str]:
    return remove_raw(tx, raw_messages.c.complaint_id == complaint_id)


def unassigned(connection: Connection, after: str, limit: int) -> list[RowMapping]:
    """Mails of no complaint of which nobody knows who sent them, in the order of their ids: to be looked into."""
    statement = (
        select(*raw_messages.c)
        .outerjoin(quarantine, quarantine.c.quarantine_id == raw_messages.c.quarantine_id)
        .where(raw_messages.c.complaint_id.is_(None), quarantine.c.contact_key.is_(None), raw_messages.c.raw_id > after)
        .order_by(raw_messages.c.raw_id)
        .limit(limit)
    )
    return [row._mapping for row in connection.execute(statement)]


def count_refused(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    return _count(connection, refusals, refusals.c.at, _refused(before))


def forget_refused(tx: Transaction, before: datetime) -> int:
    """Whose messages were refused; that they were stays."""
    return tx.execute(update(refusals).where(_refused(before)).values(contact_key=None)).rowcount


def _quarantined(before: datetime, waiting: bool) -> tuple[Any, Any]:
    if waiting:
        since: Any = quarantine.c.received_at
        return and_(quarantine.c.state == WAITING, since < before), since
    since = func.coalesce(quarantine.c.settled_at, quarantine.c.received_at)
    return and_(quarantine.c.state != WAITING, since < before, _HOLDS), since


def _refused(before: datetime) -> Any:
    return and_(refusals.c.at < before, refusals.c.contact_key.is_not(None))


def _ids(connection: Connection, statement: Select[Any]) -> list[str]:
    return [row[0] for row in connection.execute(statement)]


def _count(connection: Connection, table: Any, since: Any, which: Any) -> tuple[int, datetime | None]:
    number = connection.execute(select(func.count()).select_from(table).where(which)).scalar_one()
    oldest = connection.execute(select(since).where(which).order_by(since).limit(1)).scalar()
    return int(number), oldest
