"""The broker under test, and the smallest service on each of both stacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.messaging.broker import Broker
from shared.messaging.kombu_broker import KombuBroker, declare_topology
from shared.messaging.memory_broker import MemoryBroker
from shared.storage.database import Database
from tests.contract import sample as sample_service
from tests.contract.brokers import IMPLEMENTATIONS, MemorySetup, RabbitSetup, Setup


@pytest.fixture(params=IMPLEMENTATIONS)
def setup(request: pytest.FixtureRequest) -> Iterator[Setup]:
    if request.param == "memory":
        opened: Setup = MemorySetup()
    else:
        vhost = request.getfixturevalue("rabbit_vhost")
        opened = RabbitSetup(vhost.url, vhost.node)
    yield opened
    opened.close()


@pytest.fixture(params=["embedded", "servers"])
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sample_service.Sample]:
    """SQLite and the memory broker, or PostgreSQL and RabbitMQ."""
    topology = sample_service.TOPOLOGY
    if request.param == "embedded":
        broker: Broker = MemoryBroker(topology)
        database = Database(f"sqlite:///{tmp_path}/sample.db")
    else:
        vhost = request.getfixturevalue("rabbit_vhost")
        declare_topology(vhost.url, topology)
        broker = KombuBroker(vhost.url, topology)
        url = request.getfixturevalue("postgres_database")
        database = Database(url.replace("postgresql://", "postgresql+psycopg://", 1))
    sample_service.metadata.create_all(database.engine)
    opened = sample_service.Sample(database, broker)
    yield opened
    opened.close()
    broker.close()
    database.close()
