"""What an operator asks of RabbitMQ, by AMQP alone: depths, consumers, and the messages parked in dead queues.

Every question opens a connection of its own and ends within seconds, also when the broker is frozen. The user of the
URL needs to read the dead queues and to write to `tanggap.events` and `tanggap.dead`; a service's own user may not.

Taking a message and giving it back counts as a delivery, and a quorum queue drops what was delivered too often (on
RabbitMQ 4: twenty times). So nothing is given back here: whatever was looked at is parked anew, its copy confirmed
before the old one is removed. Killed in between, it leaves a double, which the inbox removes when it is replayed.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pika
from pika import exceptions as wrong

from shared.errors import TanggapError
from shared.messaging.broker import BrokerLost, Depth
from shared.messaging.topology import DEAD, EVENTS

PATIENCE_SECONDS = 5
_LONGEST_ID = 64  # what the inbox can keep
_NOT_FOUND, _REFUSED = 404, 403
_ORIGIN = "x-tanggap-parked"


@dataclass(frozen=True)
class Parked:
    """A message in the dead queue of `queue`. `message_id` is what the inbox knows it by."""

    queue: str
    message_id: str
    routing_key: str
    subject: str
    reason: str
    parked_at: datetime | None
    body: bytes = field(repr=False)
    properties: Any = field(repr=False, compare=False, default=None)


class PikaAdmin:
    def __init__(self, url: str) -> None:
        self._url = url
        parts = urlsplit(url)
        self.address = f"{parts.hostname}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}{parts.path}"

    def version(self) -> str:
        """Raises `BrokerLost` with a sentence, here as everywhere."""
        with self._connection() as connection:
            properties = connection._impl.server_properties or {}  # pika shows it nowhere else
            return str(properties.get("version", "of an unknown version"))

    def depths(self, names: Collection[str]) -> dict[str, Depth | None]:
        """None for a queue that does not exist."""
        with self._connection() as connection:
            return {name: _depth(connection, name) for name in names}

    def missing_exchanges(self, names: Collection[str]) -> list[str]:
        with self._connection() as connection:
            return [name for name in names if not _exchange_exists(connection, name)]

    def parked(self, queue: str, *, most: int = 1000) -> list[Parked]:
        """The oldest messages in the queue's dead queue, and they stay. Raises `TanggapError` when it may not look."""
        found: dict[str, Parked] = {}
        with self._channel() as channel:
            for tag, message in _each(channel, queue, most):
                found[message.message_id] = message
                _park_anew(channel, message)
                channel.basic_ack(tag)
        return list(found.values())

    def publish_again(self, messages: Sequence[Parked]) -> None:
        """To everybody who hears such a message; inboxes remove doubles. Returns once the broker has confirmed all.

        Raises `TanggapError` (code `not_replayed`) when no queue hears it.
        """
        with self._channel() as channel:
            for message in messages:
                properties = _without_history(message)
                try:
                    channel.queue_declare(message.queue, passive=True)
                    channel.basic_publish(EVENTS, message.routing_key, message.body, properties, mandatory=True)
                except (wrong.UnroutableError, wrong.NackError) as error:
                    raise TanggapError(
                        f"{message.message_id} was not replayed: the broker did not take it under the key "
                        f"{message.routing_key!r} ({type(error).__name__}); it is still parked",
                        code="not_replayed",
                    ) from error

    def remove(self, queue: str, message_ids: Collection[str]) -> int:
        """Removes these from the queue's dead queue; how many messages that were (a double counts as well)."""
        removed = 0
        with self._channel() as channel:
            for tag, message in _each(channel, queue, None):
                if message.message_id in message_ids:
                    removed += 1
                else:
                    _park_anew(channel, message)
                channel.basic_ack(tag)
        return removed

    @contextlib.contextmanager
    def _channel(self) -> Iterator[Any]:
        """A confirming channel."""
        with self._connection() as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = pika.BlockingConnection(_parameters(self._url))
        except Exception as error:  # pika's time-outs are not among its own errors
            raise BrokerLost(f"RabbitMQ at {self.address} cannot be reached: {_why(error)}") from error
        try:
            yield connection
        except wrong.ChannelClosedByBroker as error:
            if error.reply_code == _REFUSED:
                raise TanggapError(
                    f"the broker's user may not do this ({error.reply_text}); give an administrator's "
                    "TANGGAP_ADMIN_BROKER_URL",
                    code="broker_denied",
                ) from error
            raise BrokerLost(f"RabbitMQ at {self.address}: {error.reply_text}") from error
        except (wrong.AMQPError, OSError) as error:
            raise BrokerLost(f"RabbitMQ at {self.address} was lost: {_why(error)}") from error
        finally:
            with contextlib.suppress(Exception):
                if connection.is_open:
                    connection.close()


