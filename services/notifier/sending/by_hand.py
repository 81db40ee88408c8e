"""What a person does to a delivery: send it once more, or not at all. Each act is an audit row in its transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, update

from services.notifier.delivery import ANY, BY_HAND, NONE, PENDING, SKIPPED, Delivery, lane_of
from services.notifier.repository import delivery_of
from services.notifier.sending.calling import call
from services.notifier.sending.ledger import say_finished
from services.notifier.tables import audit, deliveries
from shared.audit import record_act
from shared.errors import Refused
from shared.service import Spine
from shared.storage.database import Transaction
from shared.storage.leases import FREE, runs

CANCELLED = "cancelled"


@dataclass(frozen=True)
class Person:
    """Who acts. `role` is what the person is, `why` what they say about it."""

    name: str
    role: str
    why: str


def retry(tx: Transaction, spine: Spine, delivery_id: str, by: Person) -> Delivery:
    """Starts it anew under its id: by all channels, and with all the time. What is uncertain may arrive twice.

    Raises `Refused`: it is not there, it is on its way or arrived, or what it said is kept no longer.
    """
    now, row = spine.clock.now(), _held_row(tx, delivery_id)
    if PENDING not in BY_HAND[row["state"]]:
        raise Refused(f"a delivery that is {row['state']} cannot be sent again", code="not_retryable", status=409)
    if not row["data"]:
        raise Refused("what the message said is kept no longer", code="message_cleared", status=409)
    changes = {
        "state": PENDING, "channel": ANY, "lane": lane_of(ANY, row["recipient"]), "gave_up": [], "attempts": 0,
        "reason": "", "since": now, "due_at": now, "finished_at": None, **FREE,
    }  # fmt: skip
    tx.execute(update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(changes))
    _note(tx, row, "delivery.retry", by, now)
    call(tx, spine.bells, [lane_of(ANY, row["recipient"])])
    return delivery_of(row)


def cancel(tx: Transaction, spine: Spine, delivery_id: str, by: Person) -> Delivery:
    """It ends as `skipped: cancelled`, and can be sent again later by `retry`.

    Raises `Refused`: it is not there, or it is in hand, sent or ended already.
    """
    now, row = spine.clock.now(), _held_row(tx, delivery_id)
    if row["state"] != PENDING:
        raise Refused(f"a delivery that is {row['state']} cannot be cancelled", code="not_cancellable", status=409)
    if runs(row, now):
        raise Refused("somebody is about to send it; try again in a minute", code="in_hand", status=409)
    changes = {"state": SKIPPED, "reason": CANCELLED, "channel": NONE, "finished_at": now, **FREE}
    tx.execute(update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(changes))
    _note(tx, row, "delivery.cancel", by, now)
    delivery = delivery_of(row)
    say_finished(spine, tx, delivery_id, delivery, channel=NONE, state=SKIPPED, reason=CANCELLED, now=now)
    return delivery


def _held_row(tx: Transaction, delivery_id: str) -> RowMapping:
    mine = select(deliveries).where(deliveries.c.delivery_id == delivery_id)
    row = tx.execute(mine.with_for_update()).mappings().first()
    if row is None:
        raise Refused("there is no such delivery", code="no_such_delivery", status=404)
    return row


def _note(tx: Transaction, row: RowMapping, act: str, by: Person, now: datetime) -> None:
    details: dict[str, Any] = {"was": row["state"], "reason": row["reason"], "channel": row["channel"]}
    record_act(
        tx, audit, at=now, actor=by.name, role=by.role, act=act, subject=row["delivery_id"], reason=by.why,
        details=details,
    )  # fmt: skip
