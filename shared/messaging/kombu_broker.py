"""RabbitMQ behind the broker protocol: kombu takes, pika publishes (pika_publisher.py).

The only file that imports kombu and its driver. What both do by default and must not happen here:

* a consumer's callbacks decode the body, acknowledge what cannot be decoded, decompress and re-encode it. Here a
  queue's raw deliveries are taken, and the driver's own decoding is off;
* `close` waits for the broker's answer, on a frozen broker for ever, and so does any other call. Here every wait on
  the socket is bounded, and after any error the connection is dropped without a word;
* after an error the next use connects again by itself, without consumers. Here a lost link stays lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import kombu as kombu_without_types
from amqp.exceptions import AccessRefused, NotFound, PreconditionFailed

from shared.errors import TanggapError
from shared.messaging.broker import BrokerLost, Settle
from shared.messaging.message import Delivery
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import DEAD, DEAD_QUEUE_ARGUMENTS, EVENTS, EXCHANGES, Queue, Topology

kombu: Any = kombu_without_types

HEARTBEAT_SECONDS = 10  # a silent broker is given up after twice as long
_CHECK_SECONDS = 2.0
_CLOSE_SECONDS = 2.0
_TICK_SECONDS = 1.0
_AT_ONCE_SECONDS = 0.001  # 0 would make the driver spin when half a frame has arrived
_LONGEST_ID = 64  # what the inbox can keep


class KombuBroker:
    """Each publisher and subscription has its own connection and is closed by its user."""

    def __init__(self, url: str, topology: Topology, *, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self._url = url
        self._topology = topology
        self._heartbeat_seconds = heartbeat_seconds

    def publisher(self, source: str) -> PikaPublisher:
        return PikaPublisher(self._url, self._topology, source)

    def subscribe(self, queues: Sequence[str], *, prefetch: int) -> KombuSubscription:
        return KombuSubscription(self._url, queues, prefetch, self._heartbeat_seconds)

    def settle_with(self, source: str, settle: Settle) -> None:
        """Nothing to report here: RabbitMQ keeps what it confirmed."""

    def check(self) -> str:
        link = _Link(self._url, "check", answer_seconds=_CHECK_SECONDS)
        link.close()
        return f"RabbitMQ {link.version}"

    def close(self) -> None:
        """Nothing of its own to release."""


class KombuSubscription:
    """Raw deliveries. Whoever neither receives nor acknowledges for twice the heartbeat loses the connection."""

    def __init__(self, url: str, queues: Sequence[str], prefetch: int, heartbeat_seconds: float) -> None:
        self._prefetch = prefetch
        self._arrived: deque[Delivery] = deque()
        self._unsettled: dict[int, None] = {}  # delivery tags, ascending; also of what nobody has taken yet
        self._handed: dict[int, Delivery] = {}
        self._link = _Link(url, f"consumer of {', '.join(queues)}", heartbeat_seconds=heartbeat_seconds)
        with self._link.guard("subscribe"):
            self._link.channel.basic_qos(0, prefetch, False)  # for each consumer; RabbitMQ 4.3 has no other
            for name in queues:
                self._link.require_queue(name)
                kombu.Queue(name)(self._link.channel).consume(consumer_tag=name, callback=self._keep, no_ack=False)

    def receive(self, *, most: int, timeout_seconds: float) -> list[Delivery]:
        room = max(0, min(most, self._prefetch - len(self._handed)))
        with self._link.guard("receive"):
            self._link.keep_alive()
            self._fill(room, timeout_seconds)
        taken = [self._arrived.popleft() for _ in range(min(room, len(self._arrived)))]
        self._handed.update((delivery.handle, delivery) for delivery in taken)
        return taken

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        with self._link.guard("ack"):
            self._link.keep_alive()
            tags = {delivery.handle for delivery in deliveries if self._is_mine(delivery)}
            upto = self._covered_upto(tags)
            if upto:
                self._link.channel.basic_ack(upto, multiple=True)
            for tag in sorted(tag for tag in tags if tag > upto):
                self._link.channel.basic_ack(tag)
            self._forget(tags)

    def park(self, delivery: Delivery) -> None:
        with self._link.guard("park"):
            if self._is_mine(delivery):
                self._link.channel.basic_reject(delivery.handle, requeue=False)
                self._forget({delivery.handle})

    def close(self) -> None:
        self._arrived.clear()
        self._handed.clear()
        self._link.close()

    def _fill(self, room: int, timeout_seconds: float) -> None:
        """Until something is there for the caller and nothing more comes at once; with no room, for the whole time."""
        deadline = time.monotonic() + timeout_seconds
        while not 0 < room <= len(self._arrived):
            something = room > 0 and len(self._arrived) > 0
            left = max(deadline - time.monotonic(), _AT_ONCE_SECONDS)
            came = self._link.serve(_AT_ONCE_SECONDS if something else min(left, _TICK_SECONDS))
            if not came and (something or time.monotonic() >= deadline):
                return

    def _keep(self, raw: Any) -> None:
        info, properties = raw.delivery_info, raw.properties
        tag, body = info["delivery_tag"], bytes(raw.body or b"")  # the driver gives an empty body as text
        headers = properties.get("application_headers") or {}
        redelivered = bool(info["redelivered"]) or headers.get("x-delivery-count", 0) > 0
        message_id = _id_of(properties.get("message_id"), body)
        self._unsettled[tag] = None
        self._arrived.append(Delivery(info["consumer_tag"], body, message_id, redelivered, handle=tag))

    def _is_mine(self, delivery: Delivery) -> bool:
        """Tags repeat: a delivery of an earlier subscription must not settle another one here."""
        return self._handed.get(delivery.handle) is delivery

    def _covered_upto(self, tags: set[int]) -> int:
        """The last tag up to which everything unsettled is among `tags`; one frame can acknowledge them all."""
        upto = 0
        for tag in self._unsettled:
            if tag not in tags:
                break
            upto = tag
        return upto

    def _forget(self, tags: set[int]) -> None:
        for tag in tags:
            del self._unsettled[tag], self._handed[tag]


class _Link:
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

    def require_queue(self, name: str) -> None:
        try:
            self.channel.queue_declare(queue=name, passive=True)
        except NotFound:
            raise BrokerLost(f"the queue {name} is missing: has `tanggap migrate` been run?") from None

    def serve(self, timeout_seconds: float) -> bool:
        """Takes one event from the broker, if one comes in time, and keeps the heartbeat."""
        came = self._take(timeout_seconds)
        self._tick()
        return came

    def keep_alive(self) -> None:
        """Call it now and then while busy. Reads before it judges: what lies unread is a sign of life too."""
        if time.monotonic() - self._ticked_at >= _TICK_SECONDS:
            while self._take(_AT_ONCE_SECONDS):
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
        while not self._amqp.blocking_read(max(deadline - time.monotonic(), _AT_ONCE_SECONDS)):
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
        if time.monotonic() - self._ticked_at >= _TICK_SECONDS:
            self._amqp.heartbeat_tick()
            self._ticked_at = time.monotonic()

    def _drop(self) -> None:
        self._lost = True
        with contextlib.suppress(Exception):
            self._connection.collect()


def declare_topology(admin_url: str, topology: Topology) -> None:
    """Creates what is missing of exchanges, queues, dead queues and bindings.

    Raises `BrokerLost`, or `TanggapError`: `topology_conflict` (something is there and different), `topology_denied`.
    """
    link = _Link(admin_url, "migrate")
    with link.guard("declare"):
        for name, kind in EXCHANGES.items():
            with _explained(f"exchange {name}", f"rabbitmqadmin delete exchange name={name}"):
                kombu.Exchange(name, kind, durable=True)(link.channel).declare()
        for queue in topology.queues:
            _declare_queue(link, queue)
    link.close()


def _declare_queue(link: _Link, queue: Queue) -> None:
    """The dead queue first: a dead letter must find it from the first moment on."""
    for name, arguments, exchange, keys in (
        (queue.dead, DEAD_QUEUE_ARGUMENTS, DEAD, (queue.name,)),
        (queue.name, queue.arguments, EVENTS, queue.keys),
    ):
        with _explained(f"queue {name}", f"rabbitmqctl delete_queue {name}"):
            declared = kombu.Queue(name, durable=True, queue_arguments=arguments)(link.channel)
            declared.queue_declare()
            for key in keys:
                declared.bind_to(exchange, routing_key=key)


@contextlib.contextmanager
def _explained(what: str, command: str) -> Iterator[None]:
    try:
        yield
    except PreconditionFailed as error:
        raise TanggapError(
            f"the {what} exists with other properties ({error.reply_text}). Let its consumers empty it, delete it "
            f"(`{command}`) and run this again; `tanggap reconcile --repair` publishes again what it held",
            code="topology_conflict",
        ) from error
    except AccessRefused as error:
        raise TanggapError(f"the {what} may not be declared: {error.reply_text}", code="topology_denied") from error


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


def _id_of(message_id: object, body: bytes) -> str:
    """Whatever has no usable id is known by its content, so that a second copy is still recognised."""
    usable = isinstance(message_id, str) and 0 < len(message_id) <= _LONGEST_ID
    return str(message_id) if usable else hashlib.sha256(body).hexdigest()
