import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.desk.world import World, open_world


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database of a desk that was started once: migrated and seeded, which takes its time."""
    folder = tmp_path_factory.mktemp("begun")
    with open_world(f"sqlite:///{folder / 'desk.db'}", folder):
        pass
    return folder


@pytest.fixture
def world(begun: Path, tmp_path: Path) -> Iterator[World]:
    for file in begun.iterdir():
        shutil.copy(file, tmp_path / file.name)
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as opened:
        yield opened
