"""Every exchange, queue and routing key of the system, as data.

`tanggap migrate` declares it whole; services only check that it is there. Names carry a version, since a queue's
arguments cannot be changed later. All queues are quorum queues whose delivery limit and dead-letter exchange are a
backstop: retries and dead letters proper are rows of the inbox.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVENTS = "tanggap.events"
AGENCIES = "tanggap.agencies"
DEAD = "tanggap.dead"

EXCHANGES: dict[str, str] = {EVENTS: "topic", AGENCIES: "topic", DEAD: "direct"}

SAYS: dict[str, tuple[str, ...]] = {
    "intake": (
        "complaint.received.v1", "complaint.added.v1", "complaint.followed.v1", "complaint.lapsed.v1",
        "complaint.rated.v1", "complaint.erased.v1", "contact.check-asked.v1", "delivery.reported.v1",
    ),
    "router": ("complaint.routed.v1", "complaint.unrouted.v1", "complaint.reassessed.v1"),
    "notifier": ("delivery.finished.v1",),
    "desk": (
        "agency.changed.v1", "case.assigned.v1", "case.acknowledged.v1", "case.answered.v1", "case.closed.v1",
        "case.archived.v1", "case.asked.v1", "case.resumed.v1", "case.withdrawn.v1", "case.returned.v1",
        "case.reopened.v1", "case.merged.v1", "case.split.v1", "case.copied.v1", "case.escalated.v1",
        "case.published.v1", "case.unpublished.v1", "statistics.published.v1", "person.mail-wanted.v1", "audit.head.v1",
    ),
}  # fmt: skip
"""Which service says which facts; the routing key of a fact is its type."""


@dataclass(frozen=True)
class Queue:
    """`keys` are the facts it hears. Every queue `x` has a `x.dead` where the broker's backstop parks messages."""

    name: str
    owner: str
    keys: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def dead(self) -> str:
        return f"{self.name}.dead"


DELIVERY_LIMIT = 100
"""Far above the inbox's own limits: it only ends messages whose consumer dies before it can mark them."""


def quorum_queue(name: str, owner: str, *keys: str) -> Queue:
    return Queue(
        name,
        owner,
        keys,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-routing-key": name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


DEAD_QUEUE_ARGUMENTS: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
"""RabbitMQ 4 by default drops what was looked at twenty times. Its word for no limit, -1, makes 3.10 drop at once."""

QUEUES: tuple[Queue, ...] = (
    quorum_queue(
        "router.route-complaint.v1", "router",
        "complaint.received.v1", "complaint.added.v1", "complaint.erased.v1", "agency.changed.v1",
    ),
    quorum_queue("router.keep-labels.v1", "router", "case.assigned.v1"),
    quorum_queue(
        "notifier.plan-deliveries.v1", "notifier",
        "complaint.received.v1", "complaint.routed.v1", "complaint.added.v1", "complaint.followed.v1",
        "complaint.erased.v1",
        "case.assigned.v1", "case.acknowledged.v1", "case.answered.v1", "case.closed.v1", "case.archived.v1",
        "case.asked.v1", "case.resumed.v1", "case.withdrawn.v1", "case.reopened.v1", "case.copied.v1",
        "case.escalated.v1",
        "agency.changed.v1", "contact.check-asked.v1", "delivery.reported.v1", "person.mail-wanted.v1",
        "audit.head.v1",
    ),
    quorum_queue(
        "desk.keep-cases.v1", "desk",
        "complaint.routed.v1", "complaint.unrouted.v1", "complaint.reassessed.v1", "complaint.added.v1",
        "complaint.followed.v1", "complaint.lapsed.v1", "complaint.rated.v1", "complaint.erased.v1",
        "delivery.finished.v1",
    ),
    quorum_queue(
        "intake.keep-timeline.v1", "intake",
        "complaint.routed.v1", "complaint.unrouted.v1", "case.assigned.v1", "case.acknowledged.v1", "case.answered.v1",
        "case.closed.v1", "case.archived.v1", "case.asked.v1", "case.resumed.v1", "case.withdrawn.v1",
        "case.returned.v1", "case.reopened.v1", "case.merged.v1", "case.split.v1", "case.published.v1",
        "case.unpublished.v1", "statistics.published.v1",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Topology:
    """A view on the tables above; tests build smaller ones."""

    queues: tuple[Queue, ...] = QUEUES

    def queues_for(self, routing_key: str) -> tuple[Queue, ...]:
        return tuple(queue for queue in self.queues if routing_key in queue.keys)

    def queues_of(self, owner: str) -> tuple[Queue, ...]:
        return tuple(queue for queue in self.queues if queue.owner == owner)


TOPOLOGY = Topology()
