"""What is removed here when parts of a complaint are erased.

That something was sent, when and with what outcome stays. What has reached an agency is that agency's own copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, delete, exists, or_, select, update

from services.notifier.channels.capture import CaptureFolder, file_name
from services.notifier.delivery import CITIZEN, CONTACT_CODE, NONE, PENDING, SENDING, SKIPPED
from services.notifier.repository import delivery_of
from services.notifier.sending.ledger import say_finished
from services.notifier.tables import attempts, deliveries, reports, suppressions
from shared.erasures import CONTACT, TEXT, erase_messages
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.leases import FREE

CONTACT_ERASED, TEXT_ERASED = "contact_erased", "text_erased"
"""Why a delivery that had not begun ends without a message."""
_SUFFIXES = ("eml", "json")


@dataclass(frozen=True)
class Eraser:
    """A message that is being sent at this moment keeps its words until it is looked at again."""

    spine: Spine
    folder: CaptureFolder

    def erase(self, tx: Transaction, complaint_id: str, parts: frozenset[str]) -> None:
        if TEXT in parts:
            erase_messages(tx, self.spine.tables, complaint_id)
        if not parts & {TEXT, CONTACT}:
            return
        reason = CONTACT_ERASED if CONTACT in parts else TEXT_ERASED
        mine = deliveries.c.complaint_id == complaint_id
        if TEXT not in parts:
            mine = and_(mine, deliveries.c.recipient == CITIZEN)
        rows = tx.execute(select(deliveries).where(mine).with_for_update()).mappings().all()
        now = self.spine.clock.now()
        self._end(tx, [row for row in rows if row["state"] == PENDING], reason, now)
        if CONTACT in parts:
            rows = [*rows, *_codes(tx, rows)]
            _forget_suppressed(tx, rows)
        ids = sorted(row["delivery_id"] for row in rows)
        _clear(tx, ids, contact=CONTACT in parts, now=now)
        tx.after_commit(partial(_remove, self._files(rows)))

    def _end(self, tx: Transaction, rows: Sequence[RowMapping], reason: str, now: datetime) -> None:
        for row in rows:
            why = reason if row["recipient"] == CITIZEN else TEXT_ERASED
            ended = {"state": SKIPPED, "reason": why, "channel": NONE, "finished_at": now, **FREE}
            tx.execute(update(deliveries).where(deliveries.c.delivery_id == row["delivery_id"]).values(ended))
            say_finished(
                self.spine, tx, row["delivery_id"], delivery_of(row),
                channel=NONE, state=SKIPPED, reason=why, now=now,
            )  # fmt: skip

    def _files(self, rows: Sequence[RowMapping]) -> list[Path]:
        """By whatever channel it was captured: a delivery may have gone on by another since."""
        return [self.folder.folder / file_name(delivery_of(row), suffix) for row in rows for suffix in _SUFFIXES]


def _clear(tx: Transaction, ids: Sequence[str], *, contact: bool, now: datetime) -> None:
    mine = and_(deliveries.c.delivery_id.in_(ids), deliveries.c.state != SENDING)
    changes: dict[str, Any] = {"data": {}, "cleared_at": now}
    tx.execute(update(deliveries).where(mine, deliveries.c.cleared_at.is_(None)).values(changes))
    if contact:
        of_citizen = deliveries.c.recipient == CITIZEN
        tx.execute(update(deliveries).where(mine, of_citizen).values(contact_ref=None, recipient_key=None))
    for table in (attempts, reports):
        tx.execute(update(table).where(table.c.delivery_id.in_(ids), table.c.answer != "").values(answer=""))


def _codes(tx: Transaction, rows: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """The codes that were sent to the same contact before there was a complaint: no complaint's id leads to them."""
    ended = deliveries.c.state.not_in((PENDING, SENDING))
    mine = and_(deliveries.c.recipient_key.in_(_keys(rows)), deliveries.c.message == CONTACT_CODE, ended)
    return tx.execute(select(deliveries).where(mine).with_for_update()).mappings().all()


def _forget_suppressed(tx: Transaction, rows: Sequence[RowMapping]) -> None:
    """Addresses that nothing is sent to stay on the list only while another message was for the same contact."""
    ids = sorted(row["delivery_id"] for row in rows if row["recipient"] == CITIZEN)
    listed: ColumnElement[bool] = or_(suppressions.c.key.in_(_keys(rows)), suppressions.c.delivery_id.in_(ids))
    others = and_(deliveries.c.recipient_key == suppressions.c.key, deliveries.c.delivery_id.not_in(ids))
    tx.execute(delete(suppressions).where(listed, ~exists().where(others)))


def _keys(rows: Sequence[RowMapping]) -> list[str]:
    return sorted({row["recipient_key"] for row in rows if row["recipient_key"]})


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
