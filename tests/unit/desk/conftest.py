from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.desk.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as opened:
        yield opened
