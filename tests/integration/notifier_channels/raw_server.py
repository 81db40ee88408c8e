"""A TCP server that does with each connection just what a test says, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


class RawServer:
    """`talk` is called with each connection, in a thread of its own; the connection is closed when it returns.

    `stopped` is set at the end: wait on it to hang.
    """

    def __init__(self, talk: Callable[[socket.socket], None], host: str = "127.0.0.1") -> None:
        self._talk = talk
        self._listening = socket.create_server((host, 0))
        self.port = int(self._listening.getsockname()[1])
        self.connections = 0
        self.stopped = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._talk(connection)


def reading(then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """For `talk`: first reads a request of HTTP with its body."""

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            length = 0
            while (line := lines.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            lines.read(length)
            then(connection)

    return talk
