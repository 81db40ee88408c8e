"""What the notifier keeps: deliveries as they are planned and looked at, and a copy of how agencies are reached.

How they change while they are sent stands in `sending/` (`claims.py`, `attempts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from services.notifier.delivery import CAPTURED, CASE_NOTICE, FOLLOW_RECEIPT, SKIPPED, Delivery, Planned, lane_of
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.tables import agencies, attempts, deliveries
from shared.ids import new_id
from shared.observability.tracing import current_traceparent
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_new, upsert

_DELIVERY_FIELDS = [field.name for field in fields(Delivery)]


def add_pending(tx: Transaction, planned: Sequence[Planned], now: datetime) -> None:
    """Stores, just before the commit, those whose natural key is new."""
    ordered = sorted(planned, key=lambda one: one.natural_key)
    add_new(tx, deliveries, [_row(new_id(), one, now) for one in ordered])


def add_settled(tx: Transaction, planned: Sequence[Planned], now: datetime) -> list[tuple[str, Planned]]:
    """Stores those whose natural key is new; returns them with their ids."""
    by_id = {new_id(): one for one in sorted(planned, key=lambda one: one.natural_key)}
    new = insert_new(tx, deliveries, [_row(key, one, now) for key, one in by_id.items()], deliveries.c.delivery_id)
    return [(key, one) for key, one in by_id.items() if key in new]


def look_up(tx: Transaction, codes: Iterable[str]) -> None:
    """Asks once for a whole batch what `known_agencies` will be asked for each fact."""
    wanted = frozenset(codes)
    tx.memory["directory"] = wanted, directory(tx.connection, wanted)


def known_agencies(tx: Transaction, codes: Iterable[str]) -> Mapping[str, DirectoryEntry]:
    """At least those of these codes that are known."""
    wanted = frozenset(codes)
    known: tuple[frozenset[str], Mapping[str, DirectoryEntry]] = tx.memory.get("directory", (frozenset(), {}))
    return known[1] if wanted <= known[0] else directory(tx.connection, wanted)


def directory(connection: Connection, codes: Iterable[str] | None = None) -> dict[str, DirectoryEntry]:
    """The agencies that are known, by code; without codes all of them."""
    columns = (agencies.c.code, agencies.c.name, agencies.c.endpoints, agencies.c.channels, agencies.c.language)
    statement = select(*columns, agencies.c.reminders, agencies.c.kind, agencies.c.public_contact)
    if codes is not None:
        statement = statement.where(agencies.c.code.in_(sorted(set(codes))))
    found = connection.execute(statement)
    return {row.code: DirectoryEntry(*row) for row in found}


def store_agency(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keeps the newest revision, in whatever order revisions arrive."""
    tx.memory.pop("directory", None)
    upsert(tx, agencies, dict(row), key=("code",), where=agencies.c.revision < row["revision"])


def add_missing_agencies(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    insert_new(tx, agencies, sorted(rows, key=lambda row: str(row["code"])), agencies.c.code)


def newest_assignments(connection: Connection, complaint_ids: Iterable[str]) -> dict[str, int]:
    """The number of the last assignment heard of, by complaint."""
    statement = (
        select(deliveries.c.complaint_id, func.max(deliveries.c.assignment))
        .where(deliveries.c.complaint_id.in_(sorted(set(complaint_ids))), deliveries.c.message == CASE_NOTICE)
        .group_by(deliveries.c.complaint_id)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def in_charge(connection: Connection, complaint_id: str) -> tuple[str, int] | None:
    """(agency's code, number) of the newest assignment that a notice was planned for."""
    mine = (deliveries.c.complaint_id == complaint_id) & (deliveries.c.message == CASE_NOTICE)
    newest = select(deliveries.c.recipient, deliveries.c.assignment).where(mine)
    row = connection.execute(newest.order_by(deliveries.c.assignment.desc()).limit(1)).first()
    return None if row is None else (row.recipient, row.assignment)


def went_on_since(connection: Connection, complaint_id: str, at: datetime) -> bool:
    """Whether the case was given to an agency, or joined to another, after that moment."""
    later = (deliveries.c.complaint_id == complaint_id) & (deliveries.c.planned_at > at)
    moved = deliveries.c.message.in_((CASE_NOTICE, FOLLOW_RECEIPT))
    return connection.execute(select(deliveries.c.delivery_id).where(later, moved).limit(1)).first() is not None


def deliveries_of(connection: Connection, complaint_id: str) -> list[dict[str, Any]]:
    """The deliveries of a complaint with their attempts, by the step of its way that each tells of. Holds no address.

    Not by when they were planned: a notice to an agency may be planned before the receipt, since order is not promised.
    """
    shown = ("delivery_id", "ticket", "assignment", "recipient", "message", "channel", "gave_up", "state", "reason",
             "last_problem", "planned_at", "due_at", "finished_at")  # fmt: skip
    chosen = select(*(deliveries.c[name] for name in shown)).where(deliveries.c.complaint_id == complaint_id)
    in_steps = chosen.order_by(deliveries.c.assignment, deliveries.c.planned_at, deliveries.c.delivery_id)
    rows = [dict(row._mapping) for row in connection.execute(in_steps)]
    tried: dict[str, list[dict[str, Any]]] = {row["delivery_id"]: [] for row in rows}
    made = select(attempts).where(attempts.c.delivery_id.in_(sorted(tried)))
    made = made.order_by(attempts.c.started_at, attempts.c.attempt_id)  # each channel counts its attempts from 1
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
        "lane": lane_of(planned.channel, planned.recipient),
        "language": planned.language,
        "urgent": planned.urgent,
        "gave_up": list(planned.gave_up),
        "contact_ref": planned.contact_ref,
        "data": dict(planned.data),
        "state": planned.state,
        "reason": planned.reason,
        "last_problem": "",
        "traceparent": current_traceparent(),
        "attempts": 0,
        "planned_at": now,
        "since": now,
        "due_at": planned.due_at,
        "finished_at": now if done else None,
    }


def delivery_of(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in _DELIVERY_FIELDS})
