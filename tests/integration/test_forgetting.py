"""Outbox and inbox stay as large as what happened lately; what is not done stays however old it is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select

from shared.messaging.forgetting import DONE_KEPT, MOST_ROWS, PUBLISHED_KEPT, forget_done
from shared.messaging.tables import messaging_tables
from shared.storage.database import Database
from tests.support.clock import MovableClock

QUEUE = "sample.keep.v1"
metadata = MetaData()
tables = messaging_tables(metadata)
clock = MovableClock()
OLD, YOUNG = clock.now() - DONE_KEPT - timedelta(hours=1), clock.now() - PUBLISHED_KEPT + timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = (
        f"sqlite:///{tmp_path / 'sample.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_database")
    )
    opened = Database(url)
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


def said(name: str, at: Any, published_at: Any) -> dict[str, Any]:
    return {
        "message_id": name, "routing_key": "agency.changed.v1", "subject": "A", "traceparent": "", "body": b"{}",
        "queues": 1, "created_at": at, "available_at": at, "published_at": published_at,
    }  # fmt: skip


def heard(name: str, state: str, finished_at: Any, queue: str = QUEUE) -> dict[str, Any]:
    return {
        "queue": queue, "message_id": name, "state": state, "received_at": OLD, "finished_at": finished_at,
    }  # fmt: skip


def step(database: Database) -> bool:
    with database.write() as tx:
        return forget_done(tx, tables, [QUEUE], clock.now())


def names(database: Database, table: Any) -> list[str]:
    with database.read() as connection:
        return sorted(connection.execute(select(table.c.message_id)).scalars())


def test_only_what_was_done_long_ago_goes(database: Database) -> None:
    with database.write() as tx:
        tx.execute(
            tables.outbox.insert(),
            [said("old", OLD, OLD), said("young", OLD, YOUNG), said("waits", OLD, None)],
        )
        pairs = [("old", OLD), ("young", YOUNG), ("waits", OLD), ("stranger", OLD), ("young-stranger", YOUNG)]
        tx.execute(
            tables.settlements.insert(),
            [{"message_id": name, "queue": QUEUE, "settled_at": at} for name, at in pairs],
        )
        tx.execute(
            tables.inbox.insert(),
            [heard("old", "done", OLD), heard("young", "done", YOUNG), heard("dead", "dead", OLD),
             heard("discarded", "discarded", OLD), heard("tried", "retrying", None),
             heard("else", "done", OLD, "another.queue.v1")],
        )  # fmt: skip
    assert not step(database)
    assert names(database, tables.outbox) == ["waits", "young"]
    assert names(database, tables.settlements) == ["waits", "young", "young-stranger"]
    assert names(database, tables.inbox) == ["dead", "discarded", "else", "tried", "young"]


def test_a_million_would_go_in_small_steps(database: Database) -> None:
    with database.write() as tx:
        tx.execute(tables.outbox.insert(), [said(f"{n:05}", OLD, OLD) for n in range(2 * MOST_ROWS + 1)])
        tx.execute(tables.inbox.insert(), [heard(f"{n:05}", "done", OLD) for n in range(MOST_ROWS)])
    assert step(database)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.outbox)).scalar_one() == MOST_ROWS + 1
    assert names(database, tables.outbox)[0] == f"{MOST_ROWS:05}"
    assert step(database)
    assert not step(database)
    assert names(database, tables.outbox) == names(database, tables.inbox) == []
