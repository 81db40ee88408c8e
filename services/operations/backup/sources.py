"""What is backed up: the databases of all services as of one moment, in either form."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services.composition import OWNERS
from services.operations.backup.archive import BackupError
from services.operations.backup.manifest import POSTGRES, SQLITE
from services.operations.backup.postgres_tools import dump_schema
from services.operations.installation import Location, reason
from shared.storage.sqlite_snapshot import Snapshot, snapshots

_LEVEL = 3


class Source(Protocol):
    """One service's database at the moment of the backup."""

    def schema(self) -> str: ...
    def counts(self) -> dict[str, int]: ...
    def write_to(self, folder: Path) -> Path:
        """The part that was made. Raises `OSError` or `BackupError`."""
        ...


def database_kind(location: Location) -> str:
    """Raises `BackupError` when the services' databases cannot be seen at one moment."""
    urls = [make_url(location.urls[owner]) for owner in OWNERS]
    kinds = {url.get_backend_name() for url in urls}
    if len(kinds) > 1 or not kinds <= {SQLITE, POSTGRES}:
        raise BackupError("the services' databases are of several kinds: they cannot be backed up as of one moment")
    if kinds == {POSTGRES} and len({(url.host, url.port, url.database) for url in urls}) > 1:
        raise BackupError("the services' schemas are not in one PostgreSQL database: back that up with its own tools")
    return kinds.pop()


def database_files(location: Location) -> dict[str, Path]:
    return {owner: Path(make_url(location.urls[owner]).database or "") for owner in OWNERS}


def moment(location: Location) -> AbstractContextManager[Mapping[str, Source]]:
    """Every service's database as of one moment, while everything runs. Raises `BackupError` or `Transient`."""
    return _sqlite_moment(location) if database_kind(location) == SQLITE else _postgres_moment(location)


class _SqliteSource:
    def __init__(self, owner: str, snapshot: Snapshot) -> None:
        self._owner = owner
        self._snapshot = snapshot

    def schema(self) -> str:
        return str(self._snapshot.rows("SELECT version_num FROM alembic_version")[0][0])

    def counts(self) -> dict[str, int]:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
        return {str(row[0]): _number(self._snapshot.rows(_count(str(row[0])))) for row in self._snapshot.rows(names)}

    def write_to(self, folder: Path) -> Path:
        copy, part = folder / f"{self._owner}.db", folder / f"{self._owner}.db.gz"
        self._snapshot.copy_to(copy)
        with copy.open("rb") as plain, gzip.open(part, "wb", compresslevel=_LEVEL) as packed:
            shutil.copyfileobj(plain, packed, 1024 * 1024)
        copy.unlink()
        return part


@contextmanager
def _sqlite_moment(location: Location) -> Iterator[Mapping[str, Source]]:
    files = database_files(location)
    missing = [str(path) for path in files.values() if not path.is_file()]
    if missing:
        raise BackupError(f"there is no {', no '.join(missing)}; name the folder of `tanggap up` with --data")
    with snapshots(files) as found:
        yield {owner: _SqliteSource(owner, snapshot) for owner, snapshot in found.items()}


class _PostgresSource:
    def __init__(self, owner: str, url: str, connection: Connection, snapshot: str) -> None:
        self._owner = owner
        self._url = url
        self._connection = connection
        self._snapshot = snapshot

    def schema(self) -> str:
        return str(self._rows("SELECT version_num FROM alembic_version")[0][0])

    def counts(self) -> dict[str, int]:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        return {str(row[0]): _number(self._rows(_count(str(row[0])))) for row in self._rows(names)}

    def write_to(self, folder: Path) -> Path:
        part = folder / f"{self._owner}.dump"
        dump_schema(self._url, self._owner, self._snapshot, part)
        return part

    def _rows(self, statement: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self._connection.exec_driver_sql(statement)]


@contextmanager
def _postgres_moment(location: Location) -> Iterator[Mapping[str, Source]]:
    """The first service's transaction exports its snapshot, the others and every pg_dump take it over."""
    with ExitStack() as stack:
        sources: dict[str, Source] = {}
        snapshot = ""
        try:
            for owner in OWNERS:
                engine = create_engine(location.urls[owner], connect_args={"connect_timeout": 10})
                stack.callback(engine.dispose)
                options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                connection = stack.enter_context(engine.connect()).execution_options(**options)
                if snapshot:
                    connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
                else:
                    snapshot = str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one())
                sources[owner] = _PostgresSource(owner, location.urls[owner], connection, snapshot)
        except DBAPIError as error:
            raise BackupError(reason(error)) from error
        yield sources


def _count(table: str) -> str:
    return f'SELECT count(*) FROM "{table}"'  # noqa: S608 - a name from the catalogue


def _number(rows: list[tuple[object, ...]]) -> int:
    return int(str(rows[0][0]))
