"""Addresses that nothing is sent to any more, since they are known not to exist. A person can lift each.

An agency's address goes by the agency's code, a citizen's by the key that tells equal contacts. Who asked to be left
alone is not here: that list is intake's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, select

from services.notifier.delivery import CITIZEN, PERSON
from services.notifier.tables import agencies, audit, suppressions
from shared.audit import record_act
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

log = get_logger("suppressions")
MOST = 1000


@dataclass(frozen=True)
class Act:
    """Who does something to what is kept here, and why. Recorded with it."""

    actor: str
    role: str
    reason: str


def key_of(recipient: str, recipient_key: str | None) -> str | None:
    """Under which an address is listed; None for a citizen whose contact was never resolved, and for our own people,
    whose addresses are not told apart here."""
    return recipient_key if recipient in (CITIZEN, PERSON) else recipient


def suppress(
    tx: Transaction, channel: str, key: str, *, reason: str, delivery_id: str, now: datetime
) -> bool:  # fmt: skip
    """False when the address is listed already."""
    row = {"channel": channel, "key": key, "reason": reason[:64], "delivery_id": delivery_id, "since": now}
    new = bool(insert_new(tx, suppressions, [row], suppressions.c.key))
    if new:
        log.info("address_suppressed", channel=channel, reason=reason, delivery_id=delivery_id)
    return new


def lift(tx: Transaction, channel: str, key: str, act: Act, now: datetime) -> bool:
    """With an audit row; False when there is no such entry."""
    gone = tx.execute(delete(suppressions).where(_is(channel, key)).returning(suppressions.c.reason)).first()
    if gone is None:
        return False
    details = {"channel": channel, "was": gone.reason}
    record_act(
        tx, audit, at=now, actor=act.actor, role=act.role, act="delivery.unsuppress", subject=key[:64],
        reason=act.reason, details=details,
    )  # fmt: skip
    return True


def lift_where_changed(
    tx: Transaction, code: str, revision: int, endpoints: Mapping[str, str], now: datetime
) -> list[str]:  # fmt: skip
    """The channels whose address at the agency is another one now. Call it before the new entry is stored."""
    listed_for = tx.execute(select(suppressions.c.channel).where(suppressions.c.key == code)).all()
    if not listed_for:
        return []
    known = tx.execute(select(agencies.c.endpoints, agencies.c.revision).where(agencies.c.code == code)).first()
    if known is None or known.revision >= revision:
        return []
    changed = [row.channel for row in listed_for if known.endpoints.get(row.channel) != endpoints.get(row.channel)]
    for channel in changed:
        lift(tx, channel, code, Act("system", "system", "the agency's address was changed"), now)
    return changed


def listed(connection: Connection, *, limit: int = MOST) -> list[dict[str, Any]]:
    """The newest first."""
    statement = select(*suppressions.c).order_by(suppressions.c.since.desc(), suppressions.c.key).limit(limit)
    return [dict(row._mapping) for row in connection.execute(statement)]


def _is(channel: str, key: str) -> Any:
    return and_(suppressions.c.channel == channel, suppressions.c.key == key)
