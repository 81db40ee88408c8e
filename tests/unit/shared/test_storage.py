"""Transactions, the fair lock, leases: on SQLite here; the contract suite runs them on PostgreSQL too."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Float, Integer, LargeBinary, MetaData, String, Table, Text, delete, select, text, true
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from shared.errors import Transient
from shared.storage.database import Database, FairLock
from shared.storage.leases import Lease, claim
from shared.storage.types import Json, UtcDateTime
from shared.storage.upsert import add_new, insert_late, insert_new, upsert

metadata = MetaData()
things = Table(
    "things", metadata,
    Column("name", String(20), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", UtcDateTime),
    Column("lease_owner", String(32)),
    Column("lease_until", UtcDateTime),
)  # fmt: skip

values = Table(
    "values", metadata,
    Column("key", Integer, primary_key=True),
    Column("order", Text),
    Column("body", LargeBinary),
    Column("at", UtcDateTime),
    Column("share", Float),
    Column("data", Json),
    Column("untold", String(9), server_default="untold"),
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


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
_NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6)  # JSONB writes 3e16 as a whole number
_JSON = st.recursive(
    st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "order": st.none() | _TEXTS,
            "body": st.none() | st.binary(max_size=40),
            "at": st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
            "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "data": st.dictionaries(_TEXTS, _JSON, max_size=3),
        }
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS)
def test_many_rows_arrive_as_they_are(database: Database, rows: list[dict[str, object]]) -> None:
    numbered = [{"key": number, **row} for number, row in enumerate(rows)]
    with database.write() as tx:
        tx.execute(delete(values))
        insert_late(tx, values, numbered)
    with database.read() as connection:
        kept = [dict(row._mapping) for row in connection.execute(select(values).order_by(values.c.key))]
    assert kept == [{**row, "untold": "untold"} for row in numbered]


def test_late_rows_go_in_together_and_a_conflict_undoes_all(database: Database) -> None:
    with database.write() as tx:
        insert_late(tx, things, [{"name": "a", "count": 1}])
        insert_late(tx, things, [{"name": "b", "count": 1}])
        add_new(tx, things, [{"name": "a", "count": 2}, {"name": "c", "count": 2}])
        add_new(tx, things, [])
    with pytest.raises(IntegrityError), database.write() as tx:
        insert_late(tx, things, [{"name": "d", "count": 3}, {"name": "c", "count": 3}])
    with pytest.raises(Exception, match="naive"), database.write() as tx:
        insert_late(tx, things, [{"name": "e", "count": 1, "at": datetime(2026, 1, 1)}])  # noqa: DTZ001
    with database.read() as connection:
        rows = connection.execute(select(things.c.name, things.c.count).order_by(things.c.name))
        assert [tuple(row) for row in rows] == [("a", 1), ("b", 1), ("c", 2)]


@pytest.mark.parametrize("broken", ["NUL \x00", "half a surrogate \ud800"])
def test_text_that_the_database_cannot_keep_fails_the_transaction(database: Database, broken: str) -> None:
    if database.is_sqlite and "\x00" in broken:
        return  # SQLite keeps it
    with pytest.raises((DBAPIError, UnicodeError)) as caught, database.write() as tx:
        insert_late(tx, values, [{"key": 1, "order": broken}])
    assert not isinstance(caught.value, Transient)


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
