"""What messages said is forgotten after a while; that they were sent, when and with what outcome stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update

from services.notifier.channels.capture import CaptureFolder, file_name
from services.notifier.delivery import CAPTURED, EMAIL
from services.notifier.id_floor import id_floor
from services.notifier.repository import delivery_of
from services.notifier.tables import attempts, deliveries, reports
from shared.clock import Clock
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("retention")
KIND = "retention"
EVERY = timedelta(days=1)
WINDOW = 2_000
"""So many deliveries are looked at in one transaction, along their ids; so no other waits long for it."""


@dataclass
class Retention:
    """The handler of the timer: goes through all old deliveries from the oldest, a window at a time, and rests a day.

    Where it was interrupted it begins again; what is cleared already costs only the look.
    """

    clock: Clock
    folder: CaptureFolder
    keep: timedelta
    window: int = WINDOW
    _after: str = field(default="", init=False)

    def __call__(self, tx: Transaction, _timer: Timer) -> datetime:
        now = self.clock.now()
        limit = now - self.keep
        old = deliveries.c.delivery_id > self._after, deliveries.c.delivery_id < id_floor(limit)
        look = select(deliveries.c.delivery_id, deliveries.c.finished_at, deliveries.c.cleared_at).where(*old)
        rows = tx.execute(look.order_by(deliveries.c.delivery_id).limit(self.window)).all()
        due = [row.delivery_id for row in rows if not row.cleared_at and row.finished_at and row.finished_at < limit]
        if due:
            self._clear(tx, due, now)
        if len(rows) < self.window:
            self._after = ""
            return now + EVERY
        self._after = rows[-1].delivery_id
        return now

    def _clear(self, tx: Transaction, ids: Sequence[str], now: datetime) -> None:
        mine = deliveries.c.delivery_id.in_(ids)
        kept = select(deliveries).where(mine, deliveries.c.state == CAPTURED)
        for row in tx.execute(kept).mappings().all():
            self._remove_file(row)
        tx.execute(update(deliveries).where(mine).values(data={}, recipient_key=None, cleared_at=now))
        for table in (attempts, reports):
            tx.execute(update(table).where(table.c.delivery_id.in_(ids), table.c.answer != "").values(answer=""))
        log.info("old_messages_cleared", deliveries=len(ids))

    def _remove_file(self, row: RowMapping) -> None:
        suffix = "eml" if row["channel"] == EMAIL else "json"
        (self.folder.folder / file_name(delivery_of(row), suffix)).unlink(missing_ok=True)
