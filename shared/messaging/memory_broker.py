"""The embedded broker: queues in the memory of one process.

It carries, it keeps nothing: a message counts as published only when every queue that hears it has settled it, which
`ack` reports to the producer's own outbox. After a crash the outbox sends the rest again. Whoever waits is woken, not
polled. A message that is already in a queue, or in somebody's hand, is not put there twice.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.messaging.broker import BrokerLost, Depth, Settle
from shared.messaging.message import Delivery, Message, Outcome
from shared.messaging.topology import Topology
from shared.observability.logs import get_logger

log = get_logger("memory_broker")


@dataclass
class _Queue:
    waiting: deque[tuple[Message, bool]] = field(default_factory=deque)
    present: set[str] = field(default_factory=set)
    dead: list[Message] = field(default_factory=list)


class MemoryBroker:
    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._queues = {queue.name: _Queue() for queue in topology.queues}
        self._settle: dict[str, Settle] = {}
        self._changed = threading.Condition()
        self._closed = False

    def publisher(self, source: str) -> MemoryPublisher:
        return MemoryPublisher(self)

    def subscribe(self, queues: Sequence[str], *, prefetch: int) -> MemorySubscription:
        missing = [name for name in queues if name not in self._queues]
        if missing:
            raise BrokerLost(f"no such queue: {', '.join(missing)}")
        return MemorySubscription(self, queues, prefetch)

    def settle_with(self, source: str, settle: Settle) -> None:
        self._settle[source] = settle

    def check(self) -> str:
        if self._closed:
            raise BrokerLost("the embedded broker is closed")
        return "embedded"

    def watch(self, queues: Sequence[str]) -> MemoryWatch:
        return MemoryWatch(self, queues)

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def depth(self, queue: str) -> int:
        with self._changed:
            return len(self._queues[queue].waiting)

    def dead(self, queue: str) -> list[Message]:
        with self._changed:
            return list(self._queues[queue].dead)

    def put(self, message: Message) -> Outcome:
        targets = self._topology.queues_for(message.routing_key)
        if not targets:
            return Outcome.UNROUTABLE
        with self._changed:
            if self._closed:
                return Outcome.UNKNOWN
            for target in targets:
                queue = self._queues[target.name]
                if message.message_id not in queue.present:
                    queue.present.add(message.message_id)
                    queue.waiting.append((message, message.repeated))
            self._changed.notify_all()
        return Outcome.ACCEPTED

    def take(self, names: Sequence[str], most: int, timeout_seconds: float) -> list[Delivery]:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (most > 0 and any(self._queues[name].waiting for name in names)),
                timeout=timeout_seconds,
            )
            if self._closed:
                raise BrokerLost("the embedded broker is closed")
            taken: list[Delivery] = []
            for name in names:
                waiting = self._queues[name].waiting
                while waiting and len(taken) < most:
                    message, redelivered = waiting.popleft()
                    taken.append(Delivery(name, message.body, message.message_id, redelivered, handle=message))
            return taken

    def give_back(self, deliveries: Sequence[Delivery]) -> None:
        with self._changed:
            for delivery in reversed(deliveries):
                self._queues[delivery.queue].waiting.appendleft((delivery.handle, True))
            self._changed.notify_all()

    def drop(self, deliveries: Sequence[Delivery], *, parked: bool = False) -> None:
        with self._changed:
            for delivery in deliveries:
                queue = self._queues[delivery.queue]
                queue.present.discard(delivery.message_id)
                if parked:
                    queue.dead.append(delivery.handle)

    def report_settled(self, deliveries: Sequence[Delivery]) -> None:
        by_source: dict[str, list[tuple[str, str]]] = {}
        for delivery in deliveries:
            by_source.setdefault(delivery.handle.source, []).append((delivery.message_id, delivery.queue))
        for source, pairs in by_source.items():
            settle = self._settle.get(source)
            if settle is not None:
                settle(pairs)


class MemoryWatch:
    def __init__(self, broker: MemoryBroker, queues: Sequence[str]) -> None:
        self._broker = broker
        self._queues = queues

    def look(self) -> dict[str, Depth]:
        """Who listens is not known here: everybody, in the one process that there is."""
        self._broker.check()
        return {name: Depth(self._broker.depth(name), 1) for name in self._queues}

    def close(self) -> None:
        """Nothing to release."""


class MemoryPublisher:
    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    def publish(self, messages: Sequence[Message]) -> list[Outcome]:
        return [self._broker.put(message) for message in messages]

    def close(self) -> None:
        """Nothing to release."""


class MemorySubscription:
    def __init__(self, broker: MemoryBroker, queues: Sequence[str], prefetch: int) -> None:
        self._broker = broker
        self._queues = list(queues)
        self._prefetch = prefetch
        self._unsettled: dict[int, Delivery] = {}

    def receive(self, *, most: int, timeout_seconds: float) -> list[Delivery]:
        room = min(most, self._prefetch - len(self._unsettled))
        taken = self._broker.take(self._queues, max(room, 0), timeout_seconds)
        self._unsettled.update({id(delivery): delivery for delivery in taken})
        return taken

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        self._settle([delivery for delivery in deliveries if id(delivery) in self._unsettled], parked=False)

    def park(self, delivery: Delivery) -> None:
        if id(delivery) in self._unsettled:
            self._settle([delivery], parked=True)

    def _settle(self, deliveries: list[Delivery], *, parked: bool) -> None:
        """Reported first: while the producer's database is away they stay in hand and can be acknowledged again."""
        self._broker.report_settled(deliveries)
        self._broker.drop(deliveries, parked=parked)
        for delivery in deliveries:
            del self._unsettled[id(delivery)]

    def close(self) -> None:
        left = list(self._unsettled.values())
        self._unsettled.clear()
        self._broker.give_back(left)
