"""Building and upgrading one service's schema with Alembic, without an env.py per service.

Each service has `services/<name>/migrations/versions/`. Tables that every service has are made by a frozen function of
`spine.py`, called from each first migration, so that four services do not spell them four times.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_LOCK_NUMBER = 5_417_201  # any fixed number; two `tanggap migrate` at once take turns by it


def upgrade(engine: Engine, migrations: Path, *, owner: str | None = None, schema: str | None = None) -> list[str]:
    """Brings the database to the newest revision; returns the revisions that were applied (none: it was new enough).

    On PostgreSQL the work is done as role `owner` in `schema`, under an advisory lock, in one transaction.
    """
    applied: list[str] = []
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_NUMBER})
            if owner:
                connection.exec_driver_sql(f'SET LOCAL ROLE "{owner}"')
            if schema:
                connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')
        _run(connection, migrations, schema, applied)
    return applied


def current_and_head(connection: Connection, migrations: Path) -> tuple[str | None, str | None]:
    """The database's revision and the newest one that this program knows."""
    context = MigrationContext.configure(connection)
    return context.get_current_revision(), _scripts(migrations).get_current_head()


def lacks_migrations(connection: Connection, migrations: Path) -> str:
    """What is wrong with the database's revision, in one line; empty when this program can work with it.

    A revision that this program does not know was made by a newer one. Migrations only add to what is there, so the
    older program goes on while the services change to the new version one by one.
    """
    current, head = current_and_head(connection, migrations)
    if current == head:
        return ""
    known = {script.revision for script in _scripts(migrations).walk_revisions()}
    if current is not None and current not in known:
        return ""
    return f"schema {current or 'missing'}, needed {head}: run tanggap migrate"


def _run(connection: Connection, migrations: Path, schema: str | None, applied: list[str]) -> None:
    scripts = _scripts(migrations)

    def steps(revision: Any, _context: Any) -> Any:
        chosen = scripts._upgrade_revs("head", revision)
        applied.extend(str(step.revision.revision) for step in chosen)
        return chosen

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table_schema=schema, transactional_ddl=True)
        environment.run_migrations()


def _scripts(migrations: Path) -> ScriptDirectory:
    return ScriptDirectory(str(migrations))
