"""What people do to deliveries, whether at the desk or by a command: with the warning that repeating may need."""

from __future__ import annotations

from sqlalchemy import select

from services.notifier.delivery import EMAIL, SMS, UNCERTAIN, Delivery
from services.notifier.sending import by_hand
from services.notifier.sending.by_hand import Person
from services.notifier.tables import deliveries
from shared.errors import Refused
from shared.service import Spine
from shared.storage.database import Transaction

MAY_ARRIVE_TWICE = "may_arrive_twice"
_KEEP_DOUBLES = frozenset({EMAIL, SMS})
"""Channels whose receivers do not remove what comes twice."""


def retry(tx: Transaction, spine: Spine, delivery_id: str, by: Person, *, sure: bool = False) -> Delivery:
    """Raises `Refused` for what `by_hand.retry` refuses; and, unless `sure`, for what may have arrived already."""
    mine = select(deliveries.c.state, deliveries.c.channel).where(deliveries.c.delivery_id == delivery_id)
    row = tx.execute(mine).first()
    if row is not None and may_arrive_twice(row.state, row.channel) and not sure:
        raise Refused(
            "nobody knows whether it arrived: sent again it may arrive twice", code=MAY_ARRIVE_TWICE, status=409
        )
    return by_hand.retry(tx, spine, delivery_id, by)


def cancel(tx: Transaction, spine: Spine, delivery_id: str, by: Person) -> Delivery:
    return by_hand.cancel(tx, spine, delivery_id, by)


def may_arrive_twice(state: str, channel: str) -> bool:
    return state == UNCERTAIN and channel in _KEEP_DOUBLES
