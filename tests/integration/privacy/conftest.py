"""Intake with all that can belong to a complaint, on one database or on both, and an operator beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.composition import OWNERS, migrations_of
from shared.storage.database import Database
from tests.integration.privacy.world import world
from tests.support.migrated import migrate
from tests.unit.intake.building import KEY, TOKEN
from tests.unit.intake.mail_building import MailWorld
from tests.unit.operations.shell import Shell


@pytest.fixture
def small(tmp_path: Path) -> Iterator[MailWorld]:
    """On SQLite."""
    with world(tmp_path) as one:
        yield one


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailWorld]:
    """On both databases."""
    url = request.getfixturevalue("postgres_database") if request.param == "postgres" else None
    with world(tmp_path, url) as one:
        yield one


@pytest.fixture
def whole(tmp_path: Path, small: MailWorld) -> MailWorld:
    """With the databases of the other services beside it."""
    for owner in OWNERS:
        if owner != "intake":
            database = Database(f"sqlite:///{tmp_path}/{owner}.db")
            migrate(database.engine, migrations_of(owner))
            database.close()
    return small


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell({
        "TANGGAP_DATA": str(tmp_path), "TANGGAP_CONTENT_KEYS": KEY, "TANGGAP_CONTACT_KEYS": KEY,
        "TANGGAP_CONTACT_PEPPER": "p" * 40, "TANGGAP_SESSION_KEY": "s" * 40, "TANGGAP_SERVICE_TOKEN": TOKEN,
        "TANGGAP_MAIL_ADDRESSES": "lapor@kota.example.org",
    })  # fmt: skip
