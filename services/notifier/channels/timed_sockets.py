"""Sockets that keep to a limit for a whole conversation, however slowly the other side drips.

A socket's own time-out begins anew with each byte. These ask, before each step, how much is left of what the calling
thread allowed in `within`.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Patience(threading.local):
    """What the calling thread still allows. `has_sent` tells whether anything was handed to the other side."""

    until = float("inf")
    step_seconds = 10.0
    connect_seconds = 5.0
    has_sent = False

    def left(self, most: float = float("inf")) -> float:
        """Seconds for the next step. Raises `TimeoutError` when nothing is left."""
        left = min(most, self.step_seconds, self.until - time.monotonic())
        if left <= 0:
            raise TimeoutError("the conversation took too long as a whole")
        return left


_patience = Patience()


@contextmanager
def within(total_seconds: float, *, step_seconds: float, connect_seconds: float) -> Iterator[Patience]:
    """What this thread does inside with such sockets takes `total_seconds` at most, and each step `step_seconds`.

    A TLS handshake counts as one step, and so does what is sent at once. Looking up names is not covered.
    """
    _patience.until, _patience.step_seconds = time.monotonic() + total_seconds, step_seconds
    _patience.connect_seconds, _patience.has_sent = connect_seconds, False
    try:
        yield _patience
    finally:
        _patience.until = float("inf")


class _InTime(socket.socket):
    def recv_into(self, *args: Any, **named: Any) -> int:
        self.settimeout(_patience.left())
        return super().recv_into(*args, **named)

    def sendall(self, *args: Any, **named: Any) -> None:
        self.settimeout(_patience.left())
        _patience.has_sent = True
        super().sendall(*args, **named)

    def send(self, *args: Any, **named: Any) -> int:
        """What an encrypted one calls for each part of what it is to send."""
        self.settimeout(_patience.left())
        return super().send(*args, **named)


class TimedSocket(_InTime):
    """A plain one."""

    @classmethod
    def connected_to(cls, family: int, address: tuple[Any, ...]) -> TimedSocket:
        """Raises `OSError`."""
        opened = cls(family, socket.SOCK_STREAM)
        try:
            opened.settimeout(_patience.left(_patience.connect_seconds))
            opened.connect(address)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.settimeout(_patience.left())  # for a handshake that may follow
        except BaseException:
            opened.close()
            raise
        return opened


class _TimedTls(_InTime, ssl.SSLSocket):
    """An encrypted one, as `timed_context` makes them."""


def timed_context(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same, now wrapping sockets so that they keep to the limit."""
    context.sslsocket_class = _TimedTls
    return context
