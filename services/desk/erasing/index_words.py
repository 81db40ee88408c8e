"""Words that the index of the search still holds after its rows are gone.

SQLite's index keeps what was removed in its older pieces until these are merged, which it does when much was written.
After an erasing they are merged for all that was erased within a few seconds together, a stretch at a time, so that
nobody waits long for the one who may write. PostgreSQL's index holds nothing that its table does not.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

TIMER = "merge_search_index"
_TOGETHER = timedelta(seconds=5)
_MERGE = text("INSERT INTO case_search_fts(case_search_fts, rank) VALUES ('merge', -500)")
_CHANGES = text("SELECT total_changes()")
_NOTHING = 2
"""Fewer changes than that: the index says that there was nothing to merge (https://sqlite.org/fts5.html, `merge`)."""


def order_merge(tx: Transaction, spine: Spine) -> None:
    if spine.database.is_sqlite:
        spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now() + _TOGETHER)


def merge(tx: Transaction, timer: Timer) -> datetime | None:
    """The timer's work: some megabytes of it; due again at once until all is one piece."""
    before = tx.execute(_CHANGES).scalar_one()
    tx.execute(_MERGE)
    return timer.due_at if tx.execute(_CHANGES).scalar_one() - before >= _NOTHING else None
