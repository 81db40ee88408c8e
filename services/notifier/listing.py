"""Deliveries as an operator looks at them: lists, counts, one with its whole story. Never an address.

Ids ascend in time, so a page is a stretch of an index however many deliveries there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from services.notifier.delivery import NEXT_STATES, PENDING, SENDING
from services.notifier.id_floor import id_floor
from services.notifier.tables import attempts, audit, deliveries, reports, suppressions

PAGE = 50
MOST = 1000
STATES = tuple(NEXT_STATES)
_UNFINISHED = deliveries.c.state.in_((PENDING, SENDING))
_SHOWN = (
    "delivery_id", "complaint_id", "ticket", "assignment", "recipient", "message", "channel", "gave_up", "language",
    "urgent", "state", "reason", "last_problem", "attempts", "planned_at", "since", "due_at", "finished_at",
    "cleared_at",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Empty: any. `reason` is the one of the end, or of the last attempt. `before` is the last id of the page before.

    With `complaint_id`, `recipient` or `state` an index leads to them; else, as for `ticket`, `since` bounds the look.
    """

    state: str = ""
    channel: str = ""
    reason: str = ""
    recipient: str = ""
    complaint_id: str = ""
    ticket: str = ""
    since: datetime | None = None
    before: str = ""


def newest(connection: Connection, wanted: Wanted, limit: int = PAGE) -> list[dict[str, Any]]:
    """The newest first."""
    statement = select(*(deliveries.c[name] for name in _SHOWN)).where(*_conditions(wanted))
    rows = connection.execute(statement.order_by(deliveries.c.delivery_id.desc()).limit(min(limit, MOST)))
    return [dict(row._mapping) for row in rows]


def count(connection: Connection, since: datetime) -> list[dict[str, Any]]:
    """How many were planned since then, by state and channel; and what is unfinished, however old."""
    number = func.count()
    grouped = select(deliveries.c.state, deliveries.c.channel, number).group_by(
        deliveries.c.state, deliveries.c.channel
    )
    finished = grouped.where(
        deliveries.c.delivery_id >= id_floor(since), deliveries.c.planned_at >= since, ~_UNFINISHED
    )
    rows = [*connection.execute(grouped.where(_UNFINISHED)), *connection.execute(finished)]
    return [{"state": row[0], "channel": row[1], "number": int(row[2])} for row in rows]


def story(connection: Connection, delivery_id: str) -> dict[str, Any] | None:
    """The delivery with what it was to say (`data`, if that is still kept), every attempt, report and act of a person.

    `suppressed` tells whether its address is on the list.
    """
    row = connection.execute(select(deliveries).where(deliveries.c.delivery_id == delivery_id)).mappings().first()
    if row is None:
        return None
    mine = [
        (
            "attempts_made",
            select(attempts).where(attempts.c.delivery_id == delivery_id).order_by(attempts.c.attempt_id),
        ),
        ("reports", select(reports).where(reports.c.delivery_id == delivery_id).order_by(reports.c.seq)),
        ("acts", select(audit).where(audit.c.subject == delivery_id).order_by(audit.c.seq)),
    ]
    told = {
        name: [_without(dict(one._mapping), "delivery_id") for one in connection.execute(each)] for name, each in mine
    }
    because_of_it = select(suppressions.c.channel).where(suppressions.c.delivery_id == delivery_id)
    suppressed = [one.channel for one in connection.execute(because_of_it)]
    return {**{name: row[name] for name in _SHOWN}, "data": row["data"], **told, "suppressed": suppressed}


def ids_ending(connection: Connection, end: str, limit: int = 2) -> list[str]:
    """The newest of the ids that end so; people copy the end of an id."""
    statement = select(deliveries.c.delivery_id).where(deliveries.c.delivery_id.like(f"%{_plain(end)}"))
    rows = connection.execute(statement.order_by(deliveries.c.delivery_id.desc()).limit(limit))
    return [row.delivery_id for row in rows]


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name in ("state", "channel", "recipient", "complaint_id", "ticket"):
        if getattr(wanted, name):
            conditions.append(deliveries.c[name] == getattr(wanted, name))
    if wanted.reason:
        conditions.append((deliveries.c.reason == wanted.reason) | (deliveries.c.last_problem == wanted.reason))
    if wanted.since is not None:
        conditions += [deliveries.c.delivery_id >= id_floor(wanted.since), deliveries.c.planned_at >= wanted.since]
    if wanted.before:
        conditions.append(deliveries.c.delivery_id < wanted.before)
    return conditions


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _plain(end: str) -> str:
    return "".join(sign for sign in end if sign in "0123456789abcdef-")
