"""The smallest service on a real RabbitMQ, a witness beside it, and queues of which one is narrow and one impatient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from shared.messaging.kombu_broker import KombuBroker, declare_topology
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import Topology
from shared.storage.database import Database
from tests.conftest import Vhost
from tests.contract import sample as service
from tests.contract.brokers import queue
from tests.contract.sample import Sample
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually

HEAR, NARROW, LIMITED = "open.hear.v1", "narrow.hear.v1", "limited.hear.v1"
TOPOLOGY = Topology(
    (
        queue(HEAR, "open.v1", "both.v1"),
        queue(NARROW, "narrow.v1", **{"x-max-length": 3}),
        queue(LIMITED, "limited.v1", **{"x-delivery-limit": 2}),
    )
)
ALL = Topology(TOPOLOGY.queues + service.TOPOLOGY.queues)


@pytest.fixture
def broker(rabbit_vhost: Vhost) -> KombuBroker:
    declare_topology(rabbit_vhost.url, ALL)
    return KombuBroker(rabbit_vhost.url, ALL)


@pytest.fixture
def witness(rabbit_vhost: Vhost) -> Iterator[Witness]:
    with Witness(rabbit_vhost.url) as opened:
        yield opened


@pytest.fixture
def publisher(broker: KombuBroker) -> Iterator[PikaPublisher]:
    opened = broker.publisher("tests")
    yield opened
    opened.close()


@pytest.fixture
def sample(broker: KombuBroker, tmp_path: Path) -> Iterator[Sample]:
    database = Database(f"sqlite:///{tmp_path}/sample.db")
    service.metadata.create_all(database.engine)
    opened = Sample(database, broker)
    yield opened
    opened.close()
    database.close()


def relay_until_done(sample: Sample) -> None:
    def done() -> bool:
        sample.relay.step()
        return sample.unpublished() == 0

    eventually(done, 30, describe=lambda: outbox(sample))


def consume_until(sample: Sample, codes: list[str]) -> None:
    step_until(sample, lambda: sample.effects() == codes)


def step_until(sample: Sample, predicate: Callable[[], object]) -> None:
    def done() -> object:
        sample.consumer.step()
        return predicate()

    eventually(done, 20, describe=sample.inbox_rows)


def outbox(sample: Sample) -> dict[str, set[Any]]:
    """The values that stand in each column."""
    with sample.database.read() as connection:
        rows = connection.execute(select(service.tables.outbox)).mappings().all()
    return {column: {row[column] for row in rows} for column in ("message_id", "last_error", "published_at")}
