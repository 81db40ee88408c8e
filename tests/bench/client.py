"""A client that costs the machine little: a few kept-alive connections, each sends its next request when the last is
answered. Benches share two cores with what they measure, so a comfortable HTTP library would measure itself.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

_MOST_BYTES = 65_536


@dataclass
class Answers:
    """What came back: how many of each status, and each answer's seconds."""

    statuses: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    elapsed_seconds: float = 0.0

    def count(self, status: int) -> int:
        return self.statuses.get(status, 0)

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.elapsed_seconds


@dataclass(frozen=True)
class Exchange:
    """One request of an open loop. `due_at` is when it had to be sent, by `time.time()`; it was so much later."""

    due_at: float
    late_seconds: float
    seconds: float
    status: int
    body: bytes


@dataclass
class _Line:
    """One connection and the answer that it waits for."""

    connection: socket.socket
    due_at: float = 0.0
    sent_at: float = 0.0
    received: bytes = b""
    body: bytes = b""

    def send(self, request: bytes) -> None:
        self.sent_at, self.received = time.monotonic(), b""
        self.connection.sendall(request)

    def status(self) -> int | None:
        """The status once the answer is whole, `body` then too. Raises ConnectionError when the server hung up."""
        chunk = self.connection.recv(_MOST_BYTES)
        if not chunk:
            raise ConnectionError("the server closed a connection that was to be kept")
        self.received += chunk
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = next(
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        self.body = body
        return int(head[9:12]) if len(body) >= length else None


def post(path: str, body: Any) -> bytes:
    """A request as it goes over the wire."""
    payload = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}"
    return head.encode() + b"\r\n\r\n" + payload


def load(port: int, next_request: Callable[[], bytes], *, connections: int, for_seconds: float) -> Answers:
    """Keeps `connections` requests under way for that time, then waits for those in hand."""
    answers = Answers()
    with _lines(port, connections) as lines, selectors.DefaultSelector() as selector:
        started = time.monotonic()
        for line in lines:
            selector.register(line.connection, selectors.EVENT_READ, line)
            line.send(next_request())
        waiting = len(lines)
        while waiting:
            for key, _ in selector.select(timeout=10):
                line = key.data
                status = line.status()
                if status is None:
                    continue
                now = time.monotonic()
                answers.statuses[status] = answers.statuses.get(status, 0) + 1
                answers.seconds.append(now - line.sent_at)
                if now - started < for_seconds:
                    line.send(next_request())
                else:
                    waiting -= 1
        answers.elapsed_seconds = time.monotonic() - started
    return answers


def arrive(port: int, next_request: Callable[[], bytes], *, per_second: float, for_seconds: float) -> list[Exchange]:
    """An open loop: a request is sent when it is due, whatever became of those before; a line more if none is free.

    Times count from when a request was due, so that a client that comes late does not flatter the server.
    """
    total = int(per_second * for_seconds)
    began, began_wall = time.monotonic(), time.time()
    done: list[Exchange] = []
    sent = 0
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        free: list[_Line] = []
        while len(done) < total:
            due = began + sent / per_second
            if sent < total and time.monotonic() >= due:
                line = free.pop() if free else _open(stack, selector, port)
                line.due_at = due
                line.send(next_request())
                sent += 1
                continue
            for key, _ in selector.select(timeout=max(0.0, due - time.monotonic()) if sent < total else 10):
                line = key.data
                status = line.status()
                if status is not None:
                    waited, late = time.monotonic() - line.due_at, line.sent_at - line.due_at
                    done.append(Exchange(began_wall + line.due_at - began, late, waited, status, line.body))
                    free.append(line)
    return done


def _open(stack: ExitStack, selector: selectors.BaseSelector, port: int) -> _Line:
    line = stack.enter_context(_lines(port, 1))[0]
    selector.register(line.connection, selectors.EVENT_READ, line)
    return line


@contextmanager
def _lines(port: int, number: int) -> Iterator[list[_Line]]:
    lines = [_Line(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(number)]
    for line in lines:
        line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        yield lines
    finally:
        for line in lines:
            line.connection.close()
