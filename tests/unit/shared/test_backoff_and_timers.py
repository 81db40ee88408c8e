"""Waiting is a pure function; timers are rows that are claimed, handled and moved."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import MetaData

from shared.messaging.backoff import backoff_seconds
from shared.messaging.tables import messaging_tables
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.timers import Timers
from tests.support.clock import MovableClock


@given(st.integers(-5, 10_000), st.text(max_size=20))
def test_waits_stay_within_their_bounds(attempt: int, key: str) -> None:
    assert 0.75 <= backoff_seconds(attempt, key=key) <= 300


@given(st.integers(1, 8), st.text(max_size=20))
def test_waits_grow(attempt: int, key: str) -> None:
    assert backoff_seconds(attempt, key=key) < backoff_seconds(attempt + 1, key=key)


def test_messages_that_failed_together_come_back_apart() -> None:
    waits = {round(backoff_seconds(5, key=str(number)), 3) for number in range(200)}
    assert len(waits) > 150


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Database, Timers, MovableClock]:
    metadata = MetaData()
    tables = messaging_tables(metadata)
    database = Database(f"sqlite:///{tmp_path / 'timers.db'}")
    with database.write() as tx:
        metadata.create_all(tx.connection)
    clock = MovableClock()
    return database, Timers("sample", tables, clock=clock, bells=Bells()), clock


def test_a_timer_runs_when_due_and_once(parts: tuple[Database, Timers, MovableClock]) -> None:
    database, timers, clock = parts
    ran: list[str] = []
    handlers = {"remind": lambda _tx, timer: ran.append(timer.key)}
    with database.write() as tx:
        timers.set(tx, "remind", "a", clock.now() + timedelta(seconds=60))
    assert not timers.run_due(database, handlers)
    clock.advance(61)
    assert timers.run_due(database, handlers)
    assert not timers.run_due(database, handlers)
    assert ran == ["a"]


def test_a_timer_can_come_again(parts: tuple[Database, Timers, MovableClock]) -> None:
    database, timers, clock = parts
    ran: list[str] = []

    def tick(_tx: object, timer: object) -> object:
        ran.append("tick")
        return clock.now() + timedelta(seconds=10)

    with database.write() as tx:
        timers.set_if_absent(tx, "tick", "", clock.now())
        timers.set_if_absent(tx, "tick", "", clock.now())
    for _ in range(3):
        assert timers.run_due(database, {"tick": tick})
        assert not timers.run_due(database, {"tick": tick})
        clock.advance(11)
    assert len(ran) == 3


def test_setting_it_again_while_it_runs_wins(parts: tuple[Database, Timers, MovableClock]) -> None:
    database, timers, clock = parts
    ran: list[int] = []

    def handler(tx: object, timer: object) -> None:
        ran.append(timer.generation)  # type: ignore[attr-defined]
        if len(ran) == 1:
            timers.set(tx, "remind", "a", clock.now() + timedelta(seconds=5))  # type: ignore[arg-type]

    with database.write() as tx:
        timers.set(tx, "remind", "a", clock.now())
    assert timers.run_due(database, {"remind": handler})
    clock.advance(6)
    assert timers.run_due(database, {"remind": handler})
    assert len(ran) == 2
    assert ran[0] < ran[1]


def test_a_timer_that_fails_comes_again_and_keeps_its_error(parts: tuple[Database, Timers, MovableClock]) -> None:
    database, timers, clock = parts
    ran: list[str] = []

    def handler(_tx: object, _timer: object) -> None:
        ran.append("try")
        if len(ran) == 1:
            raise ValueError("not this time")

    with database.write() as tx:
        timers.set(tx, "remind", "a", clock.now())
    timers.run_due(database, {"remind": handler})
    assert not timers.run_due(database, {"remind": handler})
    clock.advance(10)
    assert timers.run_due(database, {"remind": handler})
    assert ran == ["try", "try"]


def test_a_cancelled_timer_does_not_run(parts: tuple[Database, Timers, MovableClock]) -> None:
    database, timers, clock = parts
    with database.write() as tx:
        timers.set(tx, "remind", "a", clock.now())
        timers.cancel(tx, "remind", "a")
    assert not timers.run_due(database, {})
