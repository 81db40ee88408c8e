"""The relay's publisher on RabbitMQ: whole batches, each message with an answer of its own.

After anything unclear the connection (pika_connection.py) is thrown away, so that a late confirm can meet no other
message. Whoever asked hears "unknown", and publishes again under the same id.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence

import pika

from shared.messaging.backoff import backoff_seconds
from shared.messaging.message import Message, Outcome
from shared.messaging.pika_connection import ConfirmingConnection
from shared.messaging.topology import EVENTS, Topology
from shared.observability.logs import get_logger

log = get_logger("publisher")

PUBLISH_SECONDS = 20.0
"""A batch has its outcomes by then, whatever the broker does. Less than the outbox's lease."""
CONNECT_SECONDS = 8.0


class PikaPublisher:
    """Used by one thread; only `close` may come from another. Connects when needed and keeps the connection."""

    def __init__(
        self,
        url: str,
        topology: Topology | None,
        source: str,
        *,
        publish_seconds: float = PUBLISH_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        exchange: str = EVENTS,
    ) -> None:
        """`topology` and `exchange` as `ConfirmingConnection` takes them."""
        self._parameters = _parameters(url, f"tanggap {source}: {exchange}")
        self._topology = topology
        self._exchange = exchange
        self.denied = ""
        """Why the broker closed the channel on the last message it refused so (a right, an exchange); else empty."""
        self._publish_seconds, self._connect_seconds = publish_seconds, connect_seconds
        self._connection: ConfirmingConnection | None = None
        self._one_by_one = False
        self._closed = threading.Event()

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """Takes `publish_seconds` at most. After a time-out or a loss, what was confirmed before stays confirmed."""
        started = time.monotonic()
        parts = [[message] for message in messages] if self._one_by_one else [list(messages)]
        self._one_by_one = False
        outcomes: list[Outcome] = []
        for part in parts:
            outcomes += self._publish_part(part, started) if part else []
        return outcomes

    def close(self) -> None:
        self._closed.set()
        self._drop_connection(wait=True)

    def _publish_part(self, messages: list[Message], started: float) -> list[Outcome]:
        connection = self._connected(started + self._connect_seconds)
        if connection is None:
            return [Outcome.UNKNOWN] * len(messages)
        outcomes = connection.publish(messages, started + self._publish_seconds)
        if Outcome.UNKNOWN in outcomes:
            log.warning("publisher_gave_up", reason=connection.lost or "no answer in time")
            self._drop_connection()
            if connection.refused_something:  # which message, shows itself when they go alone
                self._one_by_one = True
                if len(messages) == 1:
                    self.denied = connection.lost or ""
                    return [Outcome.REFUSED]
        return outcomes

    def _connected(self, until: float) -> ConfirmingConnection | None:
        for attempt in itertools.count(1):
            if self._closed.is_set():
                return None
            connection = self._connection
            if connection is None or connection.lost is not None:
                connection = self._connection = ConfirmingConnection(self._parameters, self._topology, self._exchange)
            if connection.wait_until_ready(until):
                return connection
            self._drop_connection()
            pause = backoff_seconds(attempt, first=0.2, most=2.0)
            if time.monotonic() + pause >= until:
                log.warning("publisher_not_connected", reason=connection.lost or "no answer in time")
                return None
            self._closed.wait(pause)
        return None

    def _drop_connection(self, *, wait: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(wait=wait)


def _parameters(url: str, name: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    parameters.heartbeat = 10
    parameters.blocked_connection_timeout = 15
    parameters.socket_timeout = 5
    parameters.stack_timeout = 10
    parameters.connection_attempts = 1
    parameters.client_properties = {"connection_name": name}
    return parameters
