"""Several messages about one case become one: the newest carries what the others would have told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, update

from services.notifier.delivery import CASE_ADDITION, CASE_UPDATE, NONE, PENDING, SKIPPED, Delivery, kind_of_message
from services.notifier.repository import delivery_of
from services.notifier.tables import deliveries
from shared.storage.database import Transaction
from shared.storage.leases import FREE, Lease, is_free

COMBINED = "combined"
GATHERED = frozenset({CASE_UPDATE, CASE_ADDITION})

Group = tuple[str, str, str]
"""(complaint id, recipient, kind of message)."""


def group_of(delivery: Delivery) -> Group | None:
    """None for what is not gathered."""
    kind = kind_of_message(delivery.message)
    return (delivery.complaint_id, delivery.recipient, kind) if kind in GATHERED else None


def gathered_groups(connection: Connection, held: Sequence[Delivery]) -> frozenset[Group]:
    """Those of the held deliveries' groups in which more than one waits, due or not."""
    ids = sorted({one.complaint_id for one in held if group_of(one) is not None})
    if not ids:
        return frozenset()
    columns = (deliveries.c.complaint_id, deliveries.c.recipient, deliveries.c.message)
    waiting = and_(deliveries.c.complaint_id.in_(ids), deliveries.c.state == PENDING, _is_of(*GATHERED))
    found = [
        (row.complaint_id, row.recipient, kind_of_message(row.message))
        for row in connection.execute(select(*columns).where(waiting))
    ]
    return frozenset(group for group in found if found.count(group) > 1)


def combine(tx: Transaction, group: Group, lease: Lease, now: datetime) -> list[Delivery]:
    """Makes one of all that wait and that nobody else holds; it is due at once, held by nobody.

    Returns those that ended by it; none when the others have gone into other hands meanwhile.
    """
    complaint_id, recipient, kind = group
    mine = and_(
        deliveries.c.complaint_id == complaint_id, deliveries.c.recipient == recipient, _is_of(kind),
        deliveries.c.state == PENDING, or_(is_free(deliveries, now), deliveries.c.lease_owner == lease.owner),
    )  # fmt: skip
    rows = sorted(tx.execute(select(deliveries).where(mine).with_for_update()).mappings(), key=_number)
    if len(rows) < 2:
        return []
    newest, older = rows[-1], rows[:-1]
    changes = {"data": _told_by(rows), "urgent": any(row["urgent"] for row in rows), "due_at": now, **FREE}
    tx.execute(update(deliveries).where(deliveries.c.delivery_id == newest["delivery_id"]).values(changes))
    ended = {"state": SKIPPED, "reason": COMBINED, "channel": NONE, "finished_at": now, **FREE}
    ids = [row["delivery_id"] for row in older]
    tx.execute(update(deliveries).where(deliveries.c.delivery_id.in_(ids)).values(ended))
    return [delivery_of(row) for row in older]


def _told_by(rows: Sequence[RowMapping]) -> Mapping[str, Any]:
    return {**rows[-1]["data"], "lines": [line for row in rows for line in row["data"]["lines"]]}


def _number(row: RowMapping) -> int:
    return int(row["message"].partition(".")[2])


def _is_of(*kinds: str) -> ColumnElement[bool]:
    return or_(*(deliveries.c.message.startswith(f"{kind}.", autoescape=True) for kind in sorted(kinds)))
