"""Publishing to the agencies' own queues: one message at a time, each confirmed, from several threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from shared.messaging.message import Message, Outcome
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import AGENCIES

PUBLISH_SECONDS = 12.0
"""Connecting included. Another message waits meanwhile, but no batch of them."""
CONNECT_SECONDS = 5.0


@dataclass(frozen=True)
class Published:
    """`denied`: the broker does not let us, and says why; the outcome is `REFUSED` then as for a full queue."""

    outcome: Outcome
    denied: str = ""


class AgencyPublisher:
    """Shared by threads: each call has a connection to itself, and gives it back for the next one."""

    def __init__(self, url: str, source: str, *, publish_seconds: float = PUBLISH_SECONDS) -> None:
        self._url, self._source, self._publish_seconds = url, source, publish_seconds
        self._idle: list[PikaPublisher] = []
        self._closed = False
        self._lock = threading.Lock()

    def publish(self, message: Message) -> Published:
        """Its routing key is the agency's code. Takes `publish_seconds` at most."""
        publisher = self._take()
        if publisher is None:
            return Published(Outcome.UNKNOWN)
        [outcome] = publisher.publish([message])
        denied = publisher.denied if outcome is Outcome.REFUSED else ""
        publisher.denied = ""
        self._give_back(publisher)
        return Published(outcome, denied)

    def close(self) -> None:
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for publisher in idle:
            publisher.close()

    def _take(self) -> PikaPublisher | None:
        """None once it is closed."""
        with self._lock:
            if self._closed:
                return None
            if self._idle:
                return self._idle.pop()
        return PikaPublisher(
            self._url, None, self._source, exchange=AGENCIES,
            publish_seconds=self._publish_seconds, connect_seconds=min(CONNECT_SECONDS, self._publish_seconds),
        )  # fmt: skip

    def _give_back(self, publisher: PikaPublisher) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(publisher)
                return
        publisher.close()
