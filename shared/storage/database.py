"""One service's database: read transactions, write transactions, and what happens after a commit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Executable, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from shared.errors import Transient

_Parameters = Callable[[list[dict[str, Any]]], Any]


class Transaction:
    """A running write transaction. Its callbacks run after the commit, in order, and never when it rolled back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.memory: dict[str, Any] = {}
        """What its users looked up and want to find again; lasts as long as the transaction."""
        self._late: dict[Executable, tuple[_Parameters, list[dict[str, Any]]]] = {}
        self._after_commit: list[Callable[[], None]] = []

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        return self.connection.execute(statement, parameters)

    def execute_late(
        self, statement: Executable, rows: Sequence[dict[str, Any]], parameters: _Parameters = list
    ) -> None:
        """Executes a statement without result for the rows just before the commit: one trip for many.

        `parameters` makes of all the rows what the statement takes; as it is, it runs for each of them. Until then no
        query of this transaction sees its effect. When it fails for one the transaction rolls back.
        """
        self._late.setdefault(statement, (parameters, []))[1].extend(rows)

    def flush(self) -> None:
        """What was to be executed late is executed now: before the commit, or for a query that has to see it."""
        if self._late:
            late, self._late = self._late, {}
            with self.pipelined():
                for statement, (parameters, rows) in late.items():
                    self.connection.execute(statement, parameters(rows))

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Statements inside, none of which may have a result, travel together where the database can do that.

        An error of one of them may be raised as late as at the end of the block.
        """
        dialect = self.connection.dialect
        if dialect.name != "postgresql":
            yield
            return
        raw: Any = self.connection.connection.driver_connection
        driver: Any = dialect.loaded_dbapi
        try:
            with raw.pipeline():
                yield
        except driver.Error as error:
            lost = dialect.is_disconnect(error, raw, None)
            raise DBAPIError.instance(
                None, None, error, driver.Error, connection_invalidated=lost, dialect=dialect
            ) from error

    def after_commit(self, callback: Callable[[], None]) -> None:
        if callback not in self._after_commit:
            self._after_commit.append(callback)

    def run_callbacks(self) -> None:
        for callback in self._after_commit:
            callback()


class Database:
    """Opens on first use, safe to share between threads.

    `write()` gives a transaction that commits when the block ends and rolls back on any error. `read()` gives a
    connection that cannot change anything. What the driver reports as momentary (a deadlock, a lost or refused
    connection, a lock that was not free) is raised as `Transient`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        self._lock = _file_lock(make_url(url).database or "") if self.is_sqlite else None
        self._write_engine, self._read_engine = _sqlite_engines(url) if self.is_sqlite else _postgres_engines(url)

    @property
    def is_sqlite(self) -> bool:
        return self.dialect == "sqlite"

    @property
    def engine(self) -> Engine:
        return self._write_engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with _translated_errors(), self._read_engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with _translated_errors():
            if self._lock is None:
                with self._write_engine.begin() as connection:
                    transaction = Transaction(connection)
                    yield transaction
                    transaction.flush()
            else:
                with self._lock, self._write_engine.begin() as connection:
                    transaction = Transaction(connection)
                    yield transaction
                    transaction.flush()
        transaction.run_callbacks()

    def close(self) -> None:
        self._write_engine.dispose()
        self._read_engine.dispose()


