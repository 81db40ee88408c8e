"""Citizens at a steady rate, whatever becomes of those before: an open loop. Who gets no receipt insists, as ever."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import requests

from tests.chaos.channels import NotYet, TurnedDown, by_api
from tests.chaos.load import Citizens, Ledger
from tests.cluster.answers import Answer
from tests.compose.stack import Stack

_CROWD = 60


class SteadyCitizens:
    """`per_second` complaints by the API from `start` to `stop`. `answers` tells of each one's first attempt."""

    def __init__(self, stack: Stack, per_second: float, first: int) -> None:
        self.answers: list[Answer] = []
        self._stack, self._every, self._first = stack, 1 / per_second, first
        self._insisting = Citizens(stack, None, first=first, channels=(self._noted,), patience_seconds=120)
        self._enough = threading.Event()
        self._crowd = ThreadPoolExecutor(_CROWD, thread_name_prefix="citizen")
        self._waiting: list[Future[str]] = []
        self._due: dict[int, float] = {}
        self._clock = threading.Thread(target=self._begin_each, daemon=True)

    @property
    def ledger(self) -> Ledger:
        return self._insisting.ledger

    def start(self) -> None:
        self._clock.start()

    def stop(self) -> None:
        """Returns when everybody has a receipt, or has given up."""
        self._enough.set()
        self._clock.join(60)
        for one in self._waiting:
            one.result(180)
        self._crowd.shutdown()

    def _begin_each(self) -> None:
        began = time.time()
        for count in range(10**9):
            due_at = began + count * self._every
            if self._enough.wait(max(0.0, due_at - time.time())):
                return
            number = self._first + count
            self._due[number] = due_at
            self._waiting.append(self._crowd.submit(self._insisting.insist, number))

    def _noted(self, target: object, number: int, text: str) -> str:
        """`by_api`, with a look at the clock."""
        due_at = self._due.pop(number, None)
        status = 0
        try:
            ticket = by_api(self._stack, number, text)
            status = requests.codes.created
            return ticket
        except NotYet as error:
            status = 503 if error.reason == "away" else 0
            raise
        except TurnedDown as error:
            status = int(str(error)[:3]) if str(error)[:3].isdigit() else 0
            raise
        finally:
            if due_at is not None:
                self.answers.append(Answer(due_at, time.time(), status))
