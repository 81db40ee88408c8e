"""The rows of attempts: begun before the call, ended after it; and the final states they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, delete, or_, select, update

from services.notifier.delivery import NEXT_STATES, PENDING, SENDING, Delivery
from services.notifier.tables import attempts, deliveries
from services.notifier.way_out import Outcome
from shared.ids import new_id
from shared.storage.database import Transaction
from shared.storage.leases import FREE, Lease
from shared.storage.upsert import add_new, change_late

RETRY = "retry"
"""The outcome of an attempt whose message was surely not taken, and goes on."""


@dataclass(frozen=True)
class OpenAttempt:
    """An attempt that was begun and of which no end is known."""

    attempt_id: str
    via: str
    started_at: datetime


def open_attempts(connection: Connection, delivery_ids: Iterable[str]) -> dict[str, OpenAttempt]:
    statement = select(attempts.c.delivery_id, attempts.c.attempt_id, attempts.c.via, attempts.c.started_at)
    mine = attempts.c.delivery_id.in_(sorted(set(delivery_ids)))
    rows = connection.execute(statement.where(mine, attempts.c.outcome == SENDING).order_by(attempts.c.number))
    return {row[0]: OpenAttempt(row[1], row[2], row[3]) for row in rows}


def ids_for(held: Sequence[Delivery]) -> dict[str, str]:
    """A new attempt's id for each delivery, for `begin`."""
    return {one.delivery_id: new_id() for one in held}


def begin(
    tx: Transaction,
    held: Sequence[Delivery],
    lease: Lease,
    *,
    channel: str,
    via: str,
    now: datetime,
    ids: Mapping[str, str] | None = None,
) -> dict[str, OpenAttempt]:
    """`sending`, under leases prolonged to `lease.until`; by delivery id. What somebody else holds now is left out.

    A commit whose answer was lost may have counted: the same again, with the same lease and `ids`, finds its marks.
    """
    if not held:
        return {}
    ids = ids_for(held) if ids is None else ids
    changed = tx.execute(_BEGIN, {**_of(held, lease), "until": lease.until})
    still_mine = {row.delivery_id for row in changed}
    begun = {
        one.delivery_id: OpenAttempt(ids[one.delivery_id], via, now) for one in held if one.delivery_id in still_mine
    }
    rows = [
        {
            "attempt_id": begun[one.delivery_id].attempt_id, "delivery_id": one.delivery_id,
            "number": one.attempts + 1, "channel": channel, "via": via,
            "started_at": now, "outcome": SENDING, "reason": "", "answer": "",
        }
        for one in held
        if one.delivery_id in begun
    ]  # fmt: skip
    add_new(tx, attempts, rows)
    return begun


def take_back(tx: Transaction, begun: Sequence[tuple[Delivery, OpenAttempt]], lease: Lease) -> None:
    """Those that were marked and whose call was not made: as if they had not been begun."""
    if not begun:
        return
    changed = tx.execute(_TAKE_BACK, _of([one for one, _ in begun], lease))
    back = {row.delivery_id for row in changed}
    ids = [attempt.attempt_id for one, attempt in begun if one.delivery_id in back]
    tx.execute(delete(attempts).where(attempts.c.attempt_id.in_(ids)))


def end(tx: Transaction, attempt: OpenAttempt, outcome: Outcome, now: datetime, seconds: float | None) -> None:
    """`seconds` is None when the end was not seen."""
    row = {
        "attempt_id": attempt.attempt_id, "outcome": RETRY if outcome.state == PENDING else outcome.state,
        "reason": outcome.reason, "answer": outcome.answer, "finished_at": now, "duration_seconds": seconds,
    }  # fmt: skip
    change_late(tx, attempts, [row])


def finish(
    tx: Transaction, held: Sequence[Delivery], lease: Lease, *, state: str, reason: str, channel: str, now: datetime
) -> set[str]:
    """Into a final state. Gives the ids of those changed; the others are held by somebody else now."""
    sources = [source for source, targets in NEXT_STATES.items() if state in targets]
    end = {"sources": sources, "new_state": state, "new_reason": reason, "new_channel": channel, "at": now}
    return {row.delivery_id for row in tx.execute(_FINISH, {**_of(held, lease), **end})}


def _of(held: Sequence[Delivery], lease: Lease) -> dict[str, Any]:
    """In sorted order: two transactions that change the same rows then wait, not deadlock."""
    return {"ids": sorted(one.delivery_id for one in held), "owner": lease.owner}


# Building a statement costs as much as running it, so these are built once.
_MINE = and_(
    deliveries.c.delivery_id.in_(bindparam("ids", expanding=True)), deliveries.c.lease_owner == bindparam("owner")
)
_WAITS = deliveries.c.state == PENDING
_IS_MARKED = and_(deliveries.c.state == SENDING, deliveries.c.lease_until == bindparam("until"))
_BEGIN = (
    update(deliveries)
    .where(_MINE, or_(_WAITS, _IS_MARKED))
    .values(
        state=SENDING, attempts=deliveries.c.attempts + case((_WAITS, 1), else_=0), lease_until=bindparam("until"),
    )
    .returning(deliveries.c.delivery_id)
)  # fmt: skip
_TAKE_BACK = (
    update(deliveries)
    .where(_MINE, deliveries.c.state == SENDING)
    .values(state=PENDING, attempts=deliveries.c.attempts - 1, **FREE)
    .returning(deliveries.c.delivery_id)
)
_FINISH = (
    update(deliveries)
    .where(_MINE, deliveries.c.state.in_(bindparam("sources", expanding=True)))
    .values(
        state=bindparam("new_state"), reason=bindparam("new_reason"), channel=bindparam("new_channel"),
        finished_at=bindparam("at"), **FREE,
    )
    .returning(deliveries.c.delivery_id)
)  # fmt: skip
