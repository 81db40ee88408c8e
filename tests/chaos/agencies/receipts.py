"""What really arrived at the receivers, as they saw it."""

import random
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Receipt:
    """`key` is the delivery's id as the receiver read it; `about` the ticket that the message is about."""

    channel: str
    key: str
    about: str


@dataclass
class Receipts:
    """Filled by the receivers' threads. `blurred` are keys whose sender was left without a clear answer."""

    kept: list[Receipt] = field(default_factory=list)
    blurred: set[str] = field(default_factory=set)
    strikes: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, channel: str, key: str, about: str) -> None:
        with self._lock:
            self.kept.append(Receipt(channel, key, about))

    def struck(self, what: str, key: str = "", *, blurs: bool = False) -> None:
        """A receiver misbehaved; `blurs`: whoever sent cannot know whether it arrived."""
        with self._lock:
            self.strikes[what] += 1
            if blurs:
                self.blurred.add(key)

    def times(self, *channels: str) -> Counter[str]:
        """How often each key arrived by these channels."""
        with self._lock:
            return Counter(one.key for one in self.kept if one.channel in channels)

    def keys_of(self) -> dict[tuple[str, str], set[str]]:
        """By channel and ticket, the keys under which it arrived there."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        with self._lock:
            for one in self.kept:
                found[one.channel, one.about].add(one.key)
        return found


class Moods:
    """What a receiver does with the next message: drawn from a seed, well-behaved three times out of four.

    After `calm` it behaves.
    """

    def __init__(self, seed: int, faults: tuple[str, ...], share: float = 0.25) -> None:
        self._random = random.Random(seed)
        self._faults = faults
        self._share = share
        self._lock = threading.Lock()
        self.is_calm = False

    def draw(self) -> str:
        with self._lock:
            if self.is_calm or self._random.random() >= self._share:
                return ""
            return self._random.choice(self._faults)

    def calm(self) -> None:
        self.is_calm = True
