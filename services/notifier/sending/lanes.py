"""Whose turn it is: the next lane of a channel that has something due and may be served.

All threads of a process ask here. A lane is passed over while its breaker is open, its rate used up, or as many
threads serve it as one destination may keep busy; of the others the one that was served longest ago is next. What this
process plans is known by its bells; the database is asked for what others have planned, and when a wait is over.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from services.notifier.delivery import ANY, CITIZEN
from services.notifier.sending.breaker import Breakers, Permit
from services.notifier.sending.calling import bell_of
from services.notifier.sending.due_lanes import due_lanes
from services.notifier.sending.rates import Bucket
from shared.clock import Clock
from shared.storage.bells import MOST_SECONDS, Bells
from shared.storage.database import Database

BATCH = 50
AGENCY_CAP = 2
# Python runs one thread at a time: more than a few that never wait only take turns, and do less together. Who has been
# at one turn for longer waits for somebody else, and does not count.
QUICK_THREADS, _QUICK_SECONDS = 3, 0.25
_ALONE_SECONDS = 0.05
"""A second thread that went to a lane sooner would mostly find that the first has taken all there is."""
_SCAN_EVERY_SECONDS = 1.0
_SWEEP_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class Turn:
    """Up to `most` deliveries of the lane may be taken. `probe`: only one, to see whether the destination works again.

    With `away_since` the destination is away since then, and nothing is sent: only those are taken whose time there
    is over.
    """

    lane: str
    most: int
    probe: bool = False
    away_since: datetime | None = None


@dataclass(frozen=True)
class Rest:
    """Nothing to do for so long, unless a bell rings."""

    seconds: float


class Lanes:
    """Those of one process. `threads` is the size of each channel's pool, `per_second` the rate of its lanes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        breakers: Breakers,
        bells: Bells,
        *,
        threads: Mapping[str, int],
        per_second: Mapping[str, float],
        sweeps_after: timedelta,
    ) -> None:
        self._database = database
        self._clock = clock
        self._breakers = breakers
        self._bells = bells
        self._threads = threads
        self._per_second = per_second
        self._sweeps_after = sweeps_after
        self._lock = threading.Lock()
        self._due: dict[str, datetime] = {}
        self._scanned_at = float("-inf")
        self._looks_again = False
        self._called: set[str] = set()
        self._served: dict[str, int] = {}
        self._serving: Counter[str] = Counter()
        self._begun: dict[int, tuple[str, float]] = {}
        self._buckets: dict[str, Bucket] = {}
        self._swept_at: dict[str, float] = {}
        self._turns = count(1)

    def take(self, channel: str) -> Turn | Rest:
        """Give each turn back by `done`."""
        with self._lock:
            at = self._clock.monotonic_seconds()
            self._hear(channel)
            if at >= self._scanned_at + _SCAN_EVERY_SECONDS:
                self._scan(at)
            if self._is_busy(channel, at):
                return Rest(_QUICK_SECONDS)
            turn = self._choose(channel, at)
            if turn is not None:
                self._serving[turn.lane] += 1
                self._served[turn.lane] = next(self._turns)
                self._begun[id(turn)] = (turn.lane, at)
                if self._others_wait(turn):
                    self._bells.ring(bell_of(channel))  # whoever slept since that lane was served
                return turn
            rest = self._rest(channel, at)
            return Rest(min(rest, self._scanned_at + _SCAN_EVERY_SECONDS - at) if self._looks_again else rest)

    def done(self, turn: Turn, taken: int, given_back: int = 0) -> None:
        """`taken`: how many deliveries were held, `given_back`: how many of them untried. Where that was all there was,
        the next look tells when to go on."""
        with self._lock:
            self._serving[turn.lane] -= 1
            called = turn.lane in self._called
            self._called.discard(turn.lane)
            self._begun.pop(id(turn), None)
            if turn.lane in self._buckets:
                self._buckets[turn.lane] = self._buckets[turn.lane].take(taken, self._clock.monotonic_seconds())
            if taken < turn.most and not (called or given_back):
                self._due.pop(turn.lane, None)
                self._looks_again = True
            elif turn.away_since is not None:
                self._swept_at.pop(turn.lane, None)
        if turn.probe:
            self._breakers.release(turn.lane.partition(":")[0], turn.lane)

    def others_wait(self, turn: Turn) -> bool:
        """Whether another lane of the channel has something due that no thread serves."""
        with self._lock:
            return self._others_wait(turn)

    def _others_wait(self, turn: Turn) -> bool:
        channel, now = turn.lane.partition(":")[0], self._clock.now()
        return any(
            lane != turn.lane and due_at <= now and not self._serving[lane]
            and self._breakers.open_since(channel, lane) is None
            for lane, due_at in self._due.items()
            if lane.startswith(f"{channel}:")
        )  # fmt: skip

    def _hear(self, channel: str) -> None:
        """A lane that is being served was perhaps claimed before what it is called for was there."""
        now = self._clock.now()
        for lane in self._bells.heard(bell_of(channel)):
            self._due[lane] = min(now, self._due.get(lane, now))
            if self._serving[lane]:
                self._called.add(lane)

    def _scan(self, at: float) -> None:
        with self._database.read() as connection:
            self._due = due_lanes(connection, self._clock.now())
        self._scanned_at, self._looks_again = at, False

    def _choose(self, channel: str, at: float) -> Turn | None:
        now = self._clock.now()
        mine = [lane for lane, due_at in self._due.items() if lane.startswith(f"{channel}:") and due_at <= now]
        for lane in sorted(mine, key=lambda lane: (self._served.get(lane, 0), lane)):
            if self._serving[lane] >= self._cap(channel, lane) or self._just_begun(lane, at) is not None:
                continue
            most = min(BATCH, self._ready(channel, lane, at))
            if most < 1:
                continue
            permit = self._breakers.enter(channel, lane)
            if permit is Permit.NONE:
                turn = self._sweep(channel, lane, now, at)
                if turn is not None:
                    return turn
                continue
            careful = permit is Permit.PROBE or self._breakers.suspects(lane)
            return Turn(lane, 1 if careful else most, probe=permit is Permit.PROBE)
        return None

    def _sweep(self, channel: str, lane: str, now: datetime, at: float) -> Turn | None:
        """A lane that is away for long is looked through now and then: some are to go on by another channel."""
        since = self._breakers.open_since(channel, lane)
        if since is None or now - since < self._sweeps_after or channel == ANY:
            return None
        if at - self._swept_at.get(lane, float("-inf")) < _SWEEP_EVERY_SECONDS:
            return None
        self._swept_at[lane] = at
        return Turn(lane, BATCH, away_since=since)

    def _is_busy(self, channel: str, at: float) -> bool:
        begun = [since for lane, since in self._begun.values() if lane.startswith(f"{channel}:")]
        return sum(at - since < _QUICK_SECONDS for since in begun) >= QUICK_THREADS

    def _just_begun(self, lane: str, at: float) -> float | None:
        """How long whoever was the last to begin there is still left alone."""
        left = [_ALONE_SECONDS - (at - since) for one, since in self._begun.values() if one == lane]
        return max(left) if left and max(left) > 0 else None

    def _cap(self, channel: str, lane: str) -> int:
        """One thread for whoever failed last time: a destination that hangs must not keep them all waiting.

        Nor is more than one message made ready for it.
        """
        if self._breakers.suspects(lane):
            return 1
        threads = self._threads.get(channel, 1)
        return max(1, threads - 1) if lane == f"{channel}:{CITIZEN}" else min(AGENCY_CAP, threads)

    def _ready(self, channel: str, lane: str, at: float) -> int:
        per_second = self._per_second.get(channel, 0.0)
        if per_second <= 0:
            return BATCH
        bucket = self._buckets.setdefault(lane, Bucket.full(per_second, at))
        return bucket.ready(at)

    def _rest(self, channel: str, at: float) -> float:
        """Until the next lane is due, may be tried again, or has its rate back."""
        now = self._clock.now()
        waits = []
        for lane, due_at in self._due.items():
            if not lane.startswith(f"{channel}:"):
                continue
            wait = (max(due_at, self._breakers.next_probe_at(channel, lane) or due_at) - now).total_seconds()
            if lane in self._buckets:
                wait = max(wait, self._buckets[lane].wait_seconds(at))
            if self._serving[lane] < self._cap(channel, lane):
                wait = max(wait, self._just_begun(lane, at) or 0.0)
            if wait > 0:
                waits.append(wait)
        return min([MOST_SECONDS, *waits])
