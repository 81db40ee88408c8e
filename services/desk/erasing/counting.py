"""How many complaints something was erased of, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from services.desk.tables import messaging

MONTHS = 12
_erasures = messaging.erasures


@dataclass(frozen=True)
class Month:
    """`month` is like `2026-11`, `numbers` are by reason. A complaint counts where the last of it was erased."""

    month: str
    numbers: Mapping[str, int]


def by_month(connection: Connection, zone: ZoneInfo, now: datetime, most: int = MONTHS) -> list[Month]:
    """The last months of the city's time in which anything was erased, this one first."""
    begins = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends, found = now + timedelta(days=1), list[Month]()
    for _ in range(most):
        span = _erasures.c.erased_at >= begins.astimezone(UTC), _erasures.c.erased_at < ends.astimezone(UTC)
        counted = select(_erasures.c.reason, func.count()).where(*span).group_by(_erasures.c.reason)
        numbers = {row[0]: int(row[1]) for row in connection.execute(counted)}
        if numbers:
            found.append(Month(f"{begins:%Y-%m}", numbers))
        ends, begins = begins, _month_before(begins)
    return found


def _month_before(begins: datetime) -> datetime:
    if begins.month == 1:
        return begins.replace(year=begins.year - 1, month=12)
    return begins.replace(month=begins.month - 1)
