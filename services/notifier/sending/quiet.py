"""The hours in which no telephone is to ring, and the local day by which messages are counted. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notifier.delivery import CITIZEN, CONTACT_CODE, FOLLOW_RECEIPT, RECEIPT, SMS, Delivery, kind_of_message
from shared.city_notifications import Notifications

ANSWERS = frozenset({RECEIPT, FOLLOW_RECEIPT, CONTACT_CODE})
"""What answers something that the person did just now: it does not wait for the morning, and no limit counts it."""


def sleeps_until(
    delivery: Delivery, channel: str, notifications: Notifications, timezone: str, now: datetime
) -> datetime | None:
    """When the message may go out by this channel; None: now."""
    if channel != SMS or delivery.recipient != CITIZEN or delivery.urgent:
        return None
    if kind_of_message(delivery.message) in ANSWERS:
        return None
    return quiet_until(notifications.quiet_from, notifications.quiet_to, timezone, now)


def quiet_until(start: time, end: time, timezone: str, now: datetime) -> datetime | None:
    """The end of the quiet hours in which `now` lies; None outside of them, and where start and end are equal."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    moment = local.time()
    over_midnight = end < start
    quiet = (moment >= start or moment < end) if over_midnight else start <= moment < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and moment >= start else 0)
    return datetime.combine(day, end, zone).astimezone(UTC)


def day_begins_at(timezone: str, now: datetime) -> datetime:
    """The local midnight before `now`."""
    zone = ZoneInfo(timezone)
    return datetime.combine(now.astimezone(zone).date(), time(), zone).astimezone(UTC)
