"""A router's world on each of the two databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.router.world import RouterWorld, router_world
from tests.unit.desk.world import psycopg_url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'router.db'}"
    return psycopg_url(request.getfixturevalue("postgres_database"))


@pytest.fixture
def world(url: str, tmp_path: Path) -> Iterator[RouterWorld]:
    with router_world(url, tmp_path) as opened:
        opened.service.seed()
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[RouterWorld]:
    """For what does not depend on the database."""
    with router_world(f"sqlite:///{tmp_path / 'router.db'}", tmp_path) as opened:
        opened.service.seed()
        yield opened
