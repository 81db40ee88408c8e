"""One connection to RabbitMQ by kombu's driver, on which every wait is bounded and which, once lost, stays lost."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import kombu as kombu_without_types
from amqp.exceptions import NotFound

from shared.errors import TanggapError
from shared.messaging.broker import BrokerLost, Depth

kombu: Any = kombu_without_types

HEARTBEAT_SECONDS = 10  # a silent broker is given up after twice as long
_CLOSE_SECONDS = 2.0
TICK_SECONDS = 1.0
AT_ONCE_SECONDS = 0.001  # 0 would make the driver spin when half a frame has arrived


class Link:
    """One connection with one channel, used by one thread. Once lost it stays lost."""

    def __init__(
        self, url: str, name: str, *, answer_seconds: float = 5.0, heartbeat_seconds: float = HEARTBEAT_SECONDS
    ) -> None:
        """`answer_seconds` is for connecting, and for each answer or write after that."""
        self._lost = False
        self._answer_seconds = answer_seconds
        self._ticked_at = time.monotonic()
        self._connection = _connection(url, name, answer_seconds, heartbeat_seconds)
        with self.guard("connect"):
            self._connection.ensure_connection(max_retries=0)
            self._amqp = self._connection.connection
            self._amqp.sock.settimeout(answer_seconds)
            self._amqp.drain_events = self._drain_events
            self.channel = self._amqp.channel()
            self.channel.auto_decode = False
            self.version = str(self._amqp.server_properties.get("version", "of an unknown version"))

    @contextlib.contextmanager
    def guard(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong inside costs the connection; errors that are not ours are raised as `BrokerLost`."""
        if self._lost:
            raise BrokerLost(f"{doing}: the connection is closed")
        try:
            yield
        except TanggapError:
            self._drop()
            raise
        except Exception as error:  # the driver also raises AttributeError and the like when it lost its connection
            self._drop()
            raise BrokerLost(f"{doing}: {type(error).__name__}: {error}") from error

    def require_queue(self, name: str) -> Depth:
        try:
            found = self.channel.queue_declare(queue=name, passive=True)
        except NotFound:
            raise BrokerLost(f"the queue {name} is missing: has `tanggap migrate` been run?") from None
        return Depth(int(found.message_count), int(found.consumer_count))

    def serve(self, timeout_seconds: float) -> bool:
        """Takes one event from the broker, if one comes in time, and keeps the heartbeat."""
        came = self._take(timeout_seconds)
        self._tick()
        return came

    def keep_alive(self) -> None:
        """Call it now and then while busy. Reads before it judges: what lies unread is a sign of life too."""
        if time.monotonic() - self._ticked_at >= TICK_SECONDS:
            while self._take(AT_ONCE_SECONDS):
                pass
            self._tick()

    def close(self) -> None:
        """An orderly farewell, so that what was acknowledged last counts; a short one if the broker is silent."""
        if self._lost:
            return
        with contextlib.suppress(Exception):
            self._answer_seconds = _CLOSE_SECONDS
            self._amqp.sock.settimeout(_CLOSE_SECONDS)
            self._amqp.close()
        self._drop()

    def _drain_events(self, timeout: float | None = None) -> None:
        """Stands in for the driver's own, whose wait for an answer begins anew with each heartbeat that comes."""
        deadline = time.monotonic() + (self._answer_seconds if timeout is None else timeout)
        while not self._amqp.blocking_read(max(deadline - time.monotonic(), AT_ONCE_SECONDS)):
            if time.monotonic() >= deadline:
                raise TimeoutError("no answer in time")

    def _take(self, timeout_seconds: float) -> bool:
        try:
            self._drain_events(timeout_seconds)
        except TimeoutError as error:
            if error.errno is not None:  # the kernel gave the connection up: nothing to do with our waiting
                raise
            return False
        return True

    def _tick(self) -> None:
        if time.monotonic() - self._ticked_at >= TICK_SECONDS:
            self._amqp.heartbeat_tick()
            self._ticked_at = time.monotonic()

    def _drop(self) -> None:
        self._lost = True
        with contextlib.suppress(Exception):
            self._connection.collect()


def _connection(url: str, name: str, answer_seconds: float, heartbeat_seconds: float) -> Any:
    parts = urlsplit(url)
    return kombu.Connection(
        urlunsplit(parts._replace(query="")),  # its parameters are meant for the publisher
        heartbeat=heartbeat_seconds,
        connect_timeout=answer_seconds,
        ssl={"server_hostname": parts.hostname} if parts.scheme == "amqps" else False,
        transport_options={
            "write_timeout": answer_seconds,
            "client_properties": {"connection_name": f"tanggap {name}"},
        },
    )