def _parameters(url: str) -> pika.URLParameters:
    parameters = pika.URLParameters(url)
    parameters.heartbeat = PATIENCE_SECONDS
    parameters.socket_timeout = parameters.stack_timeout = PATIENCE_SECONDS
    parameters.blocked_connection_timeout = PATIENCE_SECONDS
    parameters.connection_attempts = 1
    parameters.client_properties = {"connection_name": "tanggap operator"}
    return parameters


def _why(error: BaseException) -> str:
    """Some of pika's errors hide their reason in a list, others have no text, and time-outs tell of sockets."""
    inner = getattr(error, "args", ())
    while inner and isinstance(inner[0], BaseException):
        error, inner = inner[0], inner[0].args
    if "Timeout" in type(error).__name__:
        return "no answer in time"
    reason = getattr(error, "exception", None) or getattr(error, "reply_text", None) or str(error)
    return f"{reason or type(error).__name__}"[:200]


def _depth(connection: Any, name: str) -> Depth | None:
    channel = connection.channel()
    try:
        found = channel.queue_declare(name, passive=True).method
    except wrong.ChannelClosedByBroker as error:
        if error.reply_code == _NOT_FOUND:
            return None
        raise
    channel.close()
    return Depth(int(found.message_count), int(found.consumer_count))


def _exchange_exists(connection: Any, name: str) -> bool:
    channel = connection.channel()
    try:
        channel.exchange_declare(name, passive=True)
    except wrong.ChannelClosedByBroker as error:
        if error.reply_code == _NOT_FOUND:
            return False
        raise
    channel.close()
    return True


def _each(channel: Any, queue: str, most: int | None) -> Iterator[tuple[int, Parked]]:
    """Those that lie there now; what is parked anew meanwhile goes to the end and is not met again."""
    ready = channel.queue_declare(f"{queue}.dead", passive=True).method.message_count
    for _ in range(ready if most is None else min(ready, most)):
        method, properties, body = channel.basic_get(f"{queue}.dead", auto_ack=False)
        if method is None:
            return
        yield method.delivery_tag, _parked(queue, properties, body)


def _parked(queue: str, properties: Any, body: bytes) -> Parked:
    headers = properties.headers or {}
    deaths = headers.get("x-death") or []
    death: dict[str, Any] = next((one for one in deaths if one.get("queue") == queue), {})
    origin = death or headers.get(_ORIGIN) or {}
    keys = origin.get("routing-keys") or []
    at = origin.get("time")
    return Parked(
        queue=queue,
        message_id=_id_of(properties.message_id, body),
        routing_key=str(keys[0] if keys else properties.type or ""),
        subject=str(properties.correlation_id or ""),
        reason=str(origin.get("reason") or "parked"),
        parked_at=at.replace(tzinfo=UTC) if isinstance(at, datetime) else None,
        body=body,
        properties=properties,
    )


def _id_of(message_id: object, body: bytes) -> str:
    """As the consumers know it."""
    usable = isinstance(message_id, str) and 0 < len(message_id) <= _LONGEST_ID
    return str(message_id) if usable else hashlib.sha256(body).hexdigest()


def _park_anew(channel: Any, message: Parked) -> None:
    properties = _without_history(message)
    origin: dict[str, Any] = {"routing-keys": [message.routing_key], "reason": message.reason}
    if message.parked_at is not None:
        origin["time"] = message.parked_at.replace(tzinfo=None)
    properties.headers[_ORIGIN] = origin
    channel.basic_publish(DEAD, message.queue, message.body, properties, mandatory=True)


def _without_history(message: Parked) -> Any:
    """The message's properties without what brokers count: a copy begins anew."""
    dropped = ("headers", "expiration", "user_id")  # it must not expire, and it is another user who publishes it
    known = {name: value for name, value in vars(message.properties).items() if name not in dropped}
    kept = ("x-death", "x-delivery-count", "x-first-", "x-last-", _ORIGIN)
    headers = {name: value for name, value in (message.properties.headers or {}).items() if not name.startswith(kept)}
    return pika.BasicProperties(**known, headers=headers)
