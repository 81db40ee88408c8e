"""Asks a probe in a thread of its own, so that one that hangs or fails costs no other and nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.errors import Transient
from shared.observability.logs import get_logger
from shared.thresholds import PROBLEM, UNKNOWN
from shared.vitals.sign import Sign

log = get_logger("vitals")
NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Probe:
    """`look` gives signs. `silent` gives those that stand for it after so many seconds without an answer.

    `rests_on_database`: while that is away nothing is known here, and its own sign says so. Not more often than
    `every_seconds`.
    """

    name: str
    look: Callable[[], Sequence[Sign]]
    every_seconds: float = 0.0
    rests_on_database: bool = False
    silent: Callable[[float], Sequence[Sign]] | None = None
    close: Callable[[], None] = lambda: None

    def unanswered(self, seconds: float) -> Sequence[Sign]:
        if self.silent is not None:
            return self.silent(seconds)
        return [self.failed(NO_ANSWER, UNKNOWN if self.rests_on_database else PROBLEM)]

    def failed(self, problem: str, state: str = PROBLEM) -> Sign:
        return Sign(self.name, state, facts={"problem": problem})


class Looking:
    """The looks of one probe, one after another; `signs` never waits."""

    def __init__(self, probe: Probe, clock: Clock) -> None:
        self.probe = probe
        self._clock = clock
        self._signs: Sequence[Sign] = ()
        self._began = float("-inf")
        self._answered = threading.Event()
        self._answered.set()

    def begin(self) -> None:
        """Unless it still hangs, or has looked lately."""
        now = self._clock.monotonic_seconds()
        if not self._answered.is_set() or now - self._began < self.probe.every_seconds:
            return
        self._began = now
        self._answered.clear()
        threading.Thread(target=self._look, name=f"vitals-{self.probe.name}", daemon=True).start()

    def wait(self, seconds: float) -> None:
        self._answered.wait(max(0.0, seconds))

    def signs(self) -> Sequence[Sign]:
        if self._answered.is_set():
            return self._signs
        return self.probe.unanswered(self._clock.monotonic_seconds() - self._began)

    def _look(self) -> None:
        try:
            self._signs = self.probe.look()
        except Transient as error:
            state = UNKNOWN if self.probe.rests_on_database else PROBLEM
            self._signs = [self.probe.failed(error.code, state)]
        except Exception as error:
            log.exception("probe_failed", probe=self.probe.name)
            self._signs = [self.probe.failed(type(error).__name__)]
        finally:
            self._answered.set()


def look_round(lookings: Sequence[Looking], seconds: float) -> list[Sign]:
    """Begins all of them and gathers what they say within so many seconds in all."""
    for one in lookings:
        one.begin()
    until = time.monotonic() + seconds
    for one in lookings:
        one.wait(until - time.monotonic())
    return [sign for one in lookings for sign in one.signs()]
