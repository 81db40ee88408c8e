"""What the notifier keeps: deliveries with their attempts, and a copy of how agencies are reached.

Every change of a delivery names the state it comes from and the lease it is made under, so that a worker that lost
its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, func, select, update

from services.notifier.delivery import (
    ANY,
    CAPTURED,
    CASE_NOTICE,
    EMAIL,
    NEXT_STATES,
    PENDING,
    SENDING,
    SETTLED,
    SKIPPED,
    Delivery,
    Outcome,
    Planned,
)
from services.notifier.plan import DirectoryEntry
from services.notifier.tables import agencies, attempts, deliveries
from shared.ids import new_id
from shared.observability.tracing import current_traceparent
from shared.storage.database import Database, Transaction
from shared.storage.leases import Lease, claim, is_free
from shared.storage.upsert import add_new, insert_late, insert_new, upsert

_END_ATTEMPT = (
    update(attempts)
    .where(attempts.c.attempt_id == bindparam("ended"))
    .values(
        outcome=bindparam("new_outcome"), reason=bindparam("new_reason"), answer=bindparam("new_answer"),
        finished_at=bindparam("at"), duration_seconds=bindparam("seconds"),
    )
)  # fmt: skip
_DELIVERY_FIELDS = [field.name for field in fields(Delivery)]


@dataclass(frozen=True)
class OpenAttempt:
    """An attempt that was begun and of which no end is known."""

    attempt_id: str
    via: str
    started_at: datetime


def add_pending(tx: Transaction, planned: Sequence[Planned], now: datetime) -> None:
    """Stores, just before the commit, those whose natural key is new."""
    ordered = sorted(planned, key=lambda one: one.natural_key)
    add_new(tx, deliveries, [_row(new_id(), one, now) for one in ordered])


def add_settled(tx: Transaction, planned: Sequence[Planned], now: datetime) -> list[tuple[str, Planned]]:
    """Stores those whose natural key is new; returns them with their ids."""
    by_id = {new_id(): one for one in sorted(planned, key=lambda one: one.natural_key)}
    new = insert_new(tx, deliveries, [_row(key, one, now) for key, one in by_id.items()], deliveries.c.delivery_id)
    return [(key, one) for key, one in by_id.items() if key in new]


def look_up(tx: Transaction) -> None:
    """Asks once for a whole batch what `known_agencies` will be asked for each fact."""
    tx.memory["directory"] = directory(tx.connection)


def known_agencies(tx: Transaction, codes: Iterable[str]) -> Mapping[str, DirectoryEntry]:
    """At least those of these codes that are known."""
    found: Mapping[str, DirectoryEntry] | None = tx.memory.get("directory")
    return directory(tx.connection, codes) if found is None else found


def directory(connection: Connection, codes: Iterable[str] | None = None) -> dict[str, DirectoryEntry]:
    """The agencies that are known, by code; without codes all of them."""
    statement = select(agencies.c.code, agencies.c.name, agencies.c.endpoints)
    if codes is not None:
        statement = statement.where(agencies.c.code.in_(sorted(set(codes))))
    found = connection.execute(statement)
    return {row.code: DirectoryEntry(row.code, row.name, row.endpoints) for row in found}


def store_agency(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keeps the newest revision, in whatever order revisions arrive."""
    tx.memory.pop("directory", None)
    upsert(tx, agencies, dict(row), key=("code",), where=agencies.c.revision < row["revision"])


