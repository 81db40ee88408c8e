"""Which schemas a service works on: its own, and that of a newer version, so that versions can change one by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from services.composition import migrations_of
from services.router.tables import messaging
from shared.contracts.envelope import Codec
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service, build_spine
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.support.clock import MovableClock


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A router without workers, migrated."""
    database = Database(f"sqlite:///{tmp_path}/router.db")
    spine = build_spine(
        "router", messaging, database=database, broker=MemoryBroker(TOPOLOGY),
        codec=Codec(Sealer(["test-" + "t" * 40])), clock=MovableClock(), metrics=Metrics(),
    )  # fmt: skip
    upgrade(database.engine, migrations_of("router"))
    yield Service("router", spine, Flask("test"), [], migrations_of("router"))
    database.close()


def _say(service: Service, statement: str) -> None:
    with service.spine.database.write() as tx:
        tx.execute(text(statement))


def test_it_is_ready_on_its_own_schema(service: Service) -> None:
    assert service.unready() == {}


def test_it_goes_on_when_a_newer_version_has_migrated(service: Service) -> None:
    _say(service, "UPDATE alembic_version SET version_num = 'router_9999'")
    assert service.unready() == {}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE alembic_version SET version_num = 'router_0001'", "router_0001"),
        ("DELETE FROM alembic_version", "missing"),
    ],
)
def test_it_is_not_ready_on_an_older_schema(service: Service, statement: str, found: str) -> None:
    _say(service, statement)
    assert found in service.unready()["database"]
    assert "run tanggap migrate" in service.unready()["database"]
