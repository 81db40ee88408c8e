"""The notifier on a real database, with everything captured or with channels that a test plays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.notifier.samples import Bench, FakeChannel, bench


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test is marked to run on both."""
    kind = getattr(request, "param", "sqlite")
    return "" if kind == "sqlite" else str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def captured(tmp_path: Path, database_url: str) -> Iterator[Bench]:
    made = bench(tmp_path, database_url=database_url)
    yield made
    made.close()


@pytest.fixture
def mail() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def sms() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def sent(tmp_path: Path, database_url: str, mail: FakeChannel, sms: FakeChannel) -> Iterator[Bench]:
    made = bench(tmp_path, channels={"email": mail, "sms": sms}, database_url=database_url)
    yield made
    made.close()
