"""What was done long ago leaves the outbox and the inbox, so that they stay as large as what happened lately.

A little at a time, and the oldest first, found by the order of the keys: no step holds a writer up, and none reads a
table whole. Ids are made in the order of time, so the oldest rows are the first ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, exists, select

from shared.messaging.tables import MessagingTables
from shared.storage.database import Transaction

PUBLISHED_KEPT = timedelta(days=14)
"""How long `tanggap reconcile --repair` can publish again what a listener never got."""
DONE_KEPT = timedelta(days=90)
"""How long a double is recognised; longer than anything may be published again."""
MOST_ROWS = 1_000


def forget_done(tx: Transaction, tables: MessagingTables, queues: Sequence[str], now: datetime) -> bool:
    """Deletes up to `MOST_ROWS` rows of each table that were done too long ago; whether there may be more.

    What is not published, not done, or dead stays however old it is.
    """
    return any([_published(tx, tables, now - PUBLISHED_KEPT), *(_heard(tx, tables.inbox, q, now) for q in queues)])


def _published(tx: Transaction, tables: MessagingTables, before: datetime) -> bool:
    outbox, settlements = tables.outbox, tables.settlements
    oldest = select(outbox.c.message_id, outbox.c.published_at.label("at")).where(outbox.c.published_at.is_not(None))
    gone = _ended(tx, oldest.order_by(outbox.c.seq), before)
    if gone:
        tx.execute(delete(outbox).where(outbox.c.message_id.in_(gone)))
    known = exists().where(outbox.c.message_id == settlements.c.message_id)
    pairs = select(settlements.c.message_id, settlements.c.settled_at.label("at")).where(~known)
    left = _ended(tx, pairs.order_by(settlements.c.message_id), before)
    if left:
        tx.execute(delete(settlements).where(settlements.c.message_id.in_(left)))
    return len(gone) == MOST_ROWS or len(left) == MOST_ROWS


def _heard(tx: Transaction, inbox: Table, queue: str, now: datetime) -> bool:
    mine: ColumnElement[bool] = (inbox.c.queue == queue) & (inbox.c.state == "done")
    oldest = select(inbox.c.message_id, inbox.c.finished_at.label("at")).where(mine).order_by(inbox.c.message_id)
    gone = _ended(tx, oldest, now - DONE_KEPT)
    if gone:
        tx.execute(delete(inbox).where(inbox.c.queue == queue, inbox.c.message_id.in_(gone)))
    return len(gone) == MOST_ROWS


def _ended(tx: Transaction, oldest: Select[Any], before: datetime) -> list[str]:
    """`oldest` has each `message_id`, and `at` which moment it was done."""
    return [row.message_id for row in tx.execute(oldest.limit(MOST_ROWS)) if row.at < before]
