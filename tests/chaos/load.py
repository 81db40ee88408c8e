"""Citizens who insist: each repeats a complaint with the same key until it has a receipt. Their list is the ledger."""

import itertools
import random
import threading
import time
from dataclasses import dataclass, field

import requests

from tests.support.system import System

TEXTS = (
    "Lampu PJU mati di gang kami, gelap sekali, laporan {n}",
    "Sampah menumpuk di TPS tidak diangkut, laporan {n}",
    "Jalan berlubang besar, banyak motor jatuh, laporan {n}",
    "min tolong dong {n}",
)


@dataclass
class Ledger:
    """What citizens hold in their hands: ticket by their own number."""

    tickets: dict[int, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    attempts: int = 0


class Citizens:
    """`count` complaints from `crowd` threads, spread over about `seconds`."""

    def __init__(self, system: System, count: int, *, crowd: int = 4, seconds: float = 20) -> None:
        self.ledger = Ledger()
        self._system = system
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
            thread.join(300)

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _complain(self) -> None:
        while (number := self._next()) is not None:
            started = time.monotonic()
            self.insist(number, TEXTS[number % len(TEXTS)].format(n=number))
            time.sleep(max(0.0, self._pause - (time.monotonic() - started)))

    def _next(self) -> int | None:
        with self._lock:
            return next(self._numbers, None)

    def insist(self, number: int, text: str) -> None:
        for attempt in itertools.count():
            if time.monotonic() > self._give_up_at:
                self.ledger.refused.append(f"{number}: no receipt in time")
                return
            try:
                answer = self._system.submit(
                    text, key=f"citizen-{number}", contact={"email": f"c{number}@example.org"}, timeout=5
                )
            except requests.RequestException:
                time.sleep(0.1 + random.random() * 0.2)
                continue
            with self._lock:
                self.ledger.attempts += attempt + 1
                if answer.status_code == 201:
                    self.ledger.tickets[number] = answer.json()["ticket"]
                    self.ledger.codes[answer.json()["ticket"]] = answer.json()["tracking_code"]
                    return
                if answer.status_code < 500:
                    self.ledger.refused.append(f"{number}: {answer.status_code} {answer.text[:200]}")
                    return
            time.sleep(0.2)
