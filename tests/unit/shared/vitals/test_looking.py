"""A probe that hangs or fails costs its own sign, and nobody waits for it."""

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.composition import migrations_of
from services.router.tables import messaging, vitals
from shared.contracts.envelope import Codec
from shared.errors import Transient
from shared.messaging.broker import BrokerLost
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database
from shared.thresholds import OK, PROBLEM, UNKNOWN
from shared.vitals.looking import Looking, Probe, look_round
from shared.vitals.probes import Usage
from shared.vitals.sign import Sign
from shared.vitals.table import Process, every, keep
from shared.vitals.worker import Surroundings, Vitals
from tests.support.clock import MovableClock
from tests.support.migrated import migrate


def states(signs: list[Sign]) -> dict[str, str]:
    return {sign.name: sign.state for sign in signs}


def raising(error: Exception) -> Any:
    def look() -> list[Sign]:
        raise error

    return look


def test_what_hangs_fails_or_is_away_does_not_touch_the_others() -> None:
    go_on, clock = threading.Event(), MovableClock()

    def hang() -> list[Sign]:
        go_on.wait(5)
        return [Sign("hangs", OK)]

    probes = [
        Probe("hangs", hang), Probe("hangs on it", hang, rests_on_database=True),
        Probe("well", lambda: [Sign("well", OK)]),
        Probe("fails", raising(KeyError("a bug"))), Probe("away", raising(Transient("no", code="database"))),
        Probe("without", raising(Transient("no", code="database")), rests_on_database=True),
    ]  # fmt: skip
    lookings = [Looking(probe, clock) for probe in probes]
    began = time.monotonic()
    found = states(look_round(lookings, 0.2))
    assert time.monotonic() - began < 2
    assert found == {
        "hangs": PROBLEM, "hangs on it": UNKNOWN, "well": OK, "fails": PROBLEM, "away": PROBLEM, "without": UNKNOWN,
    }  # fmt: skip
    go_on.set()
    assert states(look_round(lookings, 2))["hangs"] == OK


def test_a_look_that_hangs_is_not_begun_again() -> None:
    go_on, begun = threading.Event(), []
    looking = Looking(Probe("x", lambda: [Sign("x", OK)] if begun.append(1) or go_on.wait(5) else []), MovableClock())
    for _ in range(3):
        look_round([looking], 0.05)
    assert len(begun) == 1
    go_on.set()


def test_a_dear_look_is_not_repeated_too_soon() -> None:
    clock, begun = MovableClock(), []
    looking = Looking(Probe("x", lambda: [Sign("x", OK, len(begun))] if not begun.append(1) else [], 30), clock)
    assert [sign.value for _ in range(3) for sign in look_round([looking], 2)] == [1, 1, 1]
    clock.advance(31)
    assert [sign.value for sign in look_round([looking], 2)] == [2]


class Broker(MemoryBroker):
    away = False

    def check(self) -> str:
        if self.away:
            raise BrokerLost("nobody there")
        return super().check()


@pytest.fixture
def spine(tmp_path: Path) -> Iterator[Spine]:
    database = Database(f"sqlite:///{tmp_path / 'router.db'}")
    migrate(database.engine, migrations_of("router"))
    codec = Codec(Sealer(["x" * 40]))
    yield build_spine("router", messaging, database=database, broker=Broker(TOPOLOGY), codec=codec,
                      clock=MovableClock(), metrics=Metrics())  # fmt: skip
    database.close()


def watching(spine: Spine, **more: Any) -> Vitals:
    disk = lambda _: Usage(100_000_000_000, 50_000_000_000, 50_000_000_000)  # noqa: E731 - a value of a field
    return Vitals.of(spine, vitals, Surroundings("router", Path("/data"), disk=disk, **more))


def rows(spine: Spine) -> list[Process]:
    with spine.database.read() as connection:
        return every(connection, vitals)


