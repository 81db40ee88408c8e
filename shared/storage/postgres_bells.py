"""Bells across processes: NOTIFY after the commit, LISTEN on a connection of its own.

NOTIFY inside a transaction takes a lock that serialises commits; here it goes out afterwards, from one autocommit
connection, many rings as one: threads of this process are rung at once, other processes 20 times a second at most.
Lost notifications (a connection cut, a server restarted) only cost the poll interval.
"""

from __future__ import annotations

import threading

import psycopg
from sqlalchemy.engine import make_url

from shared.observability.logs import get_logger
from shared.storage.bells import LocalBells, Waiter

log = get_logger("bells")
_RETRY_SECONDS = 1.0
_LEAST_SECONDS_BETWEEN = 0.05


class PostgresBells:
    """`channel` keeps services apart; names of bells travel as payload."""

    def __init__(self, url: str, channel: str) -> None:
        self._dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel = channel
        self._local = LocalBells()
        self._pending: set[str] = set()
        self._pending_changed = threading.Condition()
        self._stopping = threading.Event()
        self._own_pid = 0
        self._threads = [
            threading.Thread(target=self._listen, name=f"{channel}-listen", daemon=True),
            threading.Thread(target=self._notify, name=f"{channel}-notify", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def waiter(self, name: str) -> Waiter:
        return self._local.waiter(name)

    def ring(self, name: str) -> None:
        self._local.ring(name)
        with self._pending_changed:
            self._pending.add(name)
            self._pending_changed.notify()

    def close(self) -> None:
        self._stopping.set()
        with self._pending_changed:
            self._pending_changed.notify_all()
        self._local.close()
        for thread in self._threads:
            thread.join(timeout=3)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._dsn, autocommit=True, connect_timeout=5, application_name="tanggap-bells")

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f'LISTEN "{self._channel}"')
                    self._local.ring_all()  # whatever was said while nobody listened
                    while not self._stopping.is_set():
                        for notice in connection.notifies(timeout=1.0):
                            if notice.pid != self._own_pid:
                                self._local.ring(notice.payload)
            except psycopg.Error as error:
                log.warning("bells_listen_lost", error=error.__class__.__name__)
                self._stopping.wait(_RETRY_SECONDS)

    def _notify(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    self._own_pid = connection.info.backend_pid
                    self._notify_on(connection)
            except psycopg.Error as error:
                log.warning("bells_notify_lost", error=error.__class__.__name__)
                self._stopping.wait(_RETRY_SECONDS)

    def _notify_on(self, connection: psycopg.Connection) -> None:
        while not self._stopping.is_set():
            with self._pending_changed:
                self._pending_changed.wait_for(lambda: self._pending or self._stopping.is_set(), timeout=1.0)
                names, self._pending = self._pending, set()
            for name in names:
                connection.execute("SELECT pg_notify(%s, %s)", (self._channel, name))
            if names:
                self._stopping.wait(_LEAST_SECONDS_BETWEEN)
