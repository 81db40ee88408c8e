"""Real processes that share a database, and are killed while they send."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from services.notifier.sending.attempt import UNREPEATABLE_HAND
from services.notifier.sending.pool import THREADS
from services.notifier.tables import deliveries
from shared.storage.database import Database
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.system import ROOT
from tests.unit.notifier.samples import Bench, bench, routed

pytestmark = pytest.mark.xdist_group("systems")

ROUNDS, OF_EACH = 4, 200
AGENCIES = ("DPUPR", "DISHUB")


def _process(database_url: str, folder: Path, name: str) -> Process:
    args = [sys.executable, "-m", "tests.integration.notifier.sender_process", database_url, str(folder), "0.01"]
    return Process(args, log=folder / f"{name}.log", cwd=ROOT, name=name)


def _states(database: Database) -> Counter[str]:
    counted = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
    with database.read() as connection:
        return Counter({row[0]: row[1] for row in connection.execute(counted)})


def _plan(made: Bench, numbers: range) -> None:
    made.hear(*(routed(f"c{each:04}", agency=AGENCIES[each % 2]) for each in numbers))


def _expire(made: Bench) -> None:
    """As if the time of the dead ones' leases had passed."""
    with made.database.write() as tx:
        tx.execute(text("UPDATE deliveries SET lease_until = '2020-01-01T00:00:00Z' WHERE lease_until IS NOT NULL"))


def test_two_that_are_killed_again_and_again_send_nothing_twice_and_lose_nothing(
    tmp_path: Path, postgres_database: str
) -> None:
    made = bench(tmp_path, database_url=postgres_database)
    made.clock.at = datetime.now(UTC)
    sent = tmp_path / "sent.txt"
    processes = [_process(postgres_database, tmp_path, name) for name in ("one", "two")]
    chance = random.Random(7)

    def lines() -> list[str]:
        return sent.read_text().splitlines() if sent.exists() else []

    for each in range(ROUNDS):
        # Enough in every round, also where a kill comes late and finds that more was sent than it waited for.
        _plan(made, range(each * OF_EACH, (each + 1) * OF_EACH))
        for process in processes:
            process.start()
        goal = len(lines()) + chance.randint(40, 80)
        eventually(lambda goal=goal: len(lines()) >= goal, 60, every=0.005, describe=processes[0].tail)
        for process in processes:
            process.kill9()
        _expire(made)
    survivor = processes[0].start()
    eventually(lambda: set(_states(made.database)) <= {"sent", "uncertain"}, 60, describe=survivor.tail)
    survivor.kill9()
    states, ids = _states(made.database), lines()
    assert len(ids) == len(set(ids)), "nothing was sent twice"
    assert states["sent"] + states["uncertain"] == ROUNDS * OF_EACH, "nothing was lost"
    assert 0 < states["uncertain"] <= ROUNDS * len(processes) * THREADS["email"] * UNREPEATABLE_HAND
    with made.database.read() as connection:
        of_sent = select(deliveries.c.delivery_id).where(deliveries.c.state == "sent")
        known = {row[0] for row in connection.execute(of_sent)}
    assert known <= set(ids)
    made.close()
