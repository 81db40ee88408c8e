"""What lies where a backup would be restored to, and who still works with it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services.composition import OWNERS
from services.operations.backup.archive import BackupError
from services.operations.backup.folders import KEPT
from services.operations.backup.manifest import SQLITE
from services.operations.backup.sources import database_files, database_kind
from services.operations.installation import Location, reason
from services.operations.sentences import counted
from shared.config import Environment
from shared.logins import other_user
from shared.storage.sqlite_snapshot import in_use

_LOOKED_AT = (
    ("intake", "complaints", "complaint", "complaints"),
    ("router", "decisions", "decision", "decisions"),
    ("desk", "cases", "case", "cases"),
    ("desk", "people", "account", "accounts"),
    ("notifier", "deliveries", "delivery", "deliveries"),
)


@dataclass(frozen=True)
class Standing:
    """What a restore would take away, in words; `newest` is when the last complaint came."""

    holds: list[str]
    newest: str

    @property
    def empty(self) -> bool:
        return not self.holds

    def __str__(self) -> str:
        return ", ".join(self.holds) + (f"; the newest complaint is of {self.newest}" if self.newest else "")


def standing(location: Location) -> Standing:
    """What the pack and the demonstration seed counts as nothing. Raises `BackupError`."""
    holds: list[str] = []
    newest = ""
    damaged = _damaged(location)
    with _engines(location) as engines:
        for owner, table, one, many in _LOOKED_AT:
            engine = engines.get(owner)
            if engine is None or owner in damaged:
                continue
            with _looking(engine) as connection:
                count = _count(connection, engine, owner, table)
                if count:
                    holds.append(counted(count, one, many))
                if count and table == "complaints":
                    newest = _newest(connection, _name(engine, owner, table))
    holds += [f"a database of {owner} that cannot be read" for owner in sorted(damaged)]
    for folder in KEPT:
        files = sum(path.is_file() for path in (location.data / folder).rglob("*"))
        if files:
            holds.append(counted(files, f"file in {folder}", f"files in {folder}"))
    return Standing(holds, newest)


@contextmanager
def alone(location: Location) -> Iterator[None]:
    """As long as this lasts no embedded process starts. Raises `BackupError` when services are at work."""
    with ExitStack() as stack:
        if database_kind(location) == SQLITE:
            stack.enter_context(_lock(location.data))
            busy = [str(path) for path in database_files(location).values() if path.is_file() and in_use(path)]
            if busy:
                raise BackupError(f"somebody has {', '.join(busy)} open; stop it first. Nothing was changed.")
        else:
            _refuse_users(location)
        yield


def admin_url(location: Location) -> str:
    """The administrator's, of the database in which the services' schemas are."""
    given = Environment(location.environment).text("TANGGAP_ADMIN_DATABASE_URL")
    if not given:
        raise BackupError("TANGGAP_ADMIN_DATABASE_URL is not set; a restore makes schemas and roles anew")
    database = make_url(location.urls[OWNERS[0]]).database
    return make_url(given).set(database=database).render_as_string(hide_password=False)


def _refuse_users(location: Location) -> None:
    named = {make_url(location.urls[owner]).username or owner for owner in OWNERS}
    users = sorted(named | {other_user(name) for name in named})
    statement = text(
        "SELECT usename, count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND usename = ANY(:users) GROUP BY usename ORDER BY usename"
    )
    engine = create_engine(admin_url(location), connect_args={"connect_timeout": 10})
    try:
        with _looking(engine) as connection:
            found = [tuple(row) for row in connection.execute(statement, {"users": users})]
    finally:
        engine.dispose()
    if found:
        who = ", ".join(f"{name} ({count})" for name, count in found)
        raise BackupError(
            f"services are connected to the database: {who}. Stop them first "
            "(docker compose stop intake mail router notifier desk). Nothing was changed."
        )


@contextmanager
def _lock(data: Path) -> Iterator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        file: IO[str] = (data / "tanggap.lock").open("a")
    except OSError as error:
        raise BackupError(f"{data} cannot be written: {error.strerror}. Nothing was changed.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BackupError(f"a Tanggap runs on {data}; stop it first. Nothing was changed.") from None
        yield


@contextmanager
def _engines(location: Location) -> Iterator[dict[str, Engine]]:
    """By service; those that have no database yet are left out."""
    if database_kind(location) == SQLITE:
        files = database_files(location)
        engines = {owner: create_engine(location.urls[owner]) for owner in OWNERS if files[owner].is_file()}
    else:
        engines = dict.fromkeys(OWNERS, create_engine(admin_url(location), connect_args={"connect_timeout": 10}))
    try:
        yield engines
    finally:
        for engine in engines.values():
            engine.dispose()


@contextmanager
def _looking(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise BackupError(f"{reason(error)}. Nothing was changed.") from error


def _damaged(location: Location) -> set[str]:
    """What a restore is most needed for must not keep it from being made."""
    if database_kind(location) != SQLITE:
        return set()
    with _engines(location) as engines:
        return {owner for owner, engine in engines.items() if not _is_readable(engine)}


def _is_readable(engine: Engine) -> bool:
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        return True
    except DBAPIError:
        return False


def _count(connection: Connection, engine: Engine, owner: str, table: str) -> int:
    schema = None if engine.dialect.name == SQLITE else owner
    if not inspect(connection).has_table(table, schema=schema):
        return 0
    which = " WHERE NOT demo" if table == "people" else ""
    return int(connection.execute(text(f"SELECT count(*) FROM {_name(engine, owner, table)}{which}")).scalar_one())  # noqa: S608


def _newest(connection: Connection, name: str) -> str:
    return str(connection.execute(text(f"SELECT max(received_at) FROM {name}")).scalar_one())[:19]  # noqa: S608


def _name(engine: Engine, owner: str, table: str) -> str:
    return table if engine.dialect.name == SQLITE else f'"{owner}"."{table}"'
