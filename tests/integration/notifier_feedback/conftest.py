from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.notifier_feedback.world import World, open_world


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    url = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_database"))
    opened = open_world(tmp_path, url)
    yield opened
    opened.database.close()
