"""How long messages have been waiting in agencies' queues.

The broker tells how many there are, not since when; but what lies in a queue is the last that was put there. So with n
messages in it, the oldest is the n-th newest that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, select

from services.notifier.agency_queues.accounts import AmqpAccount
from services.notifier.delivery import AMQP, DELIVERED, SENT
from services.notifier.tables import deliveries
from shared.messaging.agency_queues import MOST_MESSAGES

OLD = timedelta(hours=1)
FULL_SHARE = 0.8


class QueueDepth(Protocol):
    @property
    def ready(self) -> int: ...
    @property
    def consumers(self) -> int: ...


@dataclass(frozen=True)
class AgencyQueueAge:
    """`waiting` and `consumers` are None when there is no queue; `oldest_at` when none waits, or none is known."""

    agency: str
    queue: str
    waiting: int | None
    consumers: int | None
    oldest_at: datetime | None

    @property
    def missing(self) -> bool:
        return self.waiting is None

    @property
    def full(self) -> bool:
        return (self.waiting or 0) >= MOST_MESSAGES

    @property
    def nearly_full(self) -> bool:
        return (self.waiting or 0) > FULL_SHARE * MOST_MESSAGES

    def age(self, now: datetime) -> timedelta:
        return timedelta(0) if self.oldest_at is None else max(timedelta(0), now - self.oldest_at)

    def old(self, now: datetime) -> bool:
        return self.age(now) > OLD


def agency_queue_ages(
    connection: Connection, accounts: Sequence[AmqpAccount], depths: Mapping[str, QueueDepth | None]
) -> list[AgencyQueueAge]:
    """For each account; `depths` by queue, None or absent for one that does not exist."""
    ages = []
    for account in accounts:
        depth = depths.get(account.queue)
        oldest = _nth_newest(connection, account.agency, depth.ready) if depth and depth.ready else None
        waiting, consumers = (depth.ready, depth.consumers) if depth else (None, None)
        ages.append(AgencyQueueAge(account.agency, account.queue, waiting, consumers, oldest))
    return ages


def _nth_newest(connection: Connection, agency: str, number: int) -> datetime | None:
    """When it was sent; of fewer, the first one."""
    mine = (
        deliveries.c.recipient == agency,
        deliveries.c.channel == AMQP,
        deliveries.c.state.in_((SENT, DELIVERED)),
    )
    newest = select(deliveries.c.finished_at).where(*mine).order_by(deliveries.c.finished_at.desc()).limit(number)
    rows = connection.execute(newest).all()
    return rows[-1].finished_at if rows else None
