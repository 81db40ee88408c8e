"""What waits where: outboxes, inboxes, the broker's queues, deliveries. Counts and ages only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from services.notifier.delivery import PENDING, SENDING
from services.notifier.tables import deliveries
from services.operations.installation import Installation, Member
from services.operations.sentences import counted
from shared.errors import TanggapError
from shared.messaging.broker import Depth
from shared.messaging.inbox import OPEN_STATES
from shared.messaging.management_api import Membership
from shared.messaging.topology import QUEUES

STUCK_SECONDS = 60.0


@dataclass(frozen=True)
class ServiceCounts:
    """`oldest_*` are ages in seconds, None when there is nothing. `leases` are rows that somebody holds now."""

    service: str
    unpublished: int
    oldest_unpublished_seconds: float | None
    retrying_due: int
    retrying_later: int
    oldest_retrying_seconds: float | None
    trying: int
    dead: int
    leases: int


@dataclass(frozen=True)
class QueueCounts:
    """Depths are None where there is no broker to ask (embedded), and `missing` when the queue does not exist.

    `leader` is the node that leads the queue, `members` keep it and `online` of them are there now; None where the
    broker's management was not asked, or does not answer.
    """

    queue: str
    service: str
    depth: int | None
    parked: int | None
    consumers: int | None
    missing: bool = False
    leader: str | None = None
    members: int | None = None
    online: int | None = None


@dataclass(frozen=True)
class Counts:
    mode: str
    at: datetime
    services: list[ServiceCounts]
    queues: list[QueueCounts]
    deliveries: dict[str, int]
    broker_problem: str = ""

    @property
    def attention(self) -> list[str]:
        """Sentences about what a person should look at; empty when all is well."""
        return [*_of_services(self.services), *_of_queues(self.queues)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "at": self.at.isoformat(),
            "ok": not self.attention and not self.broker_problem,
            "services": [asdict(one) for one in self.services],
            "queues": [asdict(one) for one in self.queues],
            "deliveries": self.deliveries,
            "attention": self.attention,
            "broker_problem": self.broker_problem,
        }


def count_all(installation: Installation) -> Counts:
    """A broker that does not answer is told in `broker_problem`; the databases are counted all the same."""
    now = installation.clock.now()
    services = [_count_service(member, now) for member in installation.members.values()]
    with installation.members["notifier"].database.read() as connection:
        states = select(deliveries.c.state, func.count()).group_by(deliveries.c.state).order_by(deliveries.c.state)
        by_state = {str(row[0]): int(row[1]) for row in connection.execute(states)}
    queues, problem = _count_queues(installation)
    return Counts(installation.mode, now, services, queues, by_state, problem)


def _count_service(member: Member, now: datetime) -> ServiceCounts:
    """Each question fits a partial index, so that what is done long ago costs nothing."""
    outbox, inbox, timers = member.messaging.outbox, member.messaging.inbox, member.messaging.timers
    open_rows = inbox.c.state.in_(OPEN_STATES)
    with member.database.read() as connection:
        waiting = outbox.c.published_at.is_(None)
        unpublished, oldest = connection.execute(
            select(func.count(), func.min(outbox.c.created_at)).where(waiting)
        ).one()
        found = select(inbox.c.state, inbox.c.due_at, inbox.c.received_at).where(open_rows)
        rows = connection.execute(found).all()
        dead = connection.execute(select(func.count()).where(inbox.c.state == "dead")).scalar_one()
        leases = _held(connection, outbox, now, waiting) + _held(connection, inbox, now, open_rows)
        leases += _held(connection, timers, now)
        if member.name == "notifier":
            leases += _held(connection, deliveries, now, deliveries.c.state.in_((PENDING, SENDING)))
    retrying = [row for row in rows if row.state == "retrying"]
    due = [row for row in retrying if row.due_at is None or row.due_at <= now]
    return ServiceCounts(
        service=member.name,
        unpublished=int(unpublished),
        oldest_unpublished_seconds=_age(oldest, now),
        retrying_due=len(due),
        retrying_later=len(retrying) - len(due),
        oldest_retrying_seconds=_age(min((row.received_at for row in retrying), default=None), now),
        trying=len(rows) - len(retrying),
        dead=int(dead),
        leases=leases,
    )


def _held(connection: Connection, table: Table, now: datetime, *which: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).where(table.c.lease_until > now, *which)).scalar_one())


def _count_queues(installation: Installation) -> tuple[list[QueueCounts], str]:
    broker = installation.broker
    if broker is None:
        return [QueueCounts(queue.name, queue.owner, None, None, None) for queue in QUEUES], ""
    try:
        depths = broker.depths([name for queue in QUEUES for name in (queue.name, queue.dead)])
    except TanggapError as error:
        return [QueueCounts(queue.name, queue.owner, None, None, None) for queue in QUEUES], error.message
    kept = _memberships(installation)
    return [
        _queue_counts(queue.name, queue.owner, depths[queue.name], depths[queue.dead], kept.get(queue.name))
        for queue in QUEUES
    ], ""


def _memberships(installation: Installation) -> Mapping[str, Membership]:
    """Only told beside the depths: whoever has no management, or one that is away, still sees those."""
    if installation.management is None:
        return {}
    try:
        return installation.management.memberships()
    except TanggapError:
        return {}


def _queue_counts(
    name: str, owner: str, depth: Depth | None, dead: Depth | None, kept: Membership | None
) -> QueueCounts:  # fmt: skip
    return QueueCounts(
        queue=name,
        service=owner,
        depth=depth.ready if depth else None,
        parked=dead.ready if dead else None,
        consumers=depth.consumers if depth else None,
        missing=depth is None or dead is None,
        leader=kept.leader if kept else None,
        members=kept.members if kept else None,
        online=kept.online if kept else None,
    )


def _of_services(counts: list[ServiceCounts]) -> Iterator[str]:
    for one in counts:
        if one.oldest_unpublished_seconds is not None and one.oldest_unpublished_seconds > STUCK_SECONDS:
            age = f"{one.oldest_unpublished_seconds:.0f} s"
            yield f"{one.service}: {counted(one.unpublished, 'message')} not published, the oldest for {age}"
        if one.dead:
            yield f"{one.service}: {counted(one.dead, 'dead letter')} for a person to judge (tanggap dead list)"


def _of_queues(counts: list[QueueCounts]) -> Iterator[str]:
    for one in counts:
        if one.missing:
            yield f"{one.queue}: the queue or its dead queue does not exist (tanggap migrate)"
        if one.parked:
            yield f"{one.queue}: {counted(one.parked, 'message')} parked (tanggap dead list)"
        if one.depth and one.consumers == 0:
            yield f"{one.queue}: {counted(one.depth, 'message')} waiting, taken by nobody: is {one.service} running?"
        if one.members and one.online is not None and one.online < one.members:
            yield f"{one.queue}: {one.online} of the {one.members} nodes that keep it are there"


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else round(max(0.0, (now - at).total_seconds()), 1)
