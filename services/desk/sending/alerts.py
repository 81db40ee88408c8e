"""How many alerts are open, for the line on every page: asked seldom, so that no page waits for the notifier."""

from __future__ import annotations

import threading

from services.desk.sending.deliveries import Deliveries
from shared.clock import Clock
from shared.errors import Refused, Transient
from shared.observability.logs import get_logger

log = get_logger("desk")
ASKED_EVERY_SECONDS = 30.0


class OpenAlerts:
    """Safe to share between threads. `deliveries` should give up soon."""

    def __init__(self, deliveries: Deliveries, clock: Clock) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._asking = threading.Lock()
        self._number = 0
        self._ask_at = 0.0

    def number(self) -> int:
        """As it was known half a minute ago at most; while the notifier does not answer, the last that it said."""
        if self._clock.monotonic_seconds() >= self._ask_at and self._asking.acquire(blocking=False):
            try:
                self._number = self._deliveries.open_alerts()
            except (Transient, Refused) as error:
                log.info("alerts_not_asked", code=error.code)
            finally:
                self._ask_at = self._clock.monotonic_seconds() + ASKED_EVERY_SECONDS
                self._asking.release()
        return self._number

    def forget(self) -> None:
        """Somebody has just cleared one."""
        self._ask_at = 0.0
