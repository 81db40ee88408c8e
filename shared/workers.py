"""Threads that do one step after another until told to stop, and that show whether they move."""

from __future__ import annotations

import threading
from typing import Protocol

from shared.clock import Clock
from shared.errors import Transient
from shared.messaging.backoff import backoff_seconds
from shared.observability.logs import get_logger

log = get_logger("workers")

_MOST_GATHERING_SECONDS = 0.02
_UNHURRIED_TIMES, _MOST_UNHURRIED_SECONDS = 5, 0.1


def gathering_seconds(worked_seconds: float, *, hurried: bool = True) -> float:
    """How long a stepper that works in batches rests after one that was not full and took so long.

    A batch costs about the same whatever its size, so a busy system does more in fewer: the slower it has become, the
    longer it gathers. What comes to an idle system meets nobody at rest, and to one with room hardly anybody. Where
    nobody waits for the outcome (not `hurried`), it gathers for five times as long.
    """
    if hurried:
        return min(worked_seconds, _MOST_GATHERING_SECONDS)
    return min(_UNHURRIED_TIMES * worked_seconds, _MOST_UNHURRIED_SECONDS)


class Stepper(Protocol):
    """`step` does a piece of work or waits about a second; `wake` ends such a wait early; `close` releases."""

    def step(self) -> None: ...
    def wake(self) -> None: ...
    def close(self) -> None: ...


class Worker:
    """Runs a stepper in a thread. An error costs a pause, never the thread."""

    def __init__(self, name: str, stepper: Stepper, clock: Clock) -> None:
        self.name = name
        self._stepper = stepper
        self._clock = clock
        self._stopping = threading.Event()
        self._moved_at = clock.monotonic_seconds()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Asks the worker to stop after the step in hand; `join` waits for it."""
        self._stopping.set()
        self._stepper.wake()

    def join(self, timeout_seconds: float) -> bool:
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def still_seconds(self) -> float:
        """How long ago the loop last moved."""
        return self._clock.monotonic_seconds() - self._moved_at

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._moved_at = self._clock.monotonic_seconds()
            try:
                self._stepper.step()
                self._failures = 0
            except Transient as error:
                self._failures += 1
                if error.code != "broker_lost":
                    log.warning("worker_waits", worker=self.name, code=error.code, error=error.message)
                self._stopping.wait(error.retry_after_seconds or self._pause())
            except Exception:
                self._failures += 1
                log.exception("worker_failed", worker=self.name)
                self._stopping.wait(self._pause())
        self._stepper.close()

    def _pause(self) -> float:
        return backoff_seconds(self._failures, first=0.2, most=5.0, key=self.name)
