"""Ids ascend in time, so that a span of time is a span of the primary key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_APART = timedelta(hours=1)


def id_floor(moment: datetime) -> str:
    """No id made at that moment or later is smaller. An hour is left for machines whose clocks are apart."""
    milliseconds = max(0, (moment - _CLOCKS_APART - _EPOCH) // timedelta(milliseconds=1))
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:12]}-"
