"""How long to wait before trying again: pure functions."""

from __future__ import annotations

import zlib


def backoff_seconds(attempt: int, *, first: float = 1.0, most: float = 300.0, key: str = "") -> float:
    """Doubles with each attempt (the first is 1) up to `most`, spread by up to a quarter.

    The spread depends on `key` and `attempt` only: reproducible, yet different for each message, so that a thousand
    messages that failed together do not come back together.
    """
    plain = min(most, first * 2.0 ** min(max(attempt, 1) - 1, 30))
    spread = zlib.crc32(f"{key}:{attempt}".encode()) / 0xFFFFFFFF
    return plain * (0.75 + 0.25 * spread)
