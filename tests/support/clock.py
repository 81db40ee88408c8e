"""A clock that tests move."""

import time
from datetime import UTC, datetime, timedelta


class MovableClock:
    """The real time plus what the test added; both faces move together."""

    def __init__(self) -> None:
        self._added = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._added

    def monotonic_seconds(self) -> float:
        return time.monotonic() + self._added.total_seconds()

    def advance(self, seconds: float) -> None:
        self._added += timedelta(seconds=seconds)
