"""Why something is missing: where its message got stuck. That decides whether publishing it again helps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select

from services.operations.facts import ASSIGNED, Gap
from services.operations.installation import Installation
from services.operations.messages import Unheard
from shared.messaging.broker import Depth
from shared.messaging.topology import QUEUES, TOPOLOGY

_BATCH = 500
T = TypeVar("T")


class Cause(StrEnum):
    NOT_HEARD = "not_heard"  # published, in no queue, in no inbox
    EFFECT_GONE = "effect_gone"  # the inbox says it was handled, but what it did is not there
    NOT_PUBLISHED = "not_published"  # the outbox still has it
    ON_THE_WAY = "on_the_way"  # published a moment ago
    IN_QUEUE = "in_queue"  # the broker holds as many as are missing
    BEING_TRIED = "being_tried"
    DEAD_LETTER = "dead_letter"
    DISCARDED = "discarded"
    MESSAGE_GONE = "message_gone"  # the outbox has forgotten it
    NONE = ""


REPAIRABLE = frozenset({Cause.NOT_HEARD, Cause.EFFECT_GONE})
PASSING = frozenset({Cause.NOT_PUBLISHED, Cause.ON_THE_WAY, Cause.IN_QUEUE, Cause.BEING_TRIED})
"""What may close by itself while the services run."""
TOLD: Mapping[Cause, str] = {
    Cause.NOT_HEARD: "its message was published and never arrived",
    Cause.EFFECT_GONE: "its message was handled, what it did is gone",
    Cause.NOT_PUBLISHED: "its message waits in the outbox",
    Cause.ON_THE_WAY: "its message was published a moment ago",
    Cause.IN_QUEUE: "its message waits in the queue",
    Cause.BEING_TRIED: "its message is being tried",
    Cause.DEAD_LETTER: "its message is a dead letter: tanggap dead list",
    Cause.DISCARDED: "a person discarded its message",
    Cause.MESSAGE_GONE: "its message is too old to be sent again",
    Cause.NONE: "",
}
_BY_STATE = {
    "trying": Cause.BEING_TRIED,
    "retrying": Cause.BEING_TRIED,
    "dead": Cause.DEAD_LETTER,
    "discarded": Cause.DISCARDED,
    "done": Cause.EFFECT_GONE,
}


@dataclass(frozen=True)
class Culprit:
    """The message that would close a gap, and what became of it at `queue`."""

    cause: Cause
    source: str = ""
    message_id: str = ""
    type: str = ""
    queue: str = ""


def causes_of_unheard(
    unheard: Sequence[Unheard], depths: Mapping[str, Depth | None], before: datetime
) -> list[Culprit]:
    """One for each; what was published after `before` is still on the way.

    What lies in a queue are the messages that were published last: it is emptied from the front.
    """
    in_queue: set[tuple[str, str]] = set()
    by_queue: dict[str, list[Unheard]] = defaultdict(list)
    for one in unheard:
        if one.published_at is not None:
            by_queue[one.queue].append(one)
    for queue, missing in by_queue.items():
        depth = depths.get(queue)
        ready = depth.ready if depth else 0
        newest = sorted(missing, key=lambda one: str(one.published_at), reverse=True)[:ready]
        in_queue |= {(one.message_id, queue) for one in newest}
    return [_culprit(one, (one.message_id, one.queue) in in_queue, before) for one in unheard]


def causes_of_gaps(
    installation: Installation, gaps: Sequence[Gap], known: Mapping[tuple[str, str], Culprit], before: datetime
) -> list[Culprit]:
    """One for each gap. `known` are the messages that a queue has not heard, by (message id, queue)."""
    found = {gap: message for gap, message in _messages(installation, gaps)}
    pairs = {gap: (message[0], _queue(message[1], gap.service)) for gap, message in found.items()}
    states = _states(installation, [pair for pair in pairs.values() if pair not in known])
    culprits = []
    for gap in gaps:
        if not gap.source:
            culprits.append(Culprit(Cause.NONE))
        elif gap not in found:
            culprits.append(Culprit(Cause.MESSAGE_GONE, gap.source))
        elif pairs[gap] in known:
            culprits.append(known[pairs[gap]])
        else:
            message_id, type_, published_at = found[gap]
            state = states.get(pairs[gap])
            cause = _BY_STATE[state] if state else _unheard_cause(published_at, False, before)
            culprits.append(Culprit(cause, gap.source, message_id, type_, pairs[gap][1]))
    return culprits


def batches(items: Iterable[T], size: int = _BATCH) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _culprit(one: Unheard, in_queue: bool, before: datetime) -> Culprit:
    return Culprit(_unheard_cause(one.published_at, in_queue, before), one.source, one.message_id, one.type, one.queue)


def _unheard_cause(published_at: datetime | None, in_queue: bool, before: datetime) -> Cause:
    if published_at is None:
        return Cause.NOT_PUBLISHED
    if in_queue:
        return Cause.IN_QUEUE
    return Cause.ON_THE_WAY if published_at > before else Cause.NOT_HEARD


def _queue(type_: str, owner: str) -> str:
    return next(queue.name for queue in TOPOLOGY.queues_for(type_) if queue.owner == owner)


def _messages(
    installation: Installation, gaps: Sequence[Gap]
) -> Iterator[tuple[Gap, tuple[str, str, datetime | None]]]:
    """(message id, type, when published) of the message that each gap wants, where its outbox still has it."""
    by_source: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        if gap.source:
            by_source[gap.source].append(gap)
    for source, wanting in by_source.items():
        rows = _said_about(installation, source, {gap.complaint_id for gap in wanting})
        for gap in wanting:
            for row in rows.get(gap.complaint_id, ()):
                if row.routing_key in gap.types and (gap.types != ASSIGNED or _assignment(row.body) == gap.assignment):
                    yield gap, (str(row.message_id), str(row.routing_key), row.published_at)
                    break


def _said_about(installation: Installation, source: str, subjects: set[str]) -> dict[str, list[Any]]:
    member = installation.members[source]
    outbox = member.messaging.outbox
    columns = [outbox.c[name] for name in ("subject", "message_id", "routing_key", "published_at")]
    if source == "desk":  # of several assignments, the body says which
        columns.append(outbox.c.body)
    said: dict[str, list[Any]] = defaultdict(list)
    for batch in batches(sorted(subjects)):
        with member.database.read() as connection:
            for row in connection.execute(select(*columns).where(outbox.c.subject.in_(batch)).order_by(outbox.c.seq)):
                said[row.subject].append(row)
    return said


def _assignment(body: bytes) -> int | None:
    try:
        return int(json.loads(bytes(body))["data"]["assignment"])
    except (ValueError, KeyError, TypeError):
        return None


def _states(installation: Installation, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    by_queue: dict[str, set[str]] = defaultdict(set)
    for message_id, queue in pairs:
        by_queue[queue].add(message_id)
    owners = {queue.name: queue.owner for queue in QUEUES}
    states: dict[tuple[str, str], str] = {}
    for queue, ids in by_queue.items():
        member = installation.members[owners[queue]]
        inbox = member.messaging.inbox
        for batch in batches(sorted(ids)):
            mine = (inbox.c.queue == queue, inbox.c.message_id.in_(batch))
            with member.database.read() as connection:
                for row in connection.execute(select(inbox.c.message_id, inbox.c.state).where(*mine)):
                    states[(row.message_id, queue)] = row.state
    return states
