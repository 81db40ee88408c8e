"""What the city wants a channel to carry, and until when a message is worth sending. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifier.delivery import ARCHIVED, CASE_UPDATE, WITHDRAWN, Delivery, kind_of_message
from shared.city_notifications import Notifications


def wanted(delivery: Delivery, channel: str, notifications: Notifications) -> bool:
    """Whether the channel carries anything of it; else it ends `skipped: not_wanted`."""
    kind = kind_of_message(delivery.message)
    if kind in (ARCHIVED, WITHDRAWN):
        return kind in notifications.citizen_updates.get(channel, ())
    if kind != CASE_UPDATE:
        return True
    return bool(lines_carried(delivery, channel, notifications))


def lines_carried(delivery: Delivery, channel: str, notifications: Notifications) -> list[Mapping[str, Any]]:
    """What happened to the case, as far as this channel tells it to citizens."""
    told = notifications.citizen_updates.get(channel, frozenset())
    return [line for line in delivery.data["lines"] if line["what"] in told]


def is_expired(delivery: Delivery, now: datetime) -> bool:
    """Whether it would come too late to be of use; else it ends `skipped: expired`."""
    until = delivery.data.get("expires_at")
    return until is not None and datetime.fromisoformat(until) <= now
