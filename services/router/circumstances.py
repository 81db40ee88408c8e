"""How a complaint came: what rules may ask for beside its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.router.conditions import Facts


@dataclass(frozen=True, slots=True)
class Circumstances:
    """`received_at` is aware; what is empty or None is not known."""

    channel: str = ""
    kind: str = ""
    received_at: datetime | None = None

    def facts(self, timezone: ZoneInfo) -> Facts:
        """The same as rules see it, with the time of day in the city."""
        local = self.received_at.astimezone(timezone) if self.received_at else None
        return Facts(self.channel, self.kind, local.hour * 60 + local.minute if local else None)


def assumed(channel: str, kind: str, hour: str, timezone: ZoneInfo, now: datetime) -> Circumstances:
    """To try rules with: `hour` is a time of day (`22:15`) in the city, on the day before now. Empty: not known.

    Raises `ValueError` when it is no time of day.
    """
    if not hour:
        return Circumstances(channel, kind)
    at = time.fromisoformat(hour)
    day = now.astimezone(timezone).date() - timedelta(days=1)
    return Circumstances(channel, kind, datetime.combine(day, at.replace(tzinfo=None), timezone))