def add_missing_agencies(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    insert_new(tx, agencies, sorted(rows, key=lambda row: str(row["code"])), agencies.c.code)


def claim_due(database: Database, channel: str, lease: Lease, now: datetime, most: int) -> list[Delivery]:
    """Gives up to `most` deliveries to the lease: those that are due, and those whose sender died while sending.

    Deliveries whose channel is still open are the mail worker's, who settles it.
    """
    channels = (EMAIL, ANY) if channel == EMAIL else (channel,)
    unfinished = deliveries.c.state.in_((PENDING, SENDING))
    due = and_(unfinished, deliveries.c.due_at <= now, deliveries.c.channel.in_(channels), is_free(deliveries, now))
    with database.read() as connection:  # an idle worker must not take SQLite's one writer place each second
        if connection.execute(select(deliveries.c.delivery_id).where(due).limit(1)).first() is None:
            return []
    with database.write() as tx:
        rows = claim(tx, deliveries, due, lease=lease, order_by=deliveries.c.due_at, limit=most)
    return [delivery_of(row) for row in rows]


def release_all(tx: Transaction) -> None:
    """For a process that is alone on its database, as it starts: what was held before is held by nobody."""
    tx.execute(update(deliveries).where(deliveries.c.lease_until.is_not(None)).values(_FREE))


def newest_assignments(connection: Connection, complaint_ids: Iterable[str]) -> dict[str, int]:
    """The number of the last assignment heard of, by complaint."""
    statement = (
        select(deliveries.c.complaint_id, func.max(deliveries.c.assignment))
        .where(deliveries.c.complaint_id.in_(sorted(set(complaint_ids))), deliveries.c.message == CASE_NOTICE)
        .group_by(deliveries.c.complaint_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def open_attempts(connection: Connection, delivery_ids: Iterable[str]) -> dict[str, OpenAttempt]:
    statement = select(attempts.c.delivery_id, attempts.c.attempt_id, attempts.c.via, attempts.c.started_at)
    mine = attempts.c.delivery_id.in_(sorted(set(delivery_ids)))
    rows = connection.execute(statement.where(mine, attempts.c.outcome == SENDING).order_by(attempts.c.number))
    return {row[0]: OpenAttempt(row[1], row[2], row[3]) for row in rows}


def begin_attempts(
    tx: Transaction, held: Sequence[Delivery], lease: Lease, *, channel: str, via: str, now: datetime
) -> dict[str, OpenAttempt]:
    """`sending`, under leases prolonged to `lease.until`; by delivery id. What somebody else holds now is left out."""
    mine = and_(
        deliveries.c.delivery_id.in_([one.delivery_id for one in held]),
        deliveries.c.lease_owner == lease.owner,
        deliveries.c.state == PENDING,
    )
    changes = {
        "state": SENDING,
        "channel": channel,
        "attempts": deliveries.c.attempts + 1,
        "lease_until": lease.until,
    }
    changed = tx.execute(update(deliveries).where(mine).values(changes).returning(deliveries.c.delivery_id))
    still_mine = {row.delivery_id for row in changed}
    begun = {one.delivery_id: OpenAttempt(new_id(), via, now) for one in held if one.delivery_id in still_mine}
    rows = [
        {
            "attempt_id": begun[one.delivery_id].attempt_id, "delivery_id": one.delivery_id,
            "number": one.attempts + 1, "via": via, "started_at": now, "outcome": SENDING, "reason": "", "answer": "",
        }
        for one in held
        if one.delivery_id in begun
    ]  # fmt: skip
    insert_late(tx, attempts, rows)
    return begun


def end_attempt(tx: Transaction, attempt: OpenAttempt, outcome: Outcome, now: datetime, seconds: float | None) -> None:
    """`seconds` is None when the end was not seen."""
    row = {
        "ended": attempt.attempt_id, "new_outcome": "retry" if outcome.state == PENDING else outcome.state,
        "new_reason": outcome.reason, "new_answer": outcome.answer, "at": now, "seconds": seconds,
    }  # fmt: skip
    tx.execute_late(_END_ATTEMPT, [row])


def finish(
    tx: Transaction, held: Sequence[Delivery], lease: Lease, *, state: str, reason: str, channel: str, now: datetime
) -> set[str]:
    """Into a final state. Gives the ids of those changed; the others are held by somebody else now."""
    changes: dict[str, Any] = {"state": state, "reason": reason, "channel": channel, "finished_at": now, **_FREE}
    if state in SETTLED:
        changes["data"] = {}
    sources = tuple(source for source, targets in NEXT_STATES.items() if state in targets)
    mine = and_(
        deliveries.c.delivery_id.in_(sorted(one.delivery_id for one in held)),
        deliveries.c.lease_owner == lease.owner,
        deliveries.c.state.in_(sources),
    )
    changed = tx.execute(update(deliveries).where(mine).values(changes).returning(deliveries.c.delivery_id))
    return {row.delivery_id for row in changed}


def in_charge(connection: Connection, complaint_id: str) -> tuple[str, int] | None:
    """(agency's code, number) of the newest assignment that a notice was planned for."""
    mine = (deliveries.c.complaint_id == complaint_id) & (deliveries.c.message == CASE_NOTICE)
    newest = select(deliveries.c.recipient, deliveries.c.assignment).where(mine)
    row = connection.execute(newest.order_by(deliveries.c.assignment.desc()).limit(1)).first()
    return None if row is None else (row.recipient, row.assignment)


def postpone(
    tx: Transaction, delivery: Delivery, lease: Lease, *, due_at: datetime, problem: str, tried: bool = True
) -> bool:
    """Back to `pending`, to be tried at `due_at`. What was tried waits longer the next time."""
    changes: dict[str, Any] = {"state": PENDING, "due_at": due_at, **_FREE}
    if tried:
        changes |= {"attempts": delivery.attempts + 1, "last_problem": problem}
    return _change(tx, delivery, lease, (PENDING, SENDING), changes)


def hand_over(tx: Transaction, delivery: Delivery, lease: Lease, channel: str) -> bool:
    """To the worker of another channel, at once."""
    return _change(tx, delivery, lease, (PENDING,), {"channel": channel, **_FREE})


def deliveries_of(connection: Connection, complaint_id: str) -> list[dict[str, Any]]:
    """The deliveries of a complaint with their attempts, by the step of its way that each tells of. Holds no address.

    Not by when they were planned: a notice to an agency may be planned before the receipt, since order is not promised.
    """
    shown = ("delivery_id", "ticket", "assignment", "recipient", "message", "channel", "state", "reason",
             "last_problem", "planned_at", "due_at", "finished_at")  # fmt: skip
    chosen = select(*(deliveries.c[name] for name in shown)).where(deliveries.c.complaint_id == complaint_id)
    in_steps = chosen.order_by(deliveries.c.assignment, deliveries.c.planned_at, deliveries.c.delivery_id)
    rows = [dict(row._mapping) for row in connection.execute(in_steps)]
    tried: dict[str, list[dict[str, Any]]] = {row["delivery_id"]: [] for row in rows}
    made = select(attempts).where(attempts.c.delivery_id.in_(sorted(tried))).order_by(attempts.c.number)
    for row in connection.execute(made):
        tried[row.delivery_id].append({name: value for name, value in row._mapping.items() if name != "delivery_id"})
    return [{**row, "attempts": tried[row["delivery_id"]]} for row in rows]


def captured(connection: Connection, most: int) -> list[tuple[Delivery, datetime]]:
    """The newest captured deliveries and when they were captured."""
    statement = select(deliveries).where(deliveries.c.state == CAPTURED)
    rows = connection.execute(statement.order_by(deliveries.c.finished_at.desc()).limit(most))
    return [(delivery_of(row._mapping), row.finished_at) for row in rows]


def captured_one(connection: Connection, delivery_id: str) -> Delivery | None:
    statement = select(deliveries).where(deliveries.c.delivery_id == delivery_id, deliveries.c.state == CAPTURED)
    row = connection.execute(statement).first()
    return None if row is None else delivery_of(row._mapping)


_FREE: dict[str, Any] = {"lease_owner": None, "lease_until": None}


def _change(
    tx: Transaction, delivery: Delivery, lease: Lease, sources: tuple[str, ...], changes: Mapping[str, Any]
) -> bool:
    mine: ColumnElement[bool] = and_(
        deliveries.c.delivery_id == delivery.delivery_id,
        deliveries.c.lease_owner == lease.owner,
        deliveries.c.state.in_(sources),
    )
    return tx.execute(update(deliveries).where(mine).values(dict(changes))).rowcount > 0


def _row(delivery_id: str, planned: Planned, now: datetime) -> dict[str, Any]:
    done = planned.state == SKIPPED
    return {
        "delivery_id": delivery_id,
        "complaint_id": planned.complaint_id,
        "assignment": planned.assignment,
        "recipient": planned.recipient,
        "message": planned.message,
        "ticket": planned.ticket,
        "channel": planned.channel,
        "contact_ref": planned.contact_ref,
        "data": dict(planned.data),
        "state": planned.state,
        "reason": planned.reason,
        "last_problem": "",
        "traceparent": current_traceparent(),
        "attempts": 0,
        "planned_at": now,
        "due_at": planned.due_at,
        "finished_at": now if done else None,
    }


def delivery_of(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in _DELIVERY_FIELDS})