class FairLock:
    """First come, first served. A plain lock lets one busy thread starve the others under SQLite's one writer."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._mutex:
            if not self._held and not self._waiting:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


_file_locks: dict[str, FairLock] = {}
_file_locks_mutex = threading.Lock()


def _file_lock(path: str) -> FairLock:
    """One lock per database file and process, however many `Database` objects are open on it."""
    with _file_locks_mutex:
        return _file_locks.setdefault(str(Path(path).absolute()), FairLock())


def _sqlite_engines(url: str) -> tuple[Engine, Engine]:
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("SQLite databases are files here: sqlite:///PATH")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"poolclass": QueuePool, "pool_size": 5, "max_overflow": 20}
    write, read = create_engine(url, **options), create_engine(url, **options)
    for engine, begin in ((write, "BEGIN IMMEDIATE"), (read, "BEGIN DEFERRED")):
        event.listen(engine, "connect", _sqlite_setup(query_only=engine is read))
        event.listen(engine, "begin", _sqlite_begin(begin))
    return write, read


def _sqlite_setup(*, query_only: bool) -> Callable[[Any, Any], None]:
    def setup(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver must not begin by itself; the engine says which kind of BEGIN
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout = 15000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a receipt must survive a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # what was removed is not to be read in the file's free places
        if query_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    return setup


def _sqlite_begin(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _postgres_engines(url: str) -> tuple[Engine, Engine]:
    """Reading needs no transaction around it: at this isolation each statement sees what is committed anyway, and
    beginning and ending one would be two more questions to the server for each.
    """
    arguments = {"connect_timeout": 5, "application_name": "tanggap", **_DEAD_PEER}
    both = {**arguments, "options": _options(_DEAD_CLIENT)}
    write = create_engine(url, pool_size=5, max_overflow=10, connect_args=both, **_POOL)
    read_only = {**arguments, "options": _options({**_DEAD_CLIENT, "default_transaction_read_only": "on"})}
    read = create_engine(
        url, pool_size=5, max_overflow=7, connect_args=read_only, isolation_level="AUTOCOMMIT", **_POOL
    )  # fmt: skip
    for engine in (write, read):
        event.listen(engine, "checkout", _ping_when_idle(engine))
        event.listen(engine, "checkin", _note_time)
    return write, read


def _options(settings: dict[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def _ping_when_idle(engine: Engine) -> Callable[[Any, Any, Any], None]:
    """A server that was restarted has closed our connections: one that lay idle is asked before it is used.

    SQLAlchemy's own `pool_pre_ping` asks each time, which costs a busy service a fifth of its round trips.
    """

    def ping(raw: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", 0.0) < _FRESH_SECONDS:
            return
        try:
            engine.dialect.do_ping(raw)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("an idle connection has been closed") from error

    return ping


def _note_time(_raw: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


# A server whose machine lost its power says nothing. The kernel alone would wait hours for its answer, and try for a
# quarter of an hour to bring it something; a long query is no silence, since its machine still answers.
_DEAD_PEER = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
# The same asked of the server: one that still tries to bring rows to a machine that is gone holds the locks of their
# transaction meanwhile, for a quarter of an hour, and whoever claims rows passes over them.
_DEAD_CLIENT = {
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "4", "tcp_user_timeout": "30s",
}  # fmt: skip
_FRESH_SECONDS = 0.5
# The connection used last is the next one. A statement is prepared on a connection when it comes there for the sixth
# time: where all take turns that takes hours at a quiet time, and each has to be asked first whether it still lives.
_POOL: dict[str, Any] = {"pool_use_lifo": True}
_MOST_REASON = 250

# PostgreSQL's states for "another transaction was in the way": serialization failure, deadlock, lock not available.
_MOMENTARY_STATES = {"40001", "40P01", "55P03"}
_MOMENTARY_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR")


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise Transient("no free database connection", code="database") from error
    except DBAPIError as error:
        if not _is_momentary(error):
            raise
        raise Transient(f"the database did not answer: {_in_short(error)}", code="database") from error


def _in_short(error: DBAPIError) -> str:
    """The first line of what the driver says; the others may quote a row. No password is in it."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    return (lines[0] if lines else type(error.orig).__name__)[:_MOST_REASON]


def _is_momentary(error: DBAPIError) -> bool:
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        return str(sqlite_name).startswith(_MOMENTARY_SQLITE)
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _MOMENTARY_STATES:
        return True
    return isinstance(error, OperationalError)  # psycopg: connection refused, server shutting down, disk full
