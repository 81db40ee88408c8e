"""What a newer version does to a database the older one survives: services are replaced one by one while both work."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect

from services.composition import OWNERS, migrations_of

SINCE = {"intake": "intake_0015", "router": "router_0004", "notifier": "notifier_0003", "desk": "desk_0015"}
"""Revisions after these keep the promise. Those up to it came before there was one."""


def looks(connection: Connection) -> dict[str, dict[str, Any]]:
    """Each table with its columns, and what must be unique in it."""
    seen = inspect(connection)
    return {
        name: {
            "columns": {one["name"]: one for one in seen.get_columns(name)},
            "unique": {
                tuple(one["column_names"])
                for one in (*seen.get_unique_constraints(name), *seen.get_indexes(name))
                if one.get("unique", True)
            },
        }
        for name in seen.get_table_names()
    }


def breaks(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """What a program that knows only `before` would stumble over, in words; nothing when the change only adds."""
    found = [f"{name} is gone" for name in before.keys() - after.keys()]
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name]["columns"], after[name]["columns"]
        found += [f"{name}.{column} is gone" for column in old.keys() - new.keys()]
        for column in sorted(new):
            needed = not new[column]["nullable"] and new[column]["default"] is None
            if column not in old and needed:
                found.append(f"{name}.{column} is needed by whoever writes a row, and has no default")
            if column in old and needed and (old[column]["nullable"] or old[column]["default"] is not None):
                found.append(f"{name}.{column} may no longer be left out")
            if column in old and str(old[column]["type"]) != str(new[column]["type"]):
                found.append(f"{name}.{column} is {new[column]['type']}, was {old[column]['type']}")
        found += [f"{name}: {one} must be unique" for one in after[name]["unique"] - before[name]["unique"]]
    return found


def migrate_to(engine: Engine, scripts: ScriptDirectory, revision: str) -> None:
    with engine.begin() as connection:
        with EnvironmentContext(
            Config(), scripts, fn=lambda now, _: scripts._upgrade_revs(revision, now), destination_rev=revision
        ) as environment:
            environment.configure(connection=connection)
            environment.run_migrations()


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.parametrize("service", OWNERS)
def test_every_migration_since_only_adds(service: str, tmp_path: Path) -> None:
    scripts = ScriptDirectory(str(migrations_of(service)))
    revisions = [script.revision for script in scripts.walk_revisions()][::-1]
    since = revisions.index(SINCE[service])
    assert revisions[since + 1 :], "there is something to look at"
    engine = create_engine(f"sqlite:///{tmp_path}/{service}.db")
    migrate_to(engine, scripts, revisions[since])
    with engine.connect() as connection:
        before = looks(connection)
    for revision in revisions[since + 1 :]:
        migrate_to(engine, scripts, revision)
        with engine.connect() as connection:
            after = looks(connection)
        assert breaks(before, after) == [], revision
        before = after
    engine.dispose()


_NOTE, _KIND = sa.Column("note", sa.Text), sa.Column("kind", sa.String(10), nullable=False)
_BEFORE = [_NOTE, _KIND]
_GOOD = {
    "nothing": _BEFORE,
    "a column that may be empty": [*_BEFORE, sa.Column("more", sa.Text)],
    "a column with a default": [*_BEFORE, sa.Column("more", sa.Integer, nullable=False, server_default="0")],
}
_BAD = {
    "note is gone": [_KIND],
    "more is needed": [*_BEFORE, sa.Column("more", sa.Integer, nullable=False)],
    "note may no longer be left out": [sa.Column("note", sa.Text, nullable=False), _KIND],
    "kind is VARCHAR(5), was VARCHAR(10)": [_NOTE, sa.Column("kind", sa.String(5), nullable=False)],
    "('note',) must be unique": [sa.Column("note", sa.Text, unique=True), _KIND],
}


def _seen(columns: list[sa.Column[Any]]) -> dict[str, dict[str, Any]]:
    engine = create_engine("sqlite://")
    metadata = sa.MetaData()
    sa.Table("notes", metadata, sa.Column("id", sa.Integer, primary_key=True), *(one._copy() for one in columns))
    with engine.connect() as connection:
        metadata.create_all(connection)
        return looks(connection)


@pytest.mark.parametrize("name", _GOOD)
def test_what_adds_breaks_nothing(name: str) -> None:
    assert breaks(_seen(_BEFORE), _seen(_GOOD[name])) == []


@pytest.mark.parametrize("name", _BAD)
def test_what_takes_away_is_seen(name: str) -> None:
    found = breaks(_seen(_BEFORE), _seen(_BAD[name]))
    assert len(found) == 1
    assert name in found[0]


def test_a_table_that_is_gone_is_seen() -> None:
    assert breaks(_seen(_BEFORE), {}) == ["notes is gone"]
