"""Claiming rows for one worker at a time.

A claimed row carries its owner and until when it is his. Whoever dies leaves a lease that runs out, and another
worker takes the row. Nothing is locked while the work is done, so a slow destination never freezes a table.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, or_, select, tuple_, update

from shared.storage.database import Transaction


@dataclass(frozen=True)
class Lease:
    owner: str
    until: datetime

    @staticmethod
    def take(now: datetime, seconds: float, *, owner: str = "") -> Lease:
        """For an owner of its own, unless one is named."""
        return Lease(owner or uuid.uuid4().hex, now + timedelta(seconds=seconds))


LONGEST_SECONDS = 900.0
"""No lease is longer. One that ends later was taken by a clock that was ahead, and counts as run out."""

FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
"""What a row has that nobody holds."""


def runs(row: RowMapping, now: datetime) -> bool:
    """Whether somebody holds the row that was read."""
    until = row["lease_until"]
    return until is not None and now < until <= now + timedelta(seconds=LONGEST_SECONDS)


def is_free(table: Table, now: datetime) -> ColumnElement[bool]:
    """No lease runs on the row."""
    ahead = table.c.lease_until > now + timedelta(seconds=LONGEST_SECONDS)
    return or_(table.c.lease_until.is_(None), table.c.lease_until <= now, ahead)


def claim(
    tx: Transaction,
    table: Table,
    due: ColumnElement[bool],
    *,
    lease: Lease,
    order_by: Any,
    limit: int,
    changes: dict[str, Any] | None = None,
) -> list[RowMapping]:
    """Gives up to `limit` due rows to `lease.owner`; several workers may call it at once and share no row.

    `due` should contain `is_free(...)` or say otherwise which leased rows may be taken over.
    """
    key = list(table.primary_key.columns)
    chosen = select(*key).where(due).order_by(order_by).limit(limit).with_for_update(skip_locked=True)
    keys = [tuple(row) for row in tx.execute(chosen)]
    if not keys:
        return []
    values = {"lease_owner": lease.owner, "lease_until": lease.until, **(changes or {})}
    statement = update(table).where(tuple_(*key).in_(keys)).values(values).returning(*table.c)
    return sorted((row._mapping for row in tx.execute(statement)), key=lambda row: row[key[0].name])


def still_held(table: Table, lease_owner: str) -> ColumnElement[bool]:
    """True as long as nobody else took the row over; put it into every update that ends a piece of work."""
    return and_(table.c.lease_owner == lease_owner)
