"""What a broker may do and seldom does: bring a message twice, much later, or in another order. By pika."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from shared.messaging.topology import EVENTS
from tests.support.amqp_witness import PATIENCE_SECONDS, Message, Witness

COPIES = "chaos.copies"
_MOST_KNOWN, _MOST_REPEATED, _MOST_HELD = 20_000, 60, 100
_BEFORE_ALL_OTHERS = 10


class Meddler:
    """An administrator's client of one vhost. Call `listen` before the first message; not for several threads."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._chance = random.Random(seed)
        self._known: dict[str, Message] = {}
        self.repeated = 0
        self.reordered = 0

    def listen(self) -> None:
        with Witness(self._url) as witness:
            witness.declare_and_bind(COPIES, EVENTS, "#")

    def repeat(self, _seconds: float) -> None:
        """Some of all that was ever published, the oldest too, once more and in no order, to all who heard it."""
        with Witness(self._url) as witness:
            for message in witness.drain(COPIES):
                self._known.setdefault(str(message.properties.message_id), message)
        for forgotten in self._chance.sample(sorted(self._known), max(0, len(self._known) - _MOST_KNOWN)):
            del self._known[forgotten]
        chosen = self._chance.sample(list(self._known.values()), min(_MOST_REPEATED, len(self._known)))
        with self._channel() as channel:
            for message in chosen:
                channel.basic_publish(EVENTS, message.routing_key, message.body, message.properties, mandatory=True)
        self.repeated += len(chosen)

    def reorder(self, queue: str, seconds: float) -> None:
        """What comes into the queue meanwhile is kept back, and then put there in another order."""
        held: list[tuple[int, bytes, pika.BasicProperties]] = []

        def keep(_channel: Any, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
            held.append((method.delivery_tag, body, properties))

        with self._channel() as channel:
            channel.basic_qos(prefetch_count=_MOST_HELD)
            tag = channel.basic_consume(queue, keep, arguments={"x-priority": _BEFORE_ALL_OTHERS})
            until = time.monotonic() + seconds
            while time.monotonic() < until and len(held) < _MOST_HELD:
                channel.connection.process_data_events(0.1)
            channel.basic_cancel(tag)
            upto = held[-1][0] if held else 0
            self._chance.shuffle(held)
            for _, body, properties in held:
                channel.basic_publish("", queue, body, properties, mandatory=True)
            if upto:  # in one: of many the broker (3.10) forgets some when the channel is closed at once
                channel.basic_ack(upto, multiple=True)
        self.reordered += len(held)

    @contextmanager
    def _channel(self) -> Iterator[BlockingChannel]:
        """With confirms: what is acknowledged afterwards is safely there again."""
        parameters = pika.URLParameters(self._url)
        parameters.socket_timeout = parameters.stack_timeout = PATIENCE_SECONDS
        parameters.blocked_connection_timeout = PATIENCE_SECONDS
        connection = pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            connection.close()
