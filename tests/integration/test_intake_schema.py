"""What the migrations build is what the tables say, on both databases."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.intake.app import MIGRATIONS
from services.intake.tables import metadata
from shared.storage.database import Database
from shared.storage.migrate import upgrade


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_migrations_equal_the_tables(kind: str, request: pytest.FixtureRequest, tmp_path: Any) -> None:
    is_sqlite = kind == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    database = Database(url)
    steps = len(list((MIGRATIONS / "versions").glob("[0-9]*.py")))
    assert upgrade(database.engine, MIGRATIONS) == [f"intake_{number:04}" for number in range(1, steps + 1)]
    assert upgrade(database.engine, MIGRATIONS) == []
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()
