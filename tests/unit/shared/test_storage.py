"""Transactions, the fair lock, leases: on SQLite here; the contract suite runs them on PostgreSQL too."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select, text, true
from sqlalchemy.exc import OperationalError

from shared.errors import Transient
from shared.storage.database import Database, FairLock
from shared.storage.leases import Lease, claim
from shared.storage.types import UtcDateTime
from shared.storage.upsert import insert_new, upsert

metadata = MetaData()
things = Table(
    "things", metadata,
    Column("name", String(20), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", UtcDateTime),
    Column("lease_owner", String(32)),
    Column("lease_until", UtcDateTime),
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'things.db'}"
    else:
        url = request.getfixturevalue("postgres_database")
    opened = Database(url)
    with opened.write() as tx:
        metadata.create_all(tx.connection)
    yield opened
    opened.close()


def test_callbacks_run_after_the_commit_only(database: Database) -> None:
    rung: list[str] = []
    with database.write() as tx:
        tx.execute(things.insert(), {"name": "a", "count": 1})
        tx.after_commit(lambda: rung.append("committed"))
        assert rung == []
    assert rung == ["committed"]

    def fail() -> None:
        with database.write() as tx:
            tx.after_commit(lambda: rung.append("never"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert rung == ["committed"]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"), database.read() as connection:
        connection.execute(things.insert(), {"name": "a", "count": 1})


def test_a_bug_in_sql_is_no_momentary_trouble(database: Database) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught, database.read() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))
    assert not isinstance(caught.value, Transient)


def test_times_come_back_as_aware_utc_and_naive_ones_are_refused(database: Database) -> None:
    at = datetime(2026, 11, 24, 7, 5, 3, 123456, tzinfo=UTC)
    with database.write() as tx:
        tx.execute(things.insert(), {"name": "a", "count": 1, "at": at})
    with database.read() as connection:
        assert connection.execute(select(things.c.at)).scalar_one() == at
    with pytest.raises(Exception, match="naive"), database.write() as tx:
        tx.execute(things.insert(), {"name": "b", "count": 1, "at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_only_new_rows_are_inserted_and_told(database: Database) -> None:
    with database.write() as tx:
        first = insert_new(tx, things, [{"name": n, "count": 1} for n in "ab"], things.c.name)
        second = insert_new(tx, things, [{"name": n, "count": 2} for n in "bc"], things.c.name)
    assert (first, second) == ({"a", "b"}, {"c"})
    with database.write() as tx:
        assert upsert(tx, things, {"name": "a", "count": 9}, key=("name",), where=things.c.count < 9)
        assert not upsert(tx, things, {"name": "a", "count": 3}, key=("name",), where=things.c.count < 3)


def test_many_writers_take_turns_and_lose_nothing(database: Database) -> None:
    with database.write() as tx:
        tx.execute(things.insert(), {"name": "sum", "count": 0})

    def add() -> None:
        for _ in range(25):
            with database.write() as tx:
                tx.execute(things.update().where(things.c.name == "sum").values(count=things.c.count + 1))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.execute(select(things.c.count)).scalar_one() == 200


def test_workers_that_claim_share_no_row(database: Database) -> None:
    with database.write() as tx:
        tx.execute(things.insert(), [{"name": f"{n:03}", "count": 0} for n in range(200)])
    claimed: list[str] = []

    def work() -> None:
        while True:
            lease = Lease.take(datetime.now(UTC), 60)
            with database.write() as tx:
                due = things.c.lease_owner.is_(None)
                rows = claim(tx, things, due, lease=lease, order_by=things.c.name, limit=7)
            if not rows:
                return
            claimed.extend(row["name"] for row in rows)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 200
    assert len(set(claimed)) == 200


def test_a_locked_file_is_a_momentary_trouble(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "locked.db"
    database = Database(f"sqlite:///{path}")
    with database.write() as tx:
        tx.execute(text("CREATE TABLE t (x)"))
        tx.execute(text("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Transient), database.write() as tx:
        tx.execute(text("INSERT INTO t VALUES (1)"))
    other.close()


def test_a_server_that_is_away_is_a_momentary_trouble() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Transient), database.read() as connection:
        connection.execute(select(true()))
    assert OperationalError is not Transient


def test_the_lock_is_fair() -> None:
    lock, order = FairLock(), []
    lock.__enter__()
    threads = []
    for number in range(5):
        ready = threading.Event()

        def wait(number: int = number, ready: threading.Event = ready) -> None:
            ready.set()
            with lock:
                order.append(number)

        thread = threading.Thread(target=wait)
        thread.start()
        ready.wait()
        while len(lock._waiting) <= number:
            pass
        threads.append(thread)
    lock.__exit__()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
