"""Citizens who insist: each repeats a complaint until it is acknowledged. Their list is the ledger."""

import itertools
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.channels import Channel, NotYet, TurnedDown, by_api
from tests.support.system import System

TEXTS = (
    "Lampu PJU mati di gang kami, gelap sekali, laporan {n}",
    "Sampah menumpuk di TPS tidak diangkut, laporan {n}",
    "Jalan berlubang besar, banyak motor jatuh, laporan {n}",
    "min tolong dong, laporan {n}",
)


@dataclass
class Ledger:
    """What citizens hold in their hands: by their own number, the ticket (empty where it comes later by mail)."""

    tickets: dict[int, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    attempts: int = 0


class Citizens:
    """`count` complaints from `crowd` threads, spread over about `seconds`, by the channels in turn."""

    def __init__(
        self,
        system: System,
        count: int,
        *,
        crowd: int = 4,
        seconds: float = 20,
        channels: Sequence[Channel] = (by_api,),
    ) -> None:
        self.ledger = Ledger()
        self._system = system
        self._channels = channels
        self._numbers = iter(range(count))
        self._pause = seconds * crowd / count
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._complain, daemon=True) for _ in range(crowd)]
        self._give_up_at = time.monotonic() + seconds + 240

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(600)

    @property
    def busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def insist(self, number: int, text: str) -> str:
        """The ticket, in the end; nothing when it was turned down for good."""
        channel = self._channels[number % len(self._channels)]
        for attempt in itertools.count(1):
            try:
                ticket = channel(self._system, number, text)
            except NotYet as error:
                if time.monotonic() > self._give_up_at:
                    self.ledger.refused.append(f"{number}: no receipt in time: {error}")
                    return ""
                time.sleep(0.1 + random.random() * 0.2)
                continue
            except TurnedDown as error:
                self.ledger.refused.append(f"{number}: {error}")
                return ""
            with self._lock:
                self.ledger.attempts += attempt
                self.ledger.tickets[number] = ticket
            return ticket
        return ""

    def _complain(self) -> None:
        while (number := self._next()) is not None:
            started = time.monotonic()
            self.insist(number, TEXTS[number // len(self._channels) % len(TEXTS)].format(n=number))
            time.sleep(max(0.0, self._pause - (time.monotonic() - started)))

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)
