"""Days as people write them, and the moments that they stand for in the city's time zone. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_YEARS = range(2000, 2101)


def read_day(text: str) -> date | None:
    """`2026-11-30`, as a date field sends it; None for anything else, also for years that nobody means."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment that no longer belongs to the day."""
    return start_of(day + timedelta(days=1), zone)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The day on which something ends whose first moment after is `end`."""
    return day_of(end - timedelta(microseconds=1), zone)
