"""With a hundred thousand that wait, taking the next ones costs what it costs with a thousand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from services.notifier import app
from services.notifier.sending.claims import claim_lane, release
from services.notifier.sending.due_lanes import due_lanes
from services.notifier.tables import deliveries
from shared.storage.database import Database
from shared.storage.leases import Lease
from shared.storage.migrate import upgrade
from tests.integration.notifier.databases import fill, on_both
from tests.unit.notifier.samples import NOW

FEW, MANY, LANES = 1_000, 100_000, 100
ROUNDS = 30


def _at_best(piece: Callable[[], object]) -> float:
    """The shortest of many: whatever else the machine does can only add to it."""
    spans = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        piece()
        spans.append(time.perf_counter() - started)
    return min(spans)


def _claim_and_give_back(database: Database, lane: str) -> None:
    lease = Lease.take(NOW, 60)
    held = claim_lane(database, lane, lease, NOW, 5)
    assert len(held) == 5
    with database.write() as tx:
        release(tx, held, lease)


@on_both
def test_claiming_does_not_grow_with_what_waits(tmp_path: Path, database_url: str) -> None:
    spans = []
    for number in (FEW, MANY):
        database = Database(database_url or f"sqlite:///{tmp_path}/{number}.db")
        upgrade(database.engine, app.MIGRATIONS)
        fill(database, number, LANES, NOW)
        lanes = iter(range(ROUNDS))
        claimed = _at_best(
            lambda database=database, lanes=lanes: _claim_and_give_back(database, f"email:A{next(lanes)}")
        )
        with database.read() as connection:
            looked = _at_best(lambda connection=connection: due_lanes(connection, NOW))
            assert len(due_lanes(connection, NOW)) == LANES
        spans.append((claimed, looked))
        with database.write() as tx:
            tx.execute(deliveries.delete())
        database.close()
    (claim_few, look_few), (claim_many, look_many) = spans
    assert claim_many <= 3 * claim_few, spans
    assert look_many <= 3 * look_few, spans
    assert look_many < 0.01, spans