def test_all_is_well_and_told_by_metrics_and_by_a_row(spine: Spine) -> None:
    looks = watching(spine)
    looks.stepper.look()
    looks.stepper.look()
    signs = looks.board.seen.signs
    assert {sign.state for sign in signs} == {OK}, signs
    assert {sign.name for sign in signs} >= {"broker", "database", "relay", "inbox", "dead", "disk", "clock", "service"}
    told = spine.metrics.exposition().decode()
    for line in (
        'tanggap_broker_up{service="router"} 1.0', 'tanggap_outbox_oldest_seconds{service="router"} 0.0',
        'tanggap_dead_letters{service="router"} 0.0', 'tanggap_service_up{service="router"} 1.0',
        'tanggap_disk_free_ratio{folder="/data",service="router"} 0.5',
        'tanggap_disk_free_bytes{folder="/data",service="router"} 5e+10',
    ):  # fmt: skip
        assert line in told
    (row,) = rows(spine)
    assert {sign.name for sign in row.signs} >= {"broker", "database"}


def test_a_database_that_hangs_does_not_hide_the_broker(spine: Spine) -> None:
    looks = watching(spine, look_seconds=0.3)
    looks.stepper.look()
    with spine.database.write():
        clock = spine.clock
        assert isinstance(clock, MovableClock)
        broker = spine.broker
        assert isinstance(broker, Broker)
        looks.stepper.look()
        clock.advance(60)
        broker.away = True
        looks.stepper.look()
    found = {sign.name: sign for sign in looks.board.seen.signs}
    assert (found["database"].state, found["database"].value) == (PROBLEM, 10.0)
    assert (found["broker"].state, found["broker"].value) == (PROBLEM, 0.0)
    told = spine.metrics.exposition().decode()
    assert 'tanggap_database_answer_seconds{service="router"} 10.0' in told
    assert 'tanggap_broker_up{service="router"} 0.0' in told


def test_what_is_not_known_has_no_sample(spine: Spine) -> None:
    looks = watching(spine)
    looks.stepper.look()
    spine.database.close()
    Path(str(spine.database.engine.url.database)).unlink()
    looks.stepper.look()
    found = {sign.name: sign for sign in looks.board.seen.signs}
    assert found["database"].value == 10.0
    assert found["relay"].state in (UNKNOWN, PROBLEM)
    assert "tanggap_outbox_oldest_seconds{" not in spine.metrics.exposition().decode()


def test_a_process_that_is_told_to_stop_says_so(spine: Spine) -> None:
    looks = watching(spine)
    looks.stepper.look()
    looks.stepper.close()
    (row,) = rows(spine)
    assert row.ended_at is not None


def test_rows_of_those_long_gone_are_forgotten(spine: Spine) -> None:
    now = spine.clock.now()
    clock = spine.clock
    assert isinstance(clock, MovableClock)
    with spine.database.write() as tx:
        for name, role in (("old", "router"), ("reconcile", "reconcile")):
            keep(tx, vitals, Process(name, role, "1", now, now))
    looks = watching(spine)
    looks.stepper.look()
    clock.advance(86_400 + 60)
    looks.stepper.look()
    looks.stepper.look()
    assert {row.role for row in rows(spine)} == {"router", "reconcile"}
    assert "old" not in {row.process for row in rows(spine)}


class SteppedClock(MovableClock):
    seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.seconds)


def test_the_clock_is_compared_with_itself_and_with_others(spine: Spine) -> None:
    clock = SteppedClock()
    spine.clock = clock
    others: list[tuple[str, float | None]] = [("intake", 0.5), ("notifier", None)]
    looks = watching(spine, offsets=lambda: others)
    looks.stepper.look()
    (sign,) = (sign for sign in looks.board.seen.signs if sign.name == "clock")
    assert (sign.value, sign.facts["against"]) == (0.5, "intake")
    clock.seconds = -30
    looks.stepper.look()
    (sign,) = (sign for sign in looks.board.seen.signs if sign.name == "clock")
    assert (round(sign.value or 0), sign.state, sign.facts["against"]) == (30, PROBLEM, "jump")
