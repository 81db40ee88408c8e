"""What the receiver's side reported of a delivery, written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from services.notifier.delivery import NEXT_STATES, PENDING, SENDING, SETTLED, Delivery
from services.notifier.repository import delivery_of
from services.notifier.tables import deliveries
from shared.errors import Transient
from shared.storage.database import Transaction


def apply_report(tx: Transaction, delivery_id: str, *, state: str, reason: str, now: datetime) -> Delivery | None:
    """Into the state that the receiver's side reports, if it leads there from where the delivery is now.

    The report may come before the outcome of the attempt was written down: then it has to be heard again.
    Raises `Transient` for that; None when there is no such delivery or it ended otherwise.
    """
    row = tx.execute(select(deliveries).where(deliveries.c.delivery_id == delivery_id).with_for_update()).first()
    if row is None:
        return None
    if row.state == SENDING:
        raise Transient(
            "the attempt that is reported on has not ended yet", code="attempt_not_ended", retry_after_seconds=2.0
        )
    if row.state == PENDING or state not in NEXT_STATES[row.state]:
        return None
    changes: dict[str, Any] = {"state": state, "reason": reason, "finished_at": now}
    if state in SETTLED:
        changes["data"] = {}
    tx.execute(update(deliveries).where(deliveries.c.delivery_id == delivery_id).values(changes))
    return delivery_of(row._mapping)
