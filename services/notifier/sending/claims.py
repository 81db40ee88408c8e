"""Holding deliveries: taking those of one lane, giving them back, putting them off, passing them on.

Every change names the lease it is made under, so that a worker that lost its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, any_, bindparam, func, or_, select, update

from services.notifier.delivery import ANY, PENDING, SENDING, Delivery, lane_of
from services.notifier.repository import delivery_of
from services.notifier.sending.due_lanes import UNFINISHED
from services.notifier.tables import deliveries
from shared.storage.database import Database, Transaction
from shared.storage.leases import FREE, Lease

MOST_PROBLEM_SIGNS = 64


@dataclass(frozen=True)
class Later:
    """When a delivery is to be tried again, and why it could not be now. `tried`: it counts as a try.

    `since`, if given, moves the moment from which the patience with its channel is counted.
    """

    delivery: Delivery
    due_at: datetime
    problem: str
    tried: bool = True
    since: datetime | None = None


@dataclass(frozen=True)
class Passed:
    """A delivery that another channel is to take. `key` tells equal contacts of citizens without naming them."""

    delivery: Delivery
    channel: str
    key: str = ""


def claim_lane(
    database: Database, lane: str, lease: Lease, now: datetime, most: int, *, since_before: datetime | None = None
) -> list[Delivery]:
    """Gives up to `most` deliveries of the lane to the lease, the longest due first.

    Those are due, or their sender died while sending. `since_before` takes only those whose channel has had them since
    before that.
    """
    statement = _CLAIM if since_before is None else _CLAIM_OVERDUE
    of = {"of_lane": lane, "now": now, "most": most, "owner": lease.owner, "until": lease.until}
    with database.write() as tx:
        rows = tx.execute(statement[database.dialect], {**of, "since_before": since_before}).mappings().all()
    return sorted((delivery_of(row) for row in rows), key=lambda one: (one.planned_at, one.delivery_id))


def release_all(tx: Transaction) -> None:
    """For a process that is alone on its database, as it starts: what was held before is held by nobody."""
    tx.execute(update(deliveries).where(deliveries.c.lease_until.is_not(None)).values(FREE))


def release(tx: Transaction, held: Sequence[Delivery], lease: Lease) -> None:
    """Those that were held and not tried: as they were before."""
    if held:
        ids = sorted(one.delivery_id for one in held)
        mine = and_(deliveries.c.delivery_id.in_(ids), deliveries.c.lease_owner == lease.owner)
        tx.execute(update(deliveries).where(mine, deliveries.c.state == PENDING).values(FREE))


def put_off(tx: Transaction, later: Sequence[Later], lease: Lease) -> None:
    """Back to `pending`, just before the commit, to be tried when it is due again."""
    rows = [
        {
            "mine": one.delivery.delivery_id,
            "owner": lease.owner,
            "new_due_at": one.due_at,
            "new_attempts": one.delivery.attempts + (1 if one.tried else 0),
            "new_problem": one.problem[:MOST_PROBLEM_SIGNS],
            "new_since": one.since or one.delivery.since or one.delivery.planned_at,
        }
        for one in sorted(later, key=lambda one: one.delivery.delivery_id)
    ]
    if rows:
        tx.execute_late(_PUT_OFF, rows)


def pass_on(tx: Transaction, passed: Sequence[Passed], lease: Lease, now: datetime) -> None:
    """Into the lane of the chosen channel, just before the commit; it is due there at once."""
    rows = [
        {
            "mine": one.delivery.delivery_id,
            "owner": lease.owner,
            "new_channel": one.channel,
            "new_lane": lane_of(one.channel, one.delivery.recipient),
            "new_key": one.key or None,
            "new_since": now,
        }
        for one in sorted(passed, key=lambda one: one.delivery.delivery_id)
    ]
    if rows:
        tx.execute_late(_PASS_ON, rows)


def give_channel_up(
    tx: Transaction, delivery: Delivery, lease: Lease, *, channel: str, problem: str, now: datetime
) -> bool:
    """To be sorted anew without this channel. False when somebody else holds it now."""
    changes: Mapping[str, Any] = {
        "state": PENDING, "channel": ANY, "lane": lane_of(ANY, delivery.recipient),
        "gave_up": [*delivery.gave_up, channel], "attempts": 0, "last_problem": problem[:MOST_PROBLEM_SIGNS],
        "since": now, "due_at": now, **FREE,
    }  # fmt: skip
    mine = and_(
        deliveries.c.delivery_id == delivery.delivery_id,
        deliveries.c.lease_owner == lease.owner,
        deliveries.c.state.in_((PENDING, SENDING)),
    )
    return tx.execute(update(deliveries).where(mine).values(dict(changes))).rowcount > 0


def _claim(dialect: str, *more: ColumnElement[bool]) -> Update:
    """Choosing and holding in one question. What somebody else is about to hold is passed over."""
    free = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= bindparam("now"))
    chosen = (
        select(deliveries.c.delivery_id)
        .where(UNFINISHED, deliveries.c.lane == bindparam("of_lane"), deliveries.c.due_at <= bindparam("now"), free)
        .where(*more)
        .order_by(deliveries.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    # PostgreSQL may run a subquery again for each row; an array of its rows is made once.
    is_chosen = (
        deliveries.c.delivery_id == any_(func.array(chosen.scalar_subquery()))
        if dialect == "postgresql"
        else deliveries.c.delivery_id.in_(chosen)
    )
    held = update(deliveries).where(is_chosen).values(lease_owner=bindparam("owner"), lease_until=bindparam("until"))
    return held.returning(*deliveries.c)


_OVERDUE = deliveries.c.since <= bindparam("since_before")
_CLAIM = {dialect: _claim(dialect) for dialect in ("postgresql", "sqlite")}
_CLAIM_OVERDUE = {dialect: _claim(dialect, _OVERDUE) for dialect in ("postgresql", "sqlite")}
_MINE = and_(deliveries.c.delivery_id == bindparam("mine"), deliveries.c.lease_owner == bindparam("owner"))
_PUT_OFF = (
    update(deliveries)
    .where(_MINE, or_(deliveries.c.state == PENDING, deliveries.c.state == SENDING))
    .values(
        state=PENDING, due_at=bindparam("new_due_at"), attempts=bindparam("new_attempts"),
        last_problem=bindparam("new_problem"), since=bindparam("new_since"), **FREE,
    )
)  # fmt: skip
_PASS_ON = (
    update(deliveries)
    .where(_MINE, deliveries.c.state == PENDING)
    .values(
        channel=bindparam("new_channel"), lane=bindparam("new_lane"), recipient_key=bindparam("new_key"),
        since=bindparam("new_since"), **FREE,
    )
)  # fmt: skip
