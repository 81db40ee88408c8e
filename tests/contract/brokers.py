"""The implementations of the broker protocol under one roof, each on a small topology of its own."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.ids import new_id
from shared.messaging.broker import Broker, Publisher, Subscription
from shared.messaging.kombu_broker import KombuBroker, declare_topology
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.message import Delivery, Message, Outcome
from shared.messaging.topology import DEAD, Queue, Topology
from tests.support.amqp_witness import Witness
from tests.support.rabbitmq import RabbitNode

IMPLEMENTATIONS = ("memory", "rabbitmq")


def queue(name: str, *keys: str, **arguments: Any) -> Queue:
    """As the product's own, with other arguments where a test needs them (`_` stands for `-`)."""
    usual = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 100,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return Queue(name, "tests", keys, usual | {key.replace("_", "-"): value for key, value in arguments.items()})


TOPOLOGY = Topology(
    (
        queue("one.hear.v1", "both.v1", "only.v1", "numbers.v1"),
        queue("two.hear.v1", "both.v1"),
    )
)


def message(key: str = "only.v1", *, message_id: str | None = None, body: bytes = b"{}", **more: Any) -> Message:
    return Message(
        message_id=message_id or new_id(),
        routing_key=key,
        body=body,
        source="tests",
        correlation_id="complaint-1",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        created_at=datetime.now(UTC),
        **more,
    )


def implementations(**gaps: str) -> pytest.MarkDecorator:
    """Runs a test on every implementation; one with a gap must fail, for the reason given."""
    marks = {name: [pytest.mark.xfail(strict=True, reason=reason)] for name, reason in gaps.items()}
    values = [pytest.param(name, marks=marks.get(name, [])) for name in IMPLEMENTATIONS]
    return pytest.mark.parametrize("setup", values, indirect=True)


def receive_all(subscription: Subscription, count: int, deadline_seconds: float = 10) -> list[Delivery]:
    """`count` deliveries, or fewer if no more come within the time."""
    got: list[Delivery] = []
    deadline = time.monotonic() + deadline_seconds
    while len(got) < count and time.monotonic() < deadline:
        got += subscription.receive(most=count - len(got), timeout_seconds=0.2)
    return got


class Setup(ABC):
    """A broker to test; what tests open through it is closed at the end."""

    broker: Broker
    well: Outcome
    """What a publish that went well is called: the broker keeps it, or carries it until all have settled it."""

    def __init__(self) -> None:
        self._opened: list[Publisher | Subscription] = []

    def publisher(self) -> Publisher:
        publisher = self.broker.publisher("tests")
        self._opened.append(publisher)
        return publisher

    def subscribe(self, *queues: str, prefetch: int = 50) -> Subscription:
        subscription = self.broker.subscribe(queues or ("one.hear.v1",), prefetch=prefetch)
        self._opened.append(subscription)
        return subscription

    def publish(self, *messages: Message) -> list[Outcome]:
        return self.publisher().publish(messages)

    def nothing_left(self, *queues: str) -> bool:
        """Whether the queues give nothing to somebody new."""
        subscription = self.subscribe(*queues)
        nothing = subscription.receive(most=1, timeout_seconds=0.3) == []
        subscription.close()
        return nothing

    def close(self) -> None:
        for opened in self._opened:
            opened.close()
        self.broker.close()

    @abstractmethod
    def dead(self, name: str) -> list[str]:
        """The ids in the dead queue of that queue."""

    @abstractmethod
    def restart(self) -> None:
        """As after a power cut of whatever the broker lives in."""


class MemorySetup(Setup):
    well = Outcome.ACCEPTED

    def __init__(self) -> None:
        super().__init__()
        self.broker: MemoryBroker = MemoryBroker(TOPOLOGY)

    def dead(self, name: str) -> list[str]:
        return [message.message_id for message in self.broker.dead(name)]

    def restart(self) -> None:
        self.broker = MemoryBroker(TOPOLOGY)


class RabbitSetup(Setup):
    well = Outcome.CONFIRMED

    def __init__(self, url: str, node: RabbitNode) -> None:
        super().__init__()
        self._node = node
        self._witness = Witness(url)
        declare_topology(url, TOPOLOGY)
        self.broker = KombuBroker(url, TOPOLOGY)

    def dead(self, name: str) -> list[str]:
        return [str(seen.properties.message_id) for seen in self._witness.peek(f"{name}.dead")]

    def restart(self) -> None:
        self._node.kill9()
        self._node.start()

    def close(self) -> None:
        super().close()
        self._witness.close()


def ids(things: Sequence[Message] | Sequence[Delivery]) -> list[str]:
    return [thing.message_id for thing in things]
