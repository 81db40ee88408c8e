"""A mail server that answers as a test's script says."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import BinaryIO

OK = b"250 OK\r\n"
FREEZE, DROP = b"freeze", b"drop"


@dataclass
class Script:
    """For a `RawServer`. It answers by the verb; `exceptions` say what else for the n-th time that it comes.

    `FREEZE` says nothing more, `DROP` cuts the connection. A mail counts as taken once its end was read. With `tls` it
    offers STARTTLS, or speaks it `at_once`.
    """

    exceptions: dict[tuple[str, int], bytes] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("PIPELINING", "DSN")
    tls: ssl.SSLContext | None = None
    at_once: bool = False
    heard: list[str] = field(default_factory=list)
    taken: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def __call__(self, connection: socket.socket) -> None:
        if self.at_once and self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        if self._answer(connection, "CONNECT", b"220 scripted ESMTP\r\n"):
            self._talk_on(connection)

    def verbs(self) -> list[str]:
        return [one.split(" ")[0].upper() for one in self.heard]

    def _talk_on(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                self.heard.append(line.decode().strip())
                verb = self.verbs()[-1]
                if verb == "STARTTLS" and self.tls is not None:
                    connection.sendall(b"220 go ahead\r\n")
                    self._talk_on(self.tls.wrap_socket(connection, server_side=True))
                    return
                if not self._do(connection, verb, lines):
                    return

    def _do(self, connection: socket.socket, verb: str, lines: BinaryIO) -> bool:
        """False ends the conversation."""
        if verb == "EHLO":
            return self._answer(connection, verb, self._greeting(connection))
        if verb == "DATA":
            return self._take(connection, lines)
        if verb == "AUTH":
            return self._answer(connection, verb, b"235 welcome\r\n")
        return verb != "QUIT" and self._answer(connection, verb, OK)

    def _greeting(self, connection: socket.socket) -> bytes:
        offered = list(self.extensions)
        if self.tls is not None and not isinstance(connection, ssl.SSLSocket):
            offered.append("STARTTLS")
        return b"250-scripted\r\n" + "".join(f"250-{one}\r\n" for one in offered).encode() + b"250 8BITMIME\r\n"

    def _take(self, connection: socket.socket, lines: BinaryIO) -> bool:
        if not self._answer(connection, "DATA", b"354 go ahead\r\n"):
            return False
        if ("DATA", self.counts["DATA"]) in self.exceptions:
            return True
        if not self._answer(connection, "CONTENT", b""):
            return False
        while lines.readline() not in (b".\r\n", b""):
            pass
        self.taken += 1
        return self._answer(connection, "END", OK)

    def _answer(self, connection: socket.socket, verb: str, usual: bytes) -> bool:
        self.counts[verb] = self.counts.get(verb, 0) + 1
        said = self.exceptions.get((verb, self.counts[verb]), usual)
        if said == FREEZE:
            time.sleep(4)
        if said in (FREEZE, DROP):
            return False
        connection.sendall(said)
        return True
