"""Group commit: threads that want to write at the same time share one transaction.

A transaction costs a commit that reaches the disk and a round trip for each statement, and every wait for one makes a
Python thread queue for the interpreter again. So whoever comes while another writes waits, and one of those waiting
writes for all of them. Who comes alone waits for nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Set
from typing import Generic, TypeVar

from shared.errors import Transient

Job = TypeVar("Job")
Result = TypeVar("Result")


class Gatherer(Generic[Job, Result]):
    """`do(job)` gives the job's result, worked out together with the jobs of other threads.

    `together` works on several jobs in one transaction: a result for each, None for one that must be done alone. When
    it raises, nothing of it may remain, and each job is done alone by its own thread, so that one bad job spoils no
    other; only `Transient` (the database is away) is raised to all. Jobs that share one of their `keys` never meet in
    one batch.
    """

    def __init__(
        self,
        together: Callable[[list[Job]], list[Result | None]],
        alone: Callable[[Job], Result],
        *,
        keys: Callable[[Job], Set[str]] = lambda job: frozenset(),
        most: int = 32,
    ) -> None:
        self._together = together
        self._alone = alone
        self._keys = keys
        self._most = most
        self._mutex = threading.Lock()
        self._waiting: deque[_Waiting[Job, Result]] = deque()
        self._busy = False

    def do(self, job: Job) -> Result:
        mine: _Waiting[Job, Result] = _Waiting(job)
        with self._mutex:
            self._waiting.append(mine)
            leads, self._busy = not self._busy, True
        if not leads:
            mine.called.wait()
            leads = not mine.served
        if leads:
            self._lead()
        if mine.error is not None:
            raise Transient(
                mine.error.message, code=mine.error.code, retry_after_seconds=mine.error.retry_after_seconds
            ) from mine.error
        return self._alone(job) if mine.result is None else mine.result

    def _lead(self) -> None:
        """Works for everyone waiting, oneself first, and then hands over to the next who waits."""
        batch = self._take()
        try:
            results = self._together([waiting.job for waiting in batch])
            for waiting, result in zip(batch, results, strict=True):
                waiting.result = result
        except Transient as error:
            for waiting in batch:
                waiting.error = error
        except Exception:  # noqa: BLE001, S110 - whatever it was, each job is now done alone and judged there
            pass
        finally:
            self._hand_over(batch)

    def _take(self) -> list[_Waiting[Job, Result]]:
        batch: list[_Waiting[Job, Result]] = []
        left: deque[_Waiting[Job, Result]] = deque()
        keys: set[str] = set()
        with self._mutex:
            while self._waiting and len(batch) < self._most:
                waiting = self._waiting.popleft()
                own = self._keys(waiting.job)
                (left if own & keys else batch).append(waiting)
                keys |= own
            self._waiting.extendleft(reversed(left))
        return batch

    def _hand_over(self, batch: list[_Waiting[Job, Result]]) -> None:
        with self._mutex:
            following = self._waiting[0] if self._waiting else None
            self._busy = following is not None
        if following is not None:
            following.called.set()  # before the others wake up and want the interpreter
        for waiting in batch:
            waiting.served = True
            waiting.called.set()


class _Waiting(Generic[Job, Result]):
    __slots__ = ("called", "error", "job", "result", "served")

    def __init__(self, job: Job) -> None:
        self.job = job
        self.called = threading.Event()
        self.served = False
        self.result: Result | None = None
        self.error: Transient | None = None
