"""What lay in an agency's queue when the broker lost its disk: put there once more.

Nobody knows what the agency had fetched already, so all of a span goes again, under the same ids: whoever reads the
queue removes doubles by them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import update

from services.notifier.delivery import AMQP, PENDING, SENT
from services.notifier.tables import deliveries
from shared.storage.database import Transaction


def send_again(tx: Transaction, agencies: Collection[str], *, since: datetime, now: datetime) -> int:
    """How many of these agencies' messages, sent to a queue since then, are due now. Not those of which retention has
    removed what they said. A running notifier takes them within a few seconds.
    """
    lost = (
        deliveries.c.recipient.in_(sorted(agencies)),
        deliveries.c.channel == AMQP,
        deliveries.c.state == SENT,
        deliveries.c.finished_at >= since,
        deliveries.c.cleared_at.is_(None),
    )
    changes: dict[str, Any] = {"state": PENDING, "reason": "", "since": now, "due_at": now, "finished_at": None}
    return tx.execute(update(deliveries).where(*lost).values(changes)).rowcount
