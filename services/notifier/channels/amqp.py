"""An agency's own queue on our broker. `sent` means that the broker keeps the message and has said so."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.notifier.delivery import FAILED, PENDING, SENT, Delivery
from services.notifier.way_out import Away, Outcome
from services.notifier.writing.letters import Document, Letter
from shared.messaging.message import Message
from shared.messaging.message import Outcome as Said
from shared.messaging.pika_agencies import Published

_SOURCE = "tanggap/notifier"


class Publisher(Protocol):
    """`AgencyPublisher`, or a test's own."""

    def publish(self, message: Message) -> Published: ...
    def close(self) -> None: ...


class AgencyQueues:
    """The message's id is the delivery's: whoever reads the queue removes doubles by it, so that we may repeat."""

    via = "amqp"
    repeatable = True

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        assert isinstance(letter, Document)
        published = self._publisher.publish(
            Message(
                message_id=delivery.delivery_id,
                routing_key=letter.agency,
                body=letter.content,
                source=_SOURCE,
                correlation_id=delivery.complaint_id,
                traceparent=delivery.traceparent,
                created_at=at,
                type=letter.type,
            )
        )
        return _outcome(published)

    def close(self) -> None:
        self._publisher.close()


def _outcome(published: Published) -> Outcome:
    if published.denied:
        return Outcome(PENDING, "broker_denied", published.denied[:300], away=Away.CHANNEL)
    if published.outcome is Said.CONFIRMED:
        return Outcome(SENT, "confirmed")
    if published.outcome is Said.UNROUTABLE:
        return Outcome(FAILED, "no_queue", away=Away.LANE)
    if published.outcome is Said.REFUSED:
        return Outcome(PENDING, "queue_full", away=Away.LANE)
    return Outcome(PENDING, "broker_away", away=Away.CHANNEL)
