"""Threads that share a transaction: everyone gets the own result, once, whatever happens to the others."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from shared.errors import Transient
from shared.storage.gathering import Gatherer
from tests.support.eventually import eventually


class Works:
    """Doubles numbers; notes which batches there were. `gate` holds the first batch back until it is opened."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.alone: list[int] = []
        self.gate = threading.Event()
        self.fail: Callable[[list[int]], None] = lambda jobs: None
        self.unfit: set[int] = set()

    def together(self, jobs: list[int]) -> list[int | None]:
        self.batches.append(jobs)
        if len(self.batches) == 1:
            assert self.gate.wait(10)
        self.fail(jobs)
        return [None if job in self.unfit else 2 * job for job in jobs]

    def one(self, job: int) -> int:
        self.alone.append(job)
        if job < 0:
            raise ValueError(job)
        return 2 * job


def run(works: Works, jobs: list[int], **settings: Any) -> dict[int, Any]:
    """Does the first job, has the others wait for it in order, and lets them go; each job's result or error."""
    gatherer: Gatherer[int, int] = Gatherer(works.together, works.one, **settings)
    results: dict[int, Any] = {}

    def do(number: int) -> None:
        try:
            results[number] = gatherer.do(jobs[number])
        except Exception as error:
            results[number] = error

    threads = []
    for number in range(len(jobs)):
        threads.append(threading.Thread(target=do, args=(number,)))
        threads[-1].start()
        waiting = number  # the first one works, the others wait
        eventually(lambda waiting=waiting: works.batches and len(gatherer._waiting) == waiting, 10)
    works.gate.set()
    for thread in threads:
        thread.join(10)
    return results


def test_who_comes_alone_is_served_at_once() -> None:
    works = Works()
    works.gate.set()
    assert Gatherer(works.together, works.one).do(4) == 8
    assert (works.batches, works.alone) == ([[4]], [])


def test_who_comes_meanwhile_is_served_together_in_order() -> None:
    works = Works()
    assert run(works, [1, 2, 3, 4]) == {0: 2, 1: 4, 2: 6, 3: 8}
    assert works.batches == [[1], [2, 3, 4]]


def test_a_batch_has_its_measure() -> None:
    works = Works()
    assert run(works, [1, 2, 3, 4, 5, 6], most=2) == {number: 2 * number + 2 for number in range(6)}
    assert works.batches == [[1], [2, 3], [4, 5], [6]]


def test_jobs_with_a_key_in_common_do_not_meet() -> None:
    works = Works()
    results = run(works, [1, 10, 21, 20, 31], keys=lambda job: {str(job % 10)})
    assert results == {0: 2, 1: 20, 2: 42, 3: 40, 4: 62}
    assert works.batches == [[1], [10, 21], [20, 31]]


def test_a_batch_that_fails_is_done_one_by_one_and_only_the_bad_job_fails() -> None:
    works = Works()

    def fail(jobs: list[int]) -> None:
        if any(job < 0 for job in jobs):
            raise ValueError(jobs)

    works.fail = fail
    results = run(works, [1, 2, -3, 4])
    assert [results[0], results[1], results[3]] == [2, 4, 8]
    assert isinstance(results[2], ValueError)
    assert sorted(works.alone) == [-3, 2, 4]


def test_a_job_that_the_batch_leaves_is_done_alone() -> None:
    works = Works()
    works.unfit = {2}
    assert run(works, [1, 2, 3]) == {0: 2, 1: 4, 2: 6}
    assert works.alone == [2]


def test_a_database_that_is_away_is_told_to_all_and_tried_once() -> None:
    works = Works()

    def away(jobs: list[int]) -> None:
        raise Transient("away", code="database", retry_after_seconds=7)

    works.fail = away
    results = run(works, [1, 2, 3])
    assert works.batches == [[1], [2, 3]]
    assert works.alone == []
    for error in results.values():
        assert isinstance(error, Transient)
        assert (error.code, error.message, error.retry_after_seconds) == ("database", "away", 7)
    with pytest.raises(Transient):
        Gatherer(works.together, works.one).do(9)


def test_many_threads_lose_nothing() -> None:
    done: list[int] = []

    def together(jobs: list[int]) -> list[int | None]:
        time.sleep(0.001)
        done.extend(jobs)
        return list(jobs)

    gatherer: Gatherer[int, int] = Gatherer(together, lambda job: job, most=4)
    wrong: list[tuple[int, int]] = []

    def work(first: int) -> None:
        for job in range(first, first + 200):
            if gatherer.do(job) != job:
                wrong.append((first, job))

    threads = [threading.Thread(target=work, args=(1000 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not wrong
    assert sorted(done) == sorted(job for n in range(8) for job in range(1000 * n, 1000 * n + 200))
