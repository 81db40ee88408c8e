"""What really lies on the broker, seen by a client that shares no code with the product (pika, where it uses kombu)."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import pika
from pika.adapters.blocking_connection import BlockingChannel

PERSISTENT = 2
# A broker that is frozen or under an alarm ends a call with an error after some such time, instead of never.
PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Message:
    """One message as it lay in a queue."""

    body: bytes
    exchange: str
    routing_key: str
    redelivered: bool
    properties: pika.BasicProperties

    @property
    def headers(self) -> dict[str, Any]:
        return self.properties.headers or {}

    def json(self) -> Any:
        return json.loads(self.body)


class Witness:
    """An independent client of one vhost. Connects when needed, again after the broker was restarted.

    Not for several threads at a time: make one for each.
    """

    def __init__(self, url: str) -> None:
        self._reading = _Link(url)
        self._writing = _Link(url)  # of its own, for under an alarm the broker stops reading from whoever published

    def depth(self, queue: str) -> int:
        """Messages ready in it; what a consumer holds is not counted. Raises ChannelClosedByBroker (404) without it."""
        with self._reading.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)

    def exists(self, queue: str) -> bool:
        try:
            self.depth(queue)
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code == 404:
                return False
            raise
        return True

    def peek(self, queue: str, limit: int = 1_000) -> list[Message]:
        """The oldest messages, all put back. For a look now and then, not to wait with.

        Each look counts as a delivery in a quorum queue: it sets `redelivered`, raises `x-delivery-count`, and after as
        many as the queue's delivery limit the message is dead. Wait with `depth`, or `drain` a queue of your own that
        `declare_and_bind` made.
        """
        with self._reading.channel() as channel:
            return list(_taken(channel, queue, limit, auto_ack=False))

    def drain(self, queue: str) -> list[Message]:
        """All that is ready, oldest first, removed from the queue."""
        with self._reading.channel() as channel:
            return list(_taken(channel, queue, None, auto_ack=True))

    def declare_and_bind(self, queue: str, exchange: str, key: str) -> None:
        """A durable classic queue of the tests' own that gets a copy of what `exchange` takes under `key`."""
        with self._reading.channel() as channel:
            channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "classic"})
            channel.queue_bind(queue, exchange, key)

    def publish_raw(self, exchange: str, key: str, body: bytes | str, **properties: Any) -> None:
        """Publish just these bytes, persistent unless `properties` (of pika.BasicProperties) say otherwise.

        Returns once confirmed. Raises UnroutableError if no queue got it, NackError if one refused it,
        ConnectionBlockedTimeout under an alarm.
        """
        self.publish_many(exchange, key, [body], **properties)

    def publish_many(self, exchange: str, key: str, bodies: list[bytes | str], **properties: Any) -> None:
        """As `publish_raw` for each, over one channel and with a confirm for each."""
        chosen = pika.BasicProperties(**{"delivery_mode": PERSISTENT, **properties})
        with self._writing.channel() as channel:
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish(exchange, key, body, chosen, mandatory=True)

    def close(self) -> None:
        self._reading.close()
        self._writing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Link:
    """One connection, opened when first needed and again when it was lost; a channel for each use."""

    def __init__(self, url: str) -> None:
        self._parameters = pika.URLParameters(url)
        self._parameters.heartbeat = PATIENCE_SECONDS
        self._parameters.socket_timeout = self._parameters.stack_timeout = PATIENCE_SECONDS
        self._parameters.blocked_connection_timeout = PATIENCE_SECONDS
        self._connection: pika.BlockingConnection | None = None

    @contextlib.contextmanager
    def channel(self) -> Iterator[BlockingChannel]:
        channel = self._connected().channel()
        try:
            yield channel
        finally:
            if channel.is_open:
                channel.close()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and connection.is_open:
            with contextlib.suppress(pika.exceptions.AMQPError):
                connection.close()

    def _connected(self) -> pika.BlockingConnection:
        if self._connection is not None:
            with contextlib.suppress(pika.exceptions.AMQPError):
                self._connection.process_data_events(0)  # learns here whether the broker has gone meanwhile
                if self._connection.is_open:
                    return self._connection
        self._connection = pika.BlockingConnection(self._parameters)
        return self._connection


def _taken(channel: BlockingChannel, queue: str, limit: int | None, *, auto_ack: bool) -> Iterator[Message]:
    taken = 0
    while limit is None or taken < limit:
        method, properties, body = channel.basic_get(queue, auto_ack=auto_ack)
        if method is None:
            return
        taken += 1
        yield Message(body, method.exchange, method.routing_key, method.redelivered, properties)
