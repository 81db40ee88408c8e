"""Publishing again: outbox rows are set back to unpublished, and the relay does the rest.

Safe while everything runs, and as often as one likes: a message keeps its id, so every inbox that has it removes the
double; handlers find their effects by natural keys. Order matters: what an inbox wrongly remembers is forgotten first,
so that a repair that was interrupted finds the same difference again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, delete, update

from services.operations.causes import REPAIRABLE, Cause, Culprit, batches
from services.operations.installation import Installation, Member
from services.operations.letters import operator
from shared.audit import record_act
from shared.messaging.topology import QUEUES


@dataclass(frozen=True)
class Repaired:
    """`messages` will be published again; `forgotten` are inbox rows that claimed what is not there."""

    messages: int
    forgotten: int

    def plus(self, other: Repaired) -> Repaired:
        return Repaired(self.messages + other.messages, self.forgotten + other.forgotten)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def repair(
    installation: Installation, culprits: Iterable[Culprit], progress: Callable[[int], None] = lambda _: None
) -> Repaired:
    chosen = [culprit for culprit in culprits if culprit.cause in REPAIRABLE]
    forgotten = _forget(installation, [one for one in chosen if one.cause is Cause.EFFECT_GONE])
    by_source: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in chosen:
        by_source[one.source][one.message_id].add(one.queue)
    messages = 0
    for source, queues_of in sorted(by_source.items()):
        for batch in batches(sorted(queues_of.items())):
            messages += _publish_again(installation, installation.members[source], batch)
            progress(messages)
    return Repaired(messages, forgotten)


def _forget(installation: Installation, culprits: list[Culprit]) -> int:
    owners = {queue.name: queue.owner for queue in QUEUES}
    by_queue: dict[str, set[str]] = defaultdict(set)
    for one in culprits:
        by_queue[one.queue].add(one.message_id)
    forgotten = 0
    for queue, ids in sorted(by_queue.items()):
        member = installation.members[owners[queue]]
        inbox = member.messaging.inbox
        for batch in batches(sorted(ids)):
            gone = and_(inbox.c.queue == queue, inbox.c.message_id.in_(batch), inbox.c.state == "done")
            with member.database.write() as tx:
                count = tx.execute(delete(inbox).where(gone)).rowcount
                _record(installation, member, tx, "reconcile.forget", batch, {"queue": queue, "count": count})
            forgotten += count
    return forgotten


def _publish_again(installation: Installation, member: Member, batch: list[tuple[str, set[str]]]) -> int:
    outbox, settlements = member.messaging.outbox, member.messaging.settlements
    ids = [message_id for message_id, _ in batch]
    by_queue: dict[str, list[str]] = defaultdict(list)
    for message_id, queues in batch:
        for queue in queues:
            by_queue[queue].append(message_id)
    with member.database.write() as tx:
        for queue, missing in sorted(by_queue.items()):
            tx.execute(delete(settlements).where(settlements.c.queue == queue, settlements.c.message_id.in_(missing)))
        unpublished = {
            "published_at": None, "lease_owner": None, "lease_until": None, "available_at": installation.clock.now(),
        }  # fmt: skip
        published = and_(outbox.c.message_id.in_(ids), outbox.c.published_at.is_not(None))
        count = tx.execute(update(outbox).where(published).values(unpublished)).rowcount
        _record(installation, member, tx, "reconcile.publish", ids, {"queues": sorted(by_queue), "count": count})
    return int(count)


def _record(
    installation: Installation, member: Member, tx: Any, act: str, ids: list[str], details: dict[str, Any]
) -> None:
    """One row for a batch; its first and last id say which it was."""
    record_act(
        tx, member.audit, at=installation.clock.now(), actor=operator(), role="operator", act=act,
        subject=ids[0], reason="tanggap reconcile --repair", details={**details, "first": ids[0], "last": ids[-1]},
    )  # fmt: skip
