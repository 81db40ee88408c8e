"""Which messages a queue should have heard and its inbox has never seen.

Both sides are read in the order of message ids, a range at a time, so that a hundred thousand rows take seconds and
little memory. Ids are UUIDs of one form, which every database sorts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select

from services.operations.installation import Installation, Member
from shared.messaging.topology import TOPOLOGY, Queue

CHUNK = 5_000


@dataclass(frozen=True)
class Unheard:
    """A message that the inbox of `queue` does not know. `published_at` is None while it waits in the outbox."""

    source: str
    message_id: str
    type: str
    subject: str
    queue: str
    said_at: datetime
    published_at: datetime | None


def find_unheard(
    installation: Installation, before: datetime, progress: Callable[[int], None] = lambda _: None
) -> tuple[list[Unheard], int]:
    """Of everything said before that time and not erased since; and how many messages were looked at."""
    unheard: list[Unheard] = []
    looked_at = 0
    for member in installation.members.values():
        for rows in _said(member, before):
            looked_at += len(rows)
            progress(looked_at)
            unheard += _unheard_of(installation, member.name, rows)
    return unheard, looked_at


def _said(member: Member, before: datetime) -> Iterator[Sequence[Row[tuple[object, ...]]]]:
    outbox = member.messaging.outbox
    names = ("message_id", "routing_key", "subject", "queues", "created_at", "published_at")
    whole = select(*(outbox.c[name] for name in names)).where(outbox.c.body != b"")
    statement = whole.order_by(outbox.c.message_id).limit(CHUNK)
    last = ""
    while True:
        with member.database.read() as connection:
            rows = connection.execute(statement.where(outbox.c.message_id > last)).all()
        if not rows:
            return
        last = str(rows[-1].message_id)
        yield [row for row in rows if row.created_at < before]


def _unheard_of(installation: Installation, source: str, rows: Sequence[Row[tuple[object, ...]]]) -> Iterator[Unheard]:
    if not rows:
        return
    first, last = str(rows[0].message_id), str(rows[-1].message_id)
    bound = {key: _bound_queues(key) for key in {str(row.routing_key) for row in rows}}
    heard = {
        queue.name: _heard(installation.members[queue.owner], queue.name, first, last)
        for queue in {queue.name: queue for queues in bound.values() for queue in queues}.values()
        if queue.owner in installation.members
    }
    for row in rows:
        queues = bound[str(row.routing_key)]
        if len(queues) != row.queues:  # said before a queue was added or removed: nobody promised it to the new one
            continue
        for queue in queues:
            if queue.name in heard and row.message_id not in heard[queue.name]:
                yield Unheard(
                    source, str(row.message_id), str(row.routing_key), str(row.subject), queue.name,
                    row.created_at, row.published_at,
                )  # fmt: skip


def _bound_queues(key: str) -> tuple[Queue, ...]:
    return TOPOLOGY.queues_for(key)


def _heard(member: Member, queue: str, first: str, last: str) -> set[str]:
    inbox = member.messaging.inbox
    mine = (inbox.c.queue == queue, inbox.c.message_id >= first, inbox.c.message_id <= last)
    with member.database.read() as connection:
        return {row[0] for row in connection.execute(select(inbox.c.message_id).where(*mine))}
