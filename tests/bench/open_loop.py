"""An open loop of whole conversations: each begins when it is due, whatever became of those before.

A conversation is a generator that asks one thing after the other and gets each answer. Times count from when a request
was due, so that a client that comes late does not flatter the server.
"""

from __future__ import annotations

import heapq
import itertools
import json
import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

_MOST_BYTES = 65_536
_PATIENCE_SECONDS = 60.0
NO_ANSWER = 0
"""The status of what was not answered: the connection broke, or a minute passed."""


@dataclass(frozen=True)
class Ask:
    """To be sent so many seconds after the answer before it."""

    step: str
    port: int
    request: bytes
    after: float = 0.0


@dataclass(frozen=True)
class Answer:
    """`due_at` by `time.monotonic()`; it was sent `late_seconds` after that."""

    step: str
    due_at: float
    late_seconds: float
    seconds: float
    status: int
    retry_after: int | None
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Conversation = Generator[Ask, Answer, None]


def request(method: str, path: str, said: Any = None, **headers: str) -> bytes:
    """As it goes over the wire; `Idempotency_Key` is sent as `Idempotency-Key`."""
    body = b"" if said is None else json.dumps(said).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(eq=False)
class _Line:
    """One kept connection and the conversation that waits for its answer."""

    port: int
    connection: socket.socket
    talk: Conversation | None = None
    ask: Ask | None = None
    due_at: float = 0.0
    sent_at: float = 0.0
    received: bytes = b""
    used: bool = False

    def send(self, talk: Conversation, ask: Ask, due_at: float) -> None:
        self.talk, self.ask, self.due_at, self.sent_at, self.received = talk, ask, due_at, time.monotonic(), b""
        self.connection.sendall(ask.request)

    def whole(self) -> tuple[int, int | None, bytes] | None:
        """Status, seconds of `Retry-After` and body, once all is there."""
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        if len(body) < int(headers[b"content-length"]):
            return None
        after = headers.get(b"retry-after")
        return int(head[9:12]), None if after is None else int(after), body


@dataclass
class OpenLoop:
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _free: dict[int, list[_Line]] = field(default_factory=lambda: defaultdict(list))
    _due: list[tuple[float, int, Conversation, Ask]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)
    _busy: set[_Line] = field(default_factory=set)

    def run(self, arrivals: Iterable[tuple[float, Conversation]], *, give_up_at: float) -> int:
        """Until all have ended; how many had not by `give_up_at`. `arrivals`: in the order of their moments."""
        coming = iter(arrivals)
        following = next(coming, None)
        while following or self._due or self._busy:
            now = time.monotonic()
            if now > give_up_at:
                break
            while following and following[0] <= now:
                self._go_on(following[1], None, following[0])
                following = next(coming, None)
            while self._due and self._due[0][0] <= now:
                due_at, _, talk, ask = heapq.heappop(self._due)
                self._send(talk, ask, due_at)
            moments = [one[0] for one in (following, self._due[0] if self._due else None) if one]
            self._receive(max(0.0, min([*moments, now + 1]) - time.monotonic()))
        left = len(self._due) + len(self._busy)
        for line in [*self._busy, *itertools.chain(*self._free.values())]:
            self._close(line)
        return left

    def _go_on(self, talk: Conversation, answer: Answer | None, now: float) -> None:
        try:
            ask = next(talk) if answer is None else talk.send(answer)
        except StopIteration:
            return
        heapq.heappush(self._due, (now + ask.after, next(self._numbers), talk, ask))

    def _send(self, talk: Conversation, ask: Ask, due_at: float) -> None:
        free = self._free[ask.port]
        line = free.pop() if free else self._open(ask.port)
        self._busy.add(line)
        try:
            line.send(talk, ask, due_at)
        except OSError:
            self._broken(line)

    def _open(self, port: int) -> _Line:
        connection = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(port, connection)
        self._selector.register(connection, selectors.EVENT_READ, line)
        return line

    def _receive(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            line: _Line = key.data
            try:
                chunk = line.connection.recv(_MOST_BYTES)
            except OSError:
                chunk = b""
            if not chunk:
                self._broken(line)
                continue
            line.received += chunk
            whole = line.whole()
            if whole is not None:
                line.used = True
                self._free[line.port].append(line)
                self._answered(line, *whole)
        self._give_up_silent()

    def _give_up_silent(self) -> None:
        now = time.monotonic()
        for line in [one for one in self._busy if now - one.sent_at > _PATIENCE_SECONDS]:
            line.used = False
            self._broken(line)

    def _broken(self, line: _Line) -> None:
        """A kept connection that was closed before anything was said to it is no fault: the same is sent by another."""
        self._close(line)
        if line in self._free[line.port]:
            self._free[line.port].remove(line)
        elif line.used and not line.received:
            self._busy.discard(line)
            assert line.talk is not None
            assert line.ask is not None
            self._send(line.talk, line.ask, line.due_at)
        else:
            self._answered(line, NO_ANSWER, None, b"")

    def _answered(self, line: _Line, status: int, retry_after: int | None, body: bytes) -> None:
        self._busy.discard(line)
        talk, ask, now = line.talk, line.ask, time.monotonic()
        assert talk is not None
        assert ask is not None
        answer = Answer(
            ask.step, line.due_at, line.sent_at - line.due_at, now - line.due_at, status, retry_after, body
        )  # fmt: skip
        self._go_on(talk, answer, now)

    def _close(self, line: _Line) -> None:
        self._selector.unregister(line.connection)
        line.connection.close()
