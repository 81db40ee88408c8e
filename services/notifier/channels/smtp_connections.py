"""Connections to the mail server: opened with a greeting, encryption and login, kept for the next mail."""

from __future__ import annotations

import functools
import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from services.notifier.channels.dialling import SystemResolver, connect_to_one
from services.notifier.channels.timed_sockets import timed_context

MOST_MAILS = 100
MOST_IDLE_SECONDS = 30.0
"""Servers are asked to wait five minutes for the next command (RFC 5321, 4.5.3.2.7); not all do."""
FRESH_SECONDS = 1.0
"""So soon after a mail was accepted the server is not asked whether it is still there: that would be a fifth answer to
wait for, with each mail. If it is gone the first command tells, and nothing was said yet.
"""
_MOST_KEPT = 16
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Unprotected(Exception):
    """A password would have to go over the net in clear."""


class Connection(smtplib.SMTP):
    """`mails` counts what was sent over it so far, `clean` says that the last one was accepted. Every wait keeps to the
    limits of `timed_sockets.within`.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext, *, secure: bool) -> None:
        """Connected and greeted. Raises `OSError` and smtplib's errors."""
        self.mails = 0
        self.clean = True
        self.used_at = time.monotonic()
        self._at_once = context if secure else None
        super().__init__(host, port, local_hostname=_own_name())

    @property
    def is_used(self) -> bool:
        return self.mails > 0

    def leave(self) -> None:
        """Says good-bye and does not wait for the answer."""
        with suppress(OSError, smtplib.SMTPException):
            self.putcmd("quit")
        self.close()

    def _get_socket(self, host: str, port: int, _timeout: float) -> socket.socket:
        connected: socket.socket = connect_to_one(SystemResolver().addresses(host), port)
        if self._at_once is None:
            return connected
        try:
            return self._at_once.wrap_socket(connected, server_hostname=host)
        except BaseException:
            connected.close()
            raise


class SmtpConnections:
    """To one server. Shared by threads, each of which has a connection to itself between `take` and `keep`."""

    def __init__(
        self,
        url: str,
        *,
        most_mails: int = MOST_MAILS,
        most_idle_seconds: float = MOST_IDLE_SECONDS,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        """`url` as `SmtpChannel` wants it."""
        parts = urlsplit(url)
        self._host, self._secure = parts.hostname or "", parts.scheme == "smtps"
        self._port = parts.port or (smtplib.SMTP_SSL_PORT if self._secure else smtplib.SMTP_PORT)
        self._login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self._context = _context(verified=self._secure or self._login is not None)
        self._most_mails, self._most_idle_seconds = most_mails, most_idle_seconds
        self._fresh_seconds = fresh_seconds
        self._kept: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def take(self) -> Connection:
        """The one that was used last, if it lay there not too long, else a new one.

        Raises `Unprotected`, `OSError` and smtplib's errors.
        """
        while (kept := self._last_kept()) is not None:
            if time.monotonic() - kept.used_at < self._most_idle_seconds:
                return kept
            kept.leave()
        return self.open()

    def open(self) -> Connection:
        """A new one. Raises as `take` does."""
        connection = Connection(self._host, self._port, self._context, secure=self._secure)
        try:
            self._introduce(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def is_fresh(self, connection: Connection) -> bool:
        """A mail was accepted over it a moment ago, and nothing is left begun."""
        return connection.clean and time.monotonic() - connection.used_at < self._fresh_seconds

    def keep(self, connection: Connection, *, clean: bool) -> None:
        """After a mail was accepted (`clean`) or refused, for the next one."""
        connection.mails += 1
        connection.clean = clean
        connection.used_at = time.monotonic()
        with self._lock:
            wanted = not self._closed and connection.mails < self._most_mails and len(self._kept) < _MOST_KEPT
            if wanted:
                self._kept.append(connection)
        if not wanted:
            connection.leave()

    def close(self) -> None:
        with self._lock:
            kept, self._kept, self._closed = self._kept, [], True
        for connection in kept:
            connection.leave()

    def _last_kept(self) -> Connection | None:
        with self._lock:
            return self._kept.pop() if self._kept else None

    def _introduce(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        secure = self._secure
        if not secure and connection.has_extn("starttls"):
            connection.starttls(context=self._context)
            connection.ehlo_or_helo_if_needed()
            secure = True
        if self._login is not None:
            if not secure and self._host not in _LOOPBACK:
                raise Unprotected
            connection.login(*self._login)


def _context(*, verified: bool) -> ssl.SSLContext:
    """Unverified where no password is at stake: against a self-signed relay that is still better than clear text."""
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return timed_context(context)


@functools.cache
def _own_name() -> str:
    """How we greet, as smtplib would; it would ask the name service again for each connection."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"
