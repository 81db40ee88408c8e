"""Four SQLite files as of one moment, while somebody writes to them one after the other."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from shared.errors import Transient
from shared.storage.sqlite_snapshot import Snapshot, in_use, snapshots

NAMES = ("a", "b", "c", "d")
ROUNDS = 25


class Writer(threading.Thread):
    """Writes the same number into one file after the other, as a fact travels from service to service."""

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__(daemon=True)
        self._files = files
        self.waits: list[float] = []
        self.written = 0
        self.enough = threading.Event()

    def run(self) -> None:
        open_files = [sqlite3.connect(self._files[name], isolation_level=None, timeout=15) for name in NAMES]
        while not self.enough.is_set():
            self.written += 1
            for file in open_files:
                started = time.monotonic()
                file.execute("INSERT INTO facts VALUES (?)", (self.written,))
                self.waits.append(time.monotonic() - started)
        for file in open_files:
            file.close()


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / f"{name}.db" for name in NAMES}
    for path in made.values():
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE facts (number INTEGER)")
            connection.execute("CREATE TABLE ballast (bytes BLOB)")
            connection.execute("INSERT INTO ballast VALUES (zeroblob(20000000))")
            connection.commit()
    return made


def count(snapshot: Snapshot) -> int:
    return int(str(snapshot.rows("SELECT count(*) FROM facts")[0][0]))


def test_all_files_are_of_one_moment_and_writers_hardly_wait(files: dict[str, Path], tmp_path: Path) -> None:
    writer = Writer(files)
    writer.start()
    try:
        for _ in range(ROUNDS):
            with snapshots(files) as found:
                counts = [count(found[name]) for name in NAMES]
                assert counts == sorted(counts, reverse=True), "nothing was heard that was not said"
                assert counts[0] - counts[-1] <= 1, "and nothing more was said in between"
                before = writer.written
                found["a"].copy_to(tmp_path / "copy.db")
                with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
                    assert copy.execute("SELECT count(*) FROM facts").fetchone()[0] == counts[0]
                (tmp_path / "copy.db").unlink()
                assert writer.written > before, "writing went on while the copy was made"
    finally:
        writer.enough.set()
        writer.join()
    long = [wait for wait in writer.waits if wait >= 0.25]
    assert len(long) <= ROUNDS // 5, (
        f"writers waited {[round(wait, 3) for wait in long]} s: more than a busy machine's stalls"
    )


def test_a_file_that_somebody_holds_is_waited_for_and_never_for_ever(files: dict[str, Path]) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 5:
            holder.execute("ROLLBACK")

    with closing(sqlite3.connect(files["c"], isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with snapshots(files, pause=pause) as found:
            assert set(found) == set(NAMES)
    assert len(pauses) >= 5


def test_a_database_is_in_use_as_long_as_somebody_has_it_open(files: dict[str, Path]) -> None:
    assert not in_use(files["a"])
    with closing(sqlite3.connect(files["a"])) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("SELECT count(*) FROM facts").fetchone()
        assert in_use(files["a"])
    assert not in_use(files["a"])


def test_nothing_is_made_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(Transient), snapshots({"a": tmp_path / "a.db"}):
        pass
    assert list(tmp_path.iterdir()) == []
