"""Holding back from destinations that do not work: a breaker for each lane and for each channel as a whole.

Closed, everything passes. After some failures in a row it opens, and what waits there stays as it is. After a pause
that grows one message is let through to try; when that gets through the breaker closes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.notifier.way_out import Away
from shared.messaging.backoff import backoff_seconds

OPENS_AFTER = 3
_FIRST_PAUSE_SECONDS = 5.0
_MOST_PAUSE_SECONDS = 300.0


class Permit(StrEnum):
    """How much may pass: everything, one message to try, nothing."""

    ALL = "all"
    PROBE = "probe"
    NONE = "none"


@dataclass(frozen=True)
class Breaker:
    """A value: each event gives the next one. `since` is when it opened; a probe that fails does not change that."""

    key: str
    failures: int = 0
    since: datetime | None = None
    pauses: int = 0
    probe_at: datetime | None = None
    probing: bool = False
    problem: str = ""

    @property
    def is_open(self) -> bool:
        return self.probe_at is not None

    def permit(self, now: datetime) -> Permit:
        if self.probe_at is None:
            return Permit.ALL
        return Permit.NONE if self.probing or now < self.probe_at else Permit.PROBE

    def probed(self) -> Breaker:
        """One message is on its way; no other one until its end is known."""
        return replace(self, probing=True)

    def released(self) -> Breaker:
        """The probe told nothing: another one may go."""
        return replace(self, probing=False)

    def failed(self, now: datetime, problem: str, *, probe: bool) -> Breaker:
        """A message that was under way when it opened is only counted: a probe makes the pause longer."""
        counted = replace(self, failures=self.failures + 1, problem=problem)
        if counted.failures < OPENS_AFTER or (self.is_open and not probe):
            return counted
        wait = backoff_seconds(self.pauses + 1, first=_FIRST_PAUSE_SECONDS, most=_MOST_PAUSE_SECONDS, key=self.key)
        return replace(
            counted, since=self.since or now, pauses=self.pauses + 1, probe_at=now + timedelta(seconds=wait),
            probing=False,
        )  # fmt: skip


@dataclass(frozen=True)
class Destination:
    """What an operator sees of a destination that does not work now. `key` is a lane, or a channel as a whole."""

    key: str
    state: str
    since: datetime
    failures: int
    problem: str
    next_probe_at: datetime


class Breakers:
    """Those of one process; used by all its threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._by_key: dict[str, Breaker] = {}

    def enter(self, channel: str, lane: str) -> Permit:
        """Asks for the lane. Whoever gets a probe tells by `note` what it taught, and gives it back by `release`."""
        now = self._now()
        with self._lock:
            found = [self._by_key[key] for key in (channel, lane) if key in self._by_key]
            permits = [breaker.permit(now) for breaker in found]
            if Permit.NONE in permits:
                return Permit.NONE
            for breaker, permit in zip(found, permits, strict=True):
                if permit is Permit.PROBE:
                    self._by_key[breaker.key] = breaker.probed()
            return Permit.PROBE if Permit.PROBE in permits else Permit.ALL

    def release(self, channel: str, lane: str) -> None:
        with self._lock:
            for key in (channel, lane):
                if key in self._by_key:
                    self._by_key[key] = self._by_key[key].released()

    def note(self, channel: str, lane: str, away: Away, problem: str = "", *, probe: bool = False) -> None:
        """What an attempt taught. A lane that is away proves that its channel works, a channel tells of no lane."""
        with self._lock:
            if away is Away.CHANNEL:
                self._fail(channel, problem, probe=probe)
                return
            self._by_key.pop(channel, None)
            if away is Away.LANE:
                self._fail(lane, problem, probe=probe)
            else:
                self._by_key.pop(lane, None)

    def suspects(self, lane: str) -> bool:
        """Whether the last attempt there failed, so that it should not keep many threads."""
        return lane in self._by_key

    def open_since(self, channel: str, lane: str) -> datetime | None:
        """Since when the lane or its channel is away; None when both work."""
        with self._lock:
            found = [self._by_key[key] for key in (channel, lane) if key in self._by_key]
        return min((one.since for one in found if one.is_open and one.since is not None), default=None)

    def next_probe_at(self, channel: str, lane: str) -> datetime | None:
        with self._lock:
            found = [self._by_key[key] for key in (channel, lane) if key in self._by_key]
        return max((one.probe_at for one in found if one.probe_at is not None), default=None)

    def destinations(self) -> list[Destination]:
        """Those that do not work now, the oldest trouble first."""
        with self._lock:
            found = list(self._by_key.values())
        shown = [
            Destination(
                one.key, "half_open" if one.probing else "open", one.since, one.failures, one.problem, one.probe_at
            )
            for one in found
            if one.probe_at is not None and one.since is not None
        ]
        return sorted(shown, key=lambda one: (one.since, one.key))

    def trouble(self, channel: str) -> Breaker | None:
        """Of the channel as a whole, once an attempt has failed for a reason that is no single destination's."""
        with self._lock:
            return self._by_key.get(channel)

    def _fail(self, key: str, problem: str, *, probe: bool) -> None:
        self._by_key[key] = self._by_key.get(key, Breaker(key)).failed(self._now(), problem, probe=probe)
