"""RabbitMQ behind the broker protocol: kombu takes, pika publishes (pika_publisher.py).

Beside kombu_link.py the only file that imports kombu and its driver. What both do by default and must not happen here:

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

import kombu as kombu_without_types
from amqp.exceptions import AccessRefused, PreconditionFailed

from shared.errors import TanggapError
from shared.messaging.broker import Depth, Settle
from shared.messaging.kombu_link import AT_ONCE_SECONDS, HEARTBEAT_SECONDS, TICK_SECONDS, Link
from shared.messaging.message import Delivery
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import DEAD, DEAD_QUEUE_ARGUMENTS, EVENTS, EXCHANGES, Queue, Topology

kombu: Any = kombu_without_types

_CHECK_SECONDS = 2.0
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
        link = Link(self._url, "check", answer_seconds=_CHECK_SECONDS)
        link.close()
        return f"RabbitMQ {link.version}"

    def watch(self, queues: Sequence[str]) -> KombuWatch:
        return KombuWatch(self._url, queues)

    def close(self) -> None:
        """Nothing of its own to release."""


class KombuWatch:
    """Asks on a connection that it keeps; each look is a question that the broker answers."""

    def __init__(self, url: str, queues: Sequence[str]) -> None:
        self._url = url
        self._queues = queues
        self._link: Link | None = None

    def look(self) -> dict[str, Depth]:
        link, self._link = self._link, None  # after an error the next look begins with a new one
        link = link or Link(self._url, "watch", answer_seconds=_CHECK_SECONDS)
        with link.guard("watch"):
            link.keep_alive()
            depths = {name: link.require_queue(name) for name in self._queues}
        self._link = link
        return depths

    def close(self) -> None:
        if self._link is not None:
            self._link.close()


class KombuSubscription:
    """Raw deliveries. Whoever neither receives nor acknowledges for twice the heartbeat loses the connection."""

    def __init__(self, url: str, queues: Sequence[str], prefetch: int, heartbeat_seconds: float) -> None:
        self._prefetch = prefetch
        self._arrived: deque[Delivery] = deque()
        self._unsettled: dict[int, None] = {}  # delivery tags, ascending; also of what nobody has taken yet
        self._handed: dict[int, Delivery] = {}
        self._link = Link(url, f"consumer of {', '.join(queues)}", heartbeat_seconds=heartbeat_seconds)
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
            left = max(deadline - time.monotonic(), AT_ONCE_SECONDS)
            came = self._link.serve(AT_ONCE_SECONDS if something else min(left, TICK_SECONDS))
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


def declare_topology(admin_url: str, topology: Topology) -> None:
    """Creates what is missing of exchanges, queues, dead queues and bindings.

    Raises `BrokerLost`, or `TanggapError`: `topology_conflict` (something is there and different), `topology_denied`.
    """
    link = Link(admin_url, "migrate")
    with link.guard("declare"):
        for name, kind in EXCHANGES.items():
            with _explained(f"exchange {name}", f"rabbitmqadmin delete exchange name={name}"):
                kombu.Exchange(name, kind, durable=True)(link.channel).declare()
        for queue in topology.queues:
            _declare_queue(link, queue)
    link.close()


def _declare_queue(link: Link, queue: Queue) -> None:
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


def _id_of(message_id: object, body: bytes) -> str:
    """Whatever has no usable id is known by its content, so that a second copy is still recognised."""
    usable = isinstance(message_id, str) and 0 < len(message_id) <= _LONGEST_ID
    return str(message_id) if usable else hashlib.sha256(body).hexdigest()
