"""Who is served next: requests wait in lanes, each with threads of its own, and none waits longer than it is worth.

Waiting is measured, from the moment a request was read whole until a thread takes it. As soon as the oldest of a lane
has waited the most, newcomers of that lane are turned away at once; whoever is not served within twice that is turned
away too. So a server that gets more than it can do goes on doing as much as it can, and keeps nobody in the dark.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol

from shared.observability.logs import get_logger

log = get_logger("web")
MOST_WAIT_SECONDS = 2.0
_TELL_EVERY_SECONDS = 10.0
_LOOKS = 20
"""In the longest wait: how often those who wait are looked at."""


@dataclass(frozen=True)
class Lane:
    """`patience`: how many times the usual wait a request of this lane is worth."""

    name: str
    threads: int
    patience: float = 1.0


SIGNS = Lane("signs", 2, inf)
"""Health, readiness, metrics: whoever looks after us must see a busy service, not a dead one."""
INTERNAL = Lane("internal", 4)
"""Other services: their pages wait for these, so these never wait for pages, ours or theirs."""
SHORT = Lane("short", 10)
LONG = Lane("long", 3, 10)
"""Exports, photos, what adds up years: people expect to wait for it, and nothing short waits behind it."""
STREAMS = Lane("streams", 24)
"""What is answered as long as a page lies open."""

LARGE_BYTES = 300_000
"""A request that brings so much (photos, files) is a long one, whatever it asks for."""


class Request(Protocol):
    """What is known of a request before it is served."""

    path: str
    content_length: int


LaneOf = Callable[[Request], Lane]


def lane_by_path(is_long: Callable[[str], object], is_stream: Callable[[str], object]) -> LaneOf:
    """The lane of a request of a service, which says of a path whether it takes long, or never ends by itself."""

    def lane_of(request: Request) -> Lane:
        path = request.path
        if path in ("/healthz", "/readyz", "/metrics"):
            return SIGNS
        if is_stream(path):
            return STREAMS
        if request.content_length > LARGE_BYTES or is_long(path):
            return LONG
        return INTERNAL if path.startswith("/internal/") else SHORT

    return lane_of


class Watcher(Protocol):
    def waited(self, lane: Lane, seconds: float) -> None:
        """Somebody of that lane is served after so long."""

    def turned_away(self, lane: Lane) -> None: ...


@dataclass
class _Queue:
    """Those who wait in a lane, the oldest first; guarded by the lock of `ready`."""

    lane: Lane
    ready: threading.Condition = field(default_factory=threading.Condition)
    waiting: deque[tuple[float, Any]] = field(default_factory=deque)
    threads: int = 0
    idle: int = 0

    def oldest_seconds(self, now: float) -> float:
        return now - self.waiting[0][0] if self.waiting else 0.0


class Lanes:
    """Takes the place of waitress's own dispatcher: whatever a connection has to do comes by `add_task`.

    Threads are started when they are needed first. In those that turn away, and only there, `turning_away()` is true:
    there the application is not to be asked.
    """

    def __init__(self, lane_of: LaneOf, watcher: Watcher, most_wait_seconds: float = MOST_WAIT_SECONDS) -> None:
        self._lane_of, self._watcher, self._most_wait = lane_of, watcher, most_wait_seconds
        self._queues = {lane: _Queue(lane) for lane in (SIGNS, INTERNAL, SHORT, LONG, STREAMS)}
        self._refused: deque[tuple[Lane, Any]] = deque()
        self._somebody_waits = threading.Event()
        self._stopping = False
        self._here = threading.local()
        self._told_at, self._untold = -inf, 0
        threading.Thread(target=self._look_after_waiting, name="web-usher", daemon=True).start()

    def turning_away(self) -> bool:
        return getattr(self._here, "turning_away", False)

    def add_task(self, connection: Any) -> None:
        """Called by waitress: `connection` has a request that was read whole, and `service()` answers it."""
        lane = self._lane_of(_Seen(connection.requests[0]))
        queue, now = self._queues[lane], time.monotonic()
        with queue.ready:
            if queue.oldest_seconds(now) <= self._most_wait * lane.patience:
                queue.waiting.append((now, connection))
                if len(queue.waiting) <= queue.idle:
                    queue.ready.notify()
                    return
                if queue.threads < lane.threads:
                    queue.threads += 1
                    name = f"web-{lane.name}-{queue.threads}"
                    threading.Thread(target=self._serve, args=(queue,), name=name, daemon=True).start()
                    return
            else:
                self._refused.append((lane, connection))
        self._somebody_waits.set()

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Threads end with what they have in hand; whoever still waits is not served any more."""
        self._stopping = True
        self._somebody_waits.set()
        for queue in self._queues.values():
            with queue.ready:
                for _, connection in queue.waiting:
                    connection.cancel()
                queue.waiting.clear()
                queue.ready.notify_all()
        return True

    def _serve(self, queue: _Queue) -> None:
        while True:
            with queue.ready:
                queue.idle += 1
                while not queue.waiting and not self._stopping:
                    queue.ready.wait()
                queue.idle -= 1
                if self._stopping:
                    return
                since, connection = queue.waiting.popleft()
            self._watcher.waited(queue.lane, time.monotonic() - since)
            _answer(connection)

    def _look_after_waiting(self) -> None:
        """Sleeps while nobody waits."""
        self._here.turning_away = True
        while not self._stopping:
            self._somebody_waits.wait()
            self._somebody_waits.clear()
            while not self._stopping and self._turn_away():
                self._somebody_waits.wait(self._most_wait / _LOOKS)
                self._somebody_waits.clear()

    def _turn_away(self) -> bool:
        """Those whose time is over. Whether there are others who wait."""
        waits = False
        for queue in self._queues.values():
            worth = 2 * self._most_wait * queue.lane.patience
            with queue.ready:
                now = time.monotonic()
                while queue.oldest_seconds(now) > worth:
                    self._refused.append((queue.lane, queue.waiting.popleft()[1]))
                waits = waits or bool(queue.waiting)
        while self._refused:
            lane, connection = self._refused.popleft()
            self._watcher.turned_away(lane)
            self._tell()
            _answer(connection)
        return waits

    def _tell(self) -> None:
        """A line for many: a server that has too much to do is not to write one for each."""
        self._untold += 1
        if time.monotonic() - self._told_at >= _TELL_EVERY_SECONDS:
            log.warning("requests_turned_away", number=self._untold)
            self._told_at, self._untold = time.monotonic(), 0


class _Seen:
    """A request of waitress; one that could not be read has neither path nor length, and is soon answered."""

    def __init__(self, request: Any) -> None:
        self.path = str(getattr(request, "path", ""))
        length = request.headers.get("CONTENT_LENGTH", "")  # of a request in chunks it is set once it is whole
        self.content_length = int(length) if length.isascii() and length.isdigit() else 0


def _answer(connection: Any) -> None:
    try:
        connection.service()
    except BaseException:
        log.exception("request_not_served")
