"""Waking those who wait for rows.

A bell only saves waiting time: whoever waits polls all the same, so a lost ring costs some seconds, never a message.
It rings in its own process. Each process publishes, retries and sends what it stored itself; another one that shares
the database looks every few seconds, which is enough to help out or to take over from the dead.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Set

LEAST_SECONDS, MOST_SECONDS = 1.0, 4.0
"""Between two looks when nothing rings: at first, and when nothing has rung for long."""


class Waiter:
    """One thread's place at a bell. A ring between two waits is not lost."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._patience = LEAST_SECONDS

    def ring(self) -> None:
        self._rung.set()

    def wait(self, timeout_seconds: float) -> bool:
        """Whether it rang; at once when no time is left."""
        rung = self._rung.wait(max(0.0, timeout_seconds))
        self._rung.clear()
        return rung

    def idle(self) -> bool:
        """Waits as `wait` does until it is time to look again; twice as long each time that nothing has rung."""
        rung = self.wait(self._patience)
        self._patience = LEAST_SECONDS if rung else min(2 * self._patience, MOST_SECONDS)
        return rung


class Bells:
    """Those of one service, by name."""

    def __init__(self) -> None:
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)
        self._said: dict[str, set[str]] = defaultdict(set)
        self._mutex = threading.Lock()

    def waiter(self, name: str) -> Waiter:
        waiter = Waiter()
        with self._mutex:
            self._waiters[name].append(waiter)
        return waiter

    def ring(self, name: str, *where: str) -> None:
        """`where` there is something, for those who ask what they `heard`: saves looking everywhere."""
        with self._mutex:
            if where:
                self._said[name].update(where)
            waiters = list(self._waiters[name])
        for waiter in waiters:
            waiter.ring()

    def heard(self, name: str) -> Set[str]:
        """What was said by all rings since this was last asked."""
        with self._mutex:
            return self._said.pop(name, frozenset())
