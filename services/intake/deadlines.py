"""Which deadlines run for a complaint: asked of the desk, which counts them, when a page is about to show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

from shared.clock import Clock
from shared.errors import Rejected, Transient
from shared.observability.logs import get_logger

log = get_logger("deadlines")
TIMEOUT_SECONDS = 1.0
"""A page waits no longer for it."""
REST = timedelta(seconds=15)
"""After the desk did not answer, pages do without for so long: each of them would wait in vain."""
ENDED = ("met", "ended")
MOST_SHOWN = 10


@dataclass(frozen=True)
class Deadline:
    """`told` are sentences (Indonesian) that say how it was counted. `state`: running or paused."""

    title: str
    due_at: datetime
    state: str
    late: bool
    provisional: bool
    told: tuple[str, ...] = ()


class Asks(Protocol):
    def get(self, path: str) -> Any: ...


@dataclass
class CaseDeadlines:
    """Safe to share between threads. `client` gives None where no desk is known: then there is nothing to show."""

    client: Callable[[], Asks | None]
    clock: Clock
    _away_until: datetime | None = field(default=None, init=False)

    def of(self, complaint_id: str) -> tuple[Deadline, ...] | None:
        """Those that run, the next first; none for a case without any. None: the desk does not say now."""
        client = self.client()
        if client is None:
            return ()
        now, away_until = self.clock.now(), self._away_until
        if away_until is not None and now < away_until:
            return None
        try:
            answer = client.get(f"/cases/{quote(complaint_id, safe='')}/deadlines")
            found = [_deadline(row) for row in answer["deadlines"][:MOST_SHOWN] if row["state"] not in ENDED]
        except Rejected:  # the desk does not know the case yet
            return ()
        except (Transient, KeyError, TypeError, ValueError, AttributeError) as error:
            self._away_until = now + REST
            log.warning("deadlines_not_shown", error=type(error).__name__)
            return None
        self._away_until = None
        return tuple(sorted(found, key=lambda one: one.due_at))


def _deadline(row: Mapping[str, Any]) -> Deadline:
    due_at = datetime.fromisoformat(row["due_at"])
    if due_at.tzinfo is None:
        raise ValueError("a moment without its offset")
    told = tuple(str(line) for line in row.get("told") or ())
    return Deadline(
        str(row["title"]), due_at, str(row["state"]), bool(row["late"]), bool(row.get("provisional")), told
    )  # fmt: skip
