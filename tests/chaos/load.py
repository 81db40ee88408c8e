"""Citizens who insist: each repeats a complaint until it is acknowledged. Their list is the ledger."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from tests.chaos.channels import Channel, NotYet, TurnedDown, by_api
from tests.chaos.target import Target
from tests.support.eventually import eventually

TEXTS = (
    "Lampu PJU mati di gang kami, gelap sekali, laporan {n}",
    "Sampah menumpuk di TPS tidak diangkut, laporan {n}",
    "Jalan berlubang besar, banyak motor jatuh, laporan {n}",
    "min tolong dong, laporan {n}",
)
PATIENCE_SECONDS = 240


@dataclass
class Ledger:
    """What citizens hold in their hands: by their own number, the ticket (empty where it comes later by mail).

    `delays` counts why somebody had to try again, by reason and channel. Numbers before `first` are somebody else's.
    `with_photo` are the numbers of those who sent one; `given_up` of those who tried in vain for as long as they would,
    and cannot know whether they were heard.
    """

    first: int = 0
    tickets: dict[int, str] = field(default_factory=dict)
    with_photo: set[int] = field(default_factory=set)
    given_up: set[int] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    delays: Counter[str] = field(default_factory=Counter)
    attempts: int = 0

    def add(self, other: "Ledger") -> None:
        """Of other citizens, with other numbers."""
        self.tickets |= other.tickets
        self.with_photo |= other.with_photo
        self.given_up |= other.given_up
        self.refused += other.refused
        self.delays += other.delays
        self.attempts += other.attempts


class Citizens:
    """Complaints from `crowd` threads, by the channels in turn.

    `count` of them, spread over about `seconds`; or one every `seconds` from each thread until `stop`, without a count.
    Each is tried for `patience_seconds`.
    """

    def __init__(
        self,
        target: Target,
        count: int | None,
        *,
        first: int = 0,
        crowd: int = 4,
        seconds: float = 20,
        channels: Sequence[Channel] = (by_api,),
        with_photo: Container[Channel] = (),
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`with_photo` are those of the channels by which a photo comes along."""
        self.ledger = Ledger(first)
        self._with_photo = with_photo
        self._target = target
        self._channels = channels
        self._numbers = itertools.count(first) if count is None else iter(range(first, first + count))
        self._pause = seconds if count is None else seconds * crowd / count
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._complain, daemon=True) for _ in range(crowd)]
        self._patience_seconds = patience_seconds

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when what was begun has been taken, or given up."""
        self._enough.set()
        self.join()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(600)

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def await_more(self, count: int = 1) -> None:
        """Until so many more were taken."""
        before = len(self.ledger.tickets)
        eventually(lambda: len(self.ledger.tickets) >= before + count, 60, describe=lambda: self.ledger.delays)

    def insist(self, number: int, text: str = "", by: Channel | None = None) -> str:
        """The ticket, in the end; nothing when it was turned down for good."""
        words = text or TEXTS[number // len(self._channels) % len(TEXTS)].format(n=number)
        channel = by or self._channels[number % len(self._channels)]
        give_up_at = time.monotonic() + self._patience_seconds
        for attempt in itertools.count(1):
            try:
                ticket = channel(self._target, number, words)
            except NotYet as error:
                with self._lock:
                    self.ledger.delays[f"{error.reason} {channel.__name__}"] += 1
                if time.monotonic() > give_up_at:
                    self.ledger.given_up.add(number)
                    self.ledger.refused.append(f"{number}: no receipt in time: {error}")
                    return ""
                time.sleep(0.1 + random.random() * 0.2)
                continue
            except TurnedDown as error:
                self.ledger.refused.append(f"{number} {channel.__name__}: {error}")
                return ""
            with self._lock:
                self.ledger.attempts += attempt
                self.ledger.tickets[number] = ticket
                if channel in self._with_photo:
                    self.ledger.with_photo.add(number)
            return ticket
        return ""

    def _complain(self) -> None:
        while not self._enough.is_set() and (number := self._next()) is not None:
            started = time.monotonic()
            self.insist(number)
            self._enough.wait(max(0.0, self._pause - (time.monotonic() - started)))

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)
