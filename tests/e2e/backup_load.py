"""Citizens who complain all the while, and what each was told when."""

import itertools
import threading
import time
from typing import Any, Protocol

import requests


class Door(Protocol):
    def submit(
        self, text: str, /, *, key: str | None = None, timeout: float = 10, **more: Any
    ) -> requests.Response: ...


class Complainers:
    """Some citizens, one complaint after the other until `stop`."""

    def __init__(self, door: Door, crowd: int = 3) -> None:
        self._door = door
        self._enough = threading.Event()
        self._numbers = itertools.count(1)
        self._told: list[tuple[float, str]] = []
        self._threads = [threading.Thread(target=self._complain, daemon=True) for _ in range(crowd)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join(30)

    def told_before(self, moment: float) -> set[str]:
        """Tickets that were given out before that moment of `time.monotonic`."""
        return {ticket for at, ticket in self._told if at < moment}

    def _complain(self) -> None:
        while not self._enough.is_set():
            number = next(self._numbers)
            try:
                answer = self._door.submit(
                    f"Lampu PJU mati di gang kami, laporan nomor {number}", contact={"email": f"c{number}@example.org"}
                )
            except requests.RequestException:
                continue
            if answer.status_code == 201:
                self._told.append((time.monotonic(), answer.json()["ticket"]))
