"""What a broker is to us. One contract suite of tests runs on every implementation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.errors import Transient
from shared.messaging.message import Delivery, Message, Outcome


class BrokerLost(Transient):
    """The connection is gone or silent. Throw the subscription or publisher away and open another."""

    code = "broker_lost"


class Publisher(Protocol):
    """Used by one thread. Reconnects by itself; never raises for what a broker does."""

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome for each message, in order, within a bounded time."""
        ...

    def close(self) -> None: ...


class Subscription(Protocol):
    """Used by one thread. What was received and not settled comes again, marked as redelivered, after `close`."""

    def receive(self, *, most: int, timeout_seconds: float) -> list[Delivery]:
        """Up to `most` deliveries, waiting for the first one only. Raises `BrokerLost`."""
        ...

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """They are done with; call it after the commit. Raises `BrokerLost`: they may come again then."""
        ...

    def park(self, delivery: Delivery) -> None:
        """Into the queue's dead queue, where an operator finds it."""
        ...

    def close(self) -> None: ...


Settle = Callable[[Sequence[tuple[str, str]]], None]
"""Takes pairs of (message id, queue) that are done with; see `outbox.Outbox.settle`."""


@dataclass(frozen=True)
class Depth:
    """Of a queue. `ready` does not count what consumers hold."""

    ready: int
    consumers: int


class Watch(Protocol):
    """Used by one thread at a time."""

    def look(self) -> dict[str, Depth]:
        """What waits in each of the queues. Raises `BrokerLost`; the next look connects anew."""
        ...

    def close(self) -> None: ...


class Broker(Protocol):
    def publisher(self, source: str) -> Publisher: ...

    def subscribe(self, queues: Sequence[str], *, prefetch: int) -> Subscription:
        """Raises `BrokerLost` when it cannot be reached."""
        ...

    def settle_with(self, source: str, settle: Settle) -> None:
        """Where a broker that keeps nothing itself reports what the listeners of `source`'s facts have settled."""
        ...

    def check(self) -> str:
        """A few words for readiness pages. Raises `BrokerLost` when it cannot be used."""
        ...

    def watch(self, queues: Sequence[str]) -> Watch:
        """Connects with the first look."""
        ...

    def close(self) -> None: ...
