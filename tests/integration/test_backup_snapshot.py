"""Four PostgreSQL schemas as of one moment, while somebody writes to them one after the other."""

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from services.composition import OWNERS
from services.operations.backup.sources import Source, moment
from services.operations.installation import Location, locate
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer

ROUNDS = 5


class Writer(threading.Thread):
    """Writes the same number into one schema after the other, as a fact travels from service to service."""

    def __init__(self, dsns: list[str]) -> None:
        super().__init__(daemon=True)
        self._dsns = dsns
        self.written = 0
        self.enough = threading.Event()

    def run(self) -> None:
        with ExitStack() as stack:
            connections = [stack.enter_context(psycopg.connect(dsn, autocommit=True)) for dsn in self._dsns]
            while not self.enough.is_set():
                self.written += 1
                for connection in connections:
                    connection.execute("INSERT INTO facts VALUES (%s)", (self.written,))


@pytest.fixture
def own_server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """Roles belong to a server, and others use these names too. The shared one says whether there is any."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def location(own_server: PostgresServer) -> Location:
    """Every service with a role, a schema and a table of facts of its own."""
    own_server.create_database("snapshot")
    with own_server.connect("snapshot") as admin:
        for owner in OWNERS:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(sql.Identifier(owner)))
            admin.execute(sql.SQL("CREATE SCHEMA AUTHORIZATION {}").format(sql.Identifier(owner)))
            admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
            admin.execute("CREATE TABLE facts (number integer)")
            admin.execute("RESET ROLE")
    urls = {owner: own_server.url(owner, "secret", "snapshot") for owner in OWNERS}
    return locate({f"TANGGAP_{owner.upper()}_DATABASE_URL": url for owner, url in urls.items()})


@pytest.fixture
def writer(location: Location) -> "Writer":
    return Writer([location.urls[owner].replace("+psycopg", "") for owner in OWNERS])


def test_all_schemas_are_of_one_moment_while_somebody_writes(
    location: Location, writer: Writer, tmp_path: Path
) -> None:
    writer.start()
    try:
        for _ in range(ROUNDS):
            eventually(lambda before=writer.written: writer.written > before, 5)
            with moment(location) as sources:
                counts = _counted(sources)
                _are_of_one_moment(counts)
                before = writer.written
                assert _dumped(sources, tmp_path) == counts, "the dumps are of the moment that was counted"
                assert writer.written > before, "writing went on while they were made"
                assert _counted(sources) == counts
    finally:
        writer.enough.set()
        writer.join(10)


def _are_of_one_moment(counts: list[int]) -> None:
    assert counts == sorted(counts, reverse=True), "nothing was heard that was not said"
    assert counts[0] - counts[-1] <= 1, "and nothing more was said in between"


def _counted(sources: Mapping[str, Source]) -> list[int]:
    return [sources[owner].counts()["facts"] for owner in OWNERS]


def _dumped(sources: Mapping[str, Source], folder: Path) -> list[int]:
    """The last number in each dump, which is how many facts there are in it."""
    return [_last_number(sources[owner].write_to(folder)) for owner in OWNERS]


def _last_number(dump: Path) -> int:
    command = ["pg_restore", "--data-only", "--table=facts", "--file=-", str(dump)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return max((int(line) for line in lines if line.isdecimal()), default=0)
