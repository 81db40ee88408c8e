"""What goes to a broker and what comes from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Message:
    """A fact on its way. `message_id` is the envelope's id: the same for every copy and every repetition."""

    message_id: str
    routing_key: str
    body: bytes
    source: str
    correlation_id: str
    traceparent: str
    created_at: datetime
    attempt: int = 1
    """Counts how often it was handed to a broker, this time included."""
    type: str = ""
    """Empty for facts, whose type is their routing key."""

    @property
    def repeated(self) -> bool:
        """Handed to a broker before: whoever receives it should handle it alone."""
        return self.attempt > 1


class Outcome(StrEnum):
    """What a broker said of one published message."""

    CONFIRMED = "confirmed"  # the broker keeps it now
    ACCEPTED = "accepted"  # carried, but not kept: it counts only when every queue has settled it
    UNROUTABLE = "unroutable"  # a queue that should have it is missing; nothing was stored
    REFUSED = "refused"  # the broker said no (a full queue)
    UNKNOWN = "unknown"  # no answer in time: it may or may not be stored, publish it again


@dataclass(frozen=True)
class Delivery:
    """One message as it came out of a queue. `handle` is the broker's own and means nothing to others."""

    queue: str
    body: bytes
    message_id: str
    redelivered: bool
    handle: Any = field(repr=False, compare=False, default=None)
