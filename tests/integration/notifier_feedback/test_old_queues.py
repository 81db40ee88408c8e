"""Agencies' queues on a real RabbitMQ, looked at with the notifier's own rights: it may write, and read nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pika
import pytest

from services.notifier.agency_queues import accounts as amqp_accounts
from services.notifier.agency_queues.accounts import AmqpAccount
from services.notifier.feedback.old_queues import BrokerQueues
from shared.messaging.agency_queues import AgencyQueue
from tests.conftest import Vhost
from tests.integration.notifier_feedback.world import World, open_world
from tests.support.eventually import eventually

pytestmark = pytest.mark.xdist_group("rabbitmq")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = open_world(tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture
def queues(world: World, rabbit_vhost: Vhost) -> Iterator[BrokerQueues]:
    user = f"notifier-{rabbit_vhost.name}"
    rabbit_vhost.node.create_user(user, "secret")
    rabbit_vhost.node.set_permissions(rabbit_vhost.name, user, "^$", r"^tanggap\.agencies$", "^$")
    yield BrokerQueues(world.database, world.clock, rabbit_vhost.node.url(rabbit_vhost.name, user, "secret"))
    rabbit_vhost.node.delete_user(user)


def account(world: World, agency: str) -> AgencyQueue:
    queue, now = AgencyQueue(agency), world.clock.now()
    with world.database.write() as tx:
        amqp_accounts.store(tx, AmqpAccount(agency, queue.user, "hash", queue.name, now, now))
    return queue


def test_a_queue_that_nobody_empties_is_told_and_one_that_is_gone(
    world: World, queues: BrokerQueues, rabbit_vhost: Vhost
) -> None:
    assert queues() == {}, "without an account nobody is asked"
    waiting, gone, empty = account(world, "DISHUB"), account(world, "DLH"), account(world, "BPBD")
    with pika.BlockingConnection(pika.URLParameters(rabbit_vhost.url)) as connection:
        channel = connection.channel()
        for queue in (waiting, empty):
            channel.queue_declare(queue.name, durable=True, arguments={"x-queue-type": "quorum"})
        for number in range(3):
            channel.basic_publish("", waiting.name, f"{number}".encode())
    three_hours_ago = world.clock.now() - timedelta(hours=3)
    for number in range(3):
        world.sent(f"c{number}", channel="amqp", finished_at=three_hours_ago)
    found = eventually(lambda: told if (told := queues()).get("DISHUB") else None, 20)
    assert found["DISHUB"] == {"missing": False, "waiting": 3, "consumers": 0, "minutes": 180}
    assert found["DLH"]["missing"] is True
    assert set(found) == {"DISHUB", "DLH"}, f"{empty.name} is well, {gone.name} is not"
