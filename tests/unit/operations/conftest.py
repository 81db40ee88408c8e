from collections.abc import Iterator
from pathlib import Path

import pytest

from services.composition import OWNERS, migrations_of
from services.operations.installation import Installation, open_installation
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.operations.shell import Shell


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The databases of a system in which nothing has happened yet."""
    for owner in OWNERS:
        database = Database(f"sqlite:///{tmp_path / owner}.db")
        migrate(database.engine, migrations_of(owner))
        database.close()
    return tmp_path


@pytest.fixture
def installation(data: Path) -> Iterator[Installation]:
    with open_installation({"TANGGAP_DATA": str(data)}) as opened:
        yield opened


@pytest.fixture
def shell(data: Path) -> Shell:
    return Shell({"TANGGAP_DATA": str(data)})
