"""What every channel's adapter offers, and how an attempt can end. One adapter a file, in `channels/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.notifier.delivery import Delivery
from services.notifier.writing.letters import Letter


class Away(StrEnum):
    """What does not work now, so that the next message there would fare no better."""

    NOTHING = ""
    LANE = "lane"  # this one destination
    CHANNEL = "channel"  # the way out as a whole: the relay, the gateway


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended. `state` is a final state, or `pending`: surely not taken, or repeating is harmless.

    `answer` is what the other side said, without contacts. `retry_after_seconds`: the other side's own wish.
    """

    state: str
    reason: str
    answer: str = ""
    away: Away = Away.NOTHING
    retry_after_seconds: float | None = None


class WayOut(Protocol):
    """`via` names the adapter; `repeatable`: trying again is harmless, since the receiver removes doubles.

    One that can be asked later what became of a message also has `ask` (`sending/asking.py`).
    """

    @property
    def via(self) -> str: ...
    @property
    def repeatable(self) -> bool: ...
    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        """Called by several threads at once. Never raises for what the other side does; ends within its time-outs."""
        ...

    def close(self) -> None:
        """Gives back connections that are kept open. May be called more than once, from any thread."""
        ...
