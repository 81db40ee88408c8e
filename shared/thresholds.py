"""From where on a sign is no longer well: for the console, for `tanggap doctor`, and for the alert rules.

`deploy/monitoring/alerts.yml` uses the same numbers; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, PROBLEM, UNKNOWN = "ok", "warning", "problem", "unknown"


@dataclass(frozen=True)
class Limit:
    """`warning`: somebody is needed; `problem`: it is broken. Where `rising` is False, less is worse."""

    warning: float
    problem: float
    rising: bool = True

    def judge(self, value: float) -> str:
        if self.reached(value, self.problem):
            return PROBLEM
        return WARNING if self.reached(value, self.warning) else OK

    def reached(self, value: float, limit: float) -> bool:
        return value >= limit if self.rising else value < limit


_NEVER = float("inf")
DATABASE_SECONDS = Limit(0.5, 2.0)
"""A small read and a small write."""
OUTBOX_SECONDS = Limit(20.0, 60.0)
"""Age of the oldest message that is not published; a relay tries again every 15 seconds at least."""
INBOX_SECONDS = Limit(60.0, 300.0)
"""How long the message that is most overdue should have been handled."""
DEAD_LETTERS = Limit(1, 50)
DISK_FREE_RATIO = Limit(0.10, 0.05, rising=False)
DISK_FREE_BYTES = Limit(2_000_000_000, 200_000_000, rising=False)
CLOCK_SECONDS = Limit(2.0, 10.0)
CERTIFICATE_SECONDS = Limit(21 * 86_400.0, 7 * 86_400.0, rising=False)
DEADLINES_SOON = Limit(1, _NEVER)
DEADLINES_OVERDUE = Limit(1, _NEVER)
BACKUP_SECONDS = Limit(2 * 86_400.0, 7 * 86_400.0)
"""Age of the last one, where any was made."""
AUDIT_UNSEALED_SECONDS = Limit(3_600.0, 86_400.0)
PROCESS_SILENT_SECONDS = 30.0
"""A process that has not renewed its row for so long has stopped."""
DATABASE_MOST_SECONDS = 10.0
"""Longer is not waited for: this is what the gauge shows then."""


def worst(states: list[str]) -> str:
    """The gravest of them; `unknown` is graver than `ok` only."""
    order = (OK, UNKNOWN, WARNING, PROBLEM)
    return max(states, key=order.index, default=OK)
