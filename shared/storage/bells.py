"""Waking those who wait for rows.

A bell only saves waiting time: whoever waits polls all the same, so a lost ring costs a second, never a message.
`LocalBells` wake threads of this process. `PostgresBells` (postgres_bells.py) also wake other processes.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Protocol


class Waiter:
    """One thread's place at a bell. A ring between two waits is not lost."""

    def __init__(self) -> None:
        self._rung = threading.Event()

    def ring(self) -> None:
        self._rung.set()

    def wait(self, timeout_seconds: float) -> bool:
        rung = self._rung.wait(timeout_seconds)
        self._rung.clear()
        return rung


class Bells(Protocol):
    def ring(self, name: str) -> None: ...
    def waiter(self, name: str) -> Waiter: ...
    def close(self) -> None: ...


class LocalBells:
    def __init__(self) -> None:
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)
        self._mutex = threading.Lock()

    def waiter(self, name: str) -> Waiter:
        waiter = Waiter()
        with self._mutex:
            self._waiters[name].append(waiter)
        return waiter

    def ring(self, name: str) -> None:
        with self._mutex:
            waiters = list(self._waiters[name])
        for waiter in waiters:
            waiter.ring()

    def ring_all(self) -> None:
        with self._mutex:
            names = list(self._waiters)
        for name in names:
            self.ring(name)

    def close(self) -> None:
        """Nothing to release; wakes everybody so that stopping threads look up."""
        self.ring_all()
