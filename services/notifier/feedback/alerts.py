"""What an operator is to see to. At most one open alert of a kind about a subject; the same again only counts on.

A subject is an agency's code, a lane (`email:DISHUB`), or a channel as a whole (`email`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from services.notifier.delivery import CHANNELS, CITIZEN, DELIVERED, EMAIL, FAILED, SENT, lane_of
from services.notifier.feedback.suppressions import Act
from services.notifier.feedback.verdict import AUTO_REPLY
from services.notifier.id_floor import id_floor
from services.notifier.tables import alerts, audit, deliveries, reports
from shared.audit import record_act
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

log = get_logger("alerts")
MAILBOX_FAILING, WAY_GIVEN_UP = "mailbox_failing", "way_given_up"
DESTINATION_AWAY, AGENCY_QUEUE_OLD = "destination_away", "agency_queue_old"
KINDS = (MAILBOX_FAILING, WAY_GIVEN_UP, DESTINATION_AWAY, AGENCY_QUEUE_OLD)
BOUNCES_WITHIN = timedelta(days=7)
MAILBOX_QUIET_FOR = timedelta(hours=24)
"""A mail that was sent proves little: it comes back later. One that has not come back for so long does."""
_LOOKED_BACK = timedelta(days=2)
MOST = 500


def raise_alert(
    tx: Transaction, kind: str, subject: str, details: Mapping[str, Any], now: datetime, *, count: int | None = None
) -> bool:
    """True when it is a new one. `count` sets the count; else the same again adds one."""
    row = {
        "alert_id": new_id(), "kind": kind, "subject": subject[:64], "count": count or 1, "details": dict(details),
        "first_at": now, "last_at": now, "cleared_at": None, "cleared_by": "",
    }  # fmt: skip
    if insert_new(tx, alerts, [row], alerts.c.alert_id):
        log.warning("alert_raised", kind=kind, subject=subject)
        return True
    changes = {"count": count or alerts.c.count + 1, "details": dict(details), "last_at": now}
    tx.execute(update(alerts).where(_open_about(kind, subject[:64])).values(changes))
    return False


def way_given_up(
    tx: Transaction, recipient: str, channel: str, reason: str, delivery_id: str, now: datetime
) -> None:  # fmt: skip
    """To be called wherever a channel is given up for a delivery. Citizens' ways are their own affair."""
    if recipient != CITIZEN and channel in CHANNELS:
        details = {"agency": recipient, "channel": channel, "reason": reason, "delivery_id": delivery_id}
        raise_alert(tx, WAY_GIVEN_UP, lane_of(channel, recipient), details, now)


def count_returns(tx: Transaction, agency: str, most: int, now: datetime) -> None:
    """Raises the alert about an agency's mailbox once so many mails came back or were answered by a machine."""
    came_back = or_(reports.c.reported == FAILED, reports.c.reason == AUTO_REPLY)
    mine = and_(reports.c.recipient == agency, reports.c.channel == EMAIL, reports.c.heard_at > now - BOUNCES_WITHIN)
    distinct = func.count(reports.c.delivery_id.distinct())
    number = int(tx.execute(select(distinct).where(mine, came_back)).scalar_one())
    if number >= most:
        raise_alert(tx, MAILBOX_FAILING, agency, {"agency": agency, "channel": EMAIL}, now, count=number)


def clear(tx: Transaction, alert_id: str, act: Act, now: datetime) -> bool:
    """By a person, with an audit row; False when it is cleared already."""
    mine = and_(alerts.c.alert_id == alert_id, alerts.c.cleared_at.is_(None))
    row = tx.execute(_cleared(mine, act.actor, now)).first()
    if row is None:
        return False
    record_act(
        tx, audit, at=now, actor=act.actor, role=act.role, act="alert.clear", subject=alert_id, reason=act.reason,
        details={"kind": row.kind, "subject": row.subject},
    )  # fmt: skip
    return True


def clear_about(tx: Transaction, kind: str, subject: str, now: datetime) -> bool:
    """By the system: what it was about is over."""
    return tx.execute(_cleared(_open_about(kind, subject), "system", now)).first() is not None


def clear_what_works(tx: Transaction, now: datetime) -> int:
    """Clears the alerts whose way has carried a message since; how many."""
    cleared = 0
    for alert in open_alerts(tx.connection):
        if alert["kind"] == AGENCY_QUEUE_OLD or not _has_worked_since(tx, alert, now):
            continue
        cleared += clear_about(tx, alert["kind"], alert["subject"], now)
    return cleared


def open_alerts(connection: Connection) -> list[dict[str, Any]]:
    """The newest first."""
    statement = select(*alerts.c).where(alerts.c.cleared_at.is_(None))
    rows = connection.execute(statement.order_by(alerts.c.last_at.desc(), alerts.c.alert_id).limit(MOST))
    return [dict(row._mapping) for row in rows]


def count_open(connection: Connection) -> dict[str, int]:
    """By kind, those without any too."""
    statement = select(alerts.c.kind, func.count()).where(alerts.c.cleared_at.is_(None)).group_by(alerts.c.kind)
    return {**dict.fromkeys(KINDS, 0), **{row[0]: int(row[1]) for row in connection.execute(statement)}}


def _has_worked_since(tx: Transaction, alert: Mapping[str, Any], now: datetime) -> bool:
    channel = str(alert["details"].get("channel", ""))
    agency = str(alert["details"].get("agency", ""))
    arrived: ColumnElement[bool] = deliveries.c.state == DELIVERED
    sent = deliveries.c.state == SENT
    if alert["kind"] == MAILBOX_FAILING:
        sent = and_(sent, deliveries.c.finished_at < now - MAILBOX_QUIET_FOR)
    statement = select(deliveries.c.delivery_id).where(
        deliveries.c.delivery_id > id_floor(alert["last_at"] - _LOOKED_BACK),
        deliveries.c.channel == channel,
        deliveries.c.finished_at > alert["last_at"],
        or_(arrived, sent),
    )
    if agency:
        statement = statement.where(deliveries.c.recipient == agency)
    return tx.execute(statement.limit(1)).first() is not None


def _open_about(kind: str, subject: str) -> ColumnElement[bool]:
    return and_(alerts.c.kind == kind, alerts.c.subject == subject, alerts.c.cleared_at.is_(None))


def _cleared(mine: ColumnElement[bool], by: str, now: datetime) -> Any:
    changes = {"cleared_at": now, "cleared_by": by[:100]}
    return update(alerts).where(mine).values(changes).returning(alerts.c.kind, alerts.c.subject)
