"""A directory that an older version filled serves this one, and is no change of people's."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from services.composition import migrations_of
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import fingerprint
from services.desk.directory.importing import State, compare_directory
from shared.city import Agency
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.unit.desk.world import psycopg_url

MIGRATIONS = migrations_of("desk")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/desk.db" if is_sqlite else request.getfixturevalue("postgres_database")
    return Database(psycopg_url(url))


def test_agencies_of_before_keep_their_state_and_get_the_usual_ways(database: Database, tmp_path: Path) -> None:
    _upgrade_to_second(database, tmp_path)
    content = ["DLH", "Dinas", "internal", "", {"email": "a@x.example"}, []]
    seeded = hashlib.sha256(json.dumps(content).encode()).hexdigest()  # as the older version made it
    with database.write() as tx:
        tx.execute(
            text(
                "INSERT INTO agencies (code, revision, name, kind, places, endpoints, aliases, seeded) VALUES "
                "('DLH', 3, 'Dinas', 'internal', '', :endpoints, '[]', :seeded)"
            ),
            {"endpoints": '{"email": "a@x.example"}', "seeded": seeded},
        )
    assert "desk_0003" in upgrade(database.engine, MIGRATIONS)
    with database.read() as connection:
        entry = agencies.one(connection, "DLH")
    assert entry is not None
    assert (entry.channels, entry.language, entry.reminders) == ([], "", True)
    assert fingerprint(entry) == seeded
    (line,) = compare_directory([entry], [Agency("DLH", "Dinas", "internal", email="a@x.example")])
    assert line.state is State.SAME
    database.close()


def _upgrade_to_second(database: Database, folder: Path) -> None:
    versions = folder / "old" / "versions"
    versions.mkdir(parents=True)
    for path in sorted((MIGRATIONS / "versions").glob("000[12]_*.py")):
        shutil.copy(path, versions)
    assert upgrade(database.engine, folder / "old") == ["desk_0001", "desk_0002"]
