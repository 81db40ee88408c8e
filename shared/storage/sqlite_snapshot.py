"""Several SQLite files as they were at one moment, while everybody goes on writing to them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from shared.errors import Transient

_HOLD_SECONDS = 0.05
_GIVE_UP_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.001
_REST_SECONDS = 0.05


class Snapshot:
    """One file at that moment, readable as long as the block of `snapshots` lasts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Raises `Transient` with what SQLite says."""
        with _translated():
            return self._connection.execute(statement).fetchall()

    def copy_to(self, path: Path) -> None:
        """A checked copy that needs no other file beside it. Raises `OSError` when it cannot be written."""
        try:
            with closing(sqlite3.connect(path, isolation_level=None)) as copy:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
                (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            raise OSError(None, f"the copy of a database: {error}") from error
        if found != "ok":
            raise OSError(None, f"a database is damaged: {found}")


@contextmanager
def snapshots(
    files: Mapping[str, Path], *, pause: Callable[[float], None] = time.sleep
) -> Iterator[dict[str, Snapshot]]:
    """All files as of one moment. Writers wait for some milliseconds, and never longer than about 50 at a time.

    For that moment nobody may write: the writer's place of every file is taken, a reader begins on each, and the
    places are given back. Raises `Transient` when somebody holds one of them for half a minute.
    """
    with ExitStack() as stack:
        with _translated():
            writers = {name: stack.enter_context(closing(_connect(path))) for name, path in sorted(files.items())}
            readers = {name: stack.enter_context(closing(_connect(path))) for name, path in sorted(files.items())}
            give_up_at = time.monotonic() + _GIVE_UP_SECONDS
            while not _begin_together(list(writers.values()), list(readers.values()), give_up_at, pause):
                if time.monotonic() > give_up_at:
                    raise Transient("a database has been locked for half a minute: is it stuck?", code="database")
                pause(_REST_SECONDS)
        yield {name: Snapshot(reader) for name, reader in readers.items()}


def in_use(path: Path) -> bool:
    """Whether somebody has the database open: leaving WAL mode takes that nobody has. Of no use when it is damaged."""
    try:
        with closing(_connect(path)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            return str(mode) != "delete"
    except sqlite3.OperationalError as error:
        return _is_busy(error)
    except sqlite3.DatabaseError:
        return False


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Transient(f"a database cannot be read: {error}", code="database") from error


def _begin_together(
    writers: list[sqlite3.Connection],
    readers: list[sqlite3.Connection],
    give_up_at: float,
    pause: Callable[[float], None],
) -> bool:
    until = give_up_at
    try:
        for writer in writers:
            if not _take_place(writer, until, pause):
                return False
            until = min(until, time.monotonic() + _HOLD_SECONDS)
        for reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment of a reader is its first look
        return True
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        for reader in readers:
            _roll_back(reader)
        return False
    finally:
        for writer in writers:
            _roll_back(writer)


def _take_place(writer: sqlite3.Connection, until: float, pause: Callable[[float], None]) -> bool:
    while True:
        try:
            writer.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            if time.monotonic() >= until:
                return False
            pause(_LOOK_AGAIN_SECONDS)


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")


def _connect(path: Path) -> sqlite3.Connection:
    """Never makes a file that is not there."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0, check_same_thread=False
    )
