"""Agencies' queues on a real RabbitMQ: confirmed, full, missing, forbidden, frozen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pika
import pytest

from services.notifier.channels.amqp import AgencyQueues
from services.notifier.way_out import Away, Outcome
from shared.messaging.kombu_broker import declare_topology
from shared.messaging.message import Outcome as Said
from shared.messaging.pika_agencies import AgencyPublisher, Published
from shared.messaging.topology import AGENCIES, Topology
from tests.conftest import Vhost
from tests.integration.notifier_channels.messages import DELIVERY, DELIVERY_ID, EVENT, NOW, document
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.ports import free_port

pytestmark = pytest.mark.xdist_group("rabbitmq")

QUEUE = "agency.DPUPR.v1"
ARGUMENTS = {"x-queue-type": "quorum", "x-max-length": 3, "x-overflow": "reject-publish"}


@pytest.fixture
def vhost(rabbit_vhost: Vhost) -> Vhost:
    """With the exchanges, and a queue of one agency that holds three messages."""
    declare_topology(rabbit_vhost.url, Topology(()))
    connection = pika.BlockingConnection(pika.URLParameters(rabbit_vhost.url))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, arguments=ARGUMENTS)
    channel.queue_bind(QUEUE, AGENCIES, "DPUPR")
    connection.close()
    return rabbit_vhost


@pytest.fixture
def queues(vhost: Vhost) -> Iterator[AgencyQueues]:
    opened = AgencyQueues(AgencyPublisher(vhost.url, "notifier", publish_seconds=2.0))
    yield opened
    opened.close()


@pytest.fixture
def witness(vhost: Vhost) -> Iterator[Witness]:
    with Witness(vhost.url) as opened:
        yield opened


def send(queues: AgencyQueues, agency: str = "DPUPR", number: int = 0) -> Outcome:
    delivery = replace(DELIVERY, delivery_id=f"{DELIVERY_ID[:-2]}{number:02}") if number else DELIVERY
    return queues.send(delivery, document(f"agency.{agency}.v1", agency), NOW)


def ends(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.state, outcome.reason, outcome.away


def test_a_message_lies_in_the_agencys_queue_when_it_counts_as_sent(queues: AgencyQueues, witness: Witness) -> None:
    assert ends(send(queues)) == ("sent", "confirmed", "")
    [message] = witness.drain(QUEUE)
    properties = message.properties
    assert message.json() == EVENT
    assert (message.exchange, message.routing_key) == (AGENCIES, "DPUPR")
    assert (properties.message_id, properties.type) == (DELIVERY_ID, "tanggap.case_notice.v1")
    assert (properties.content_type, properties.delivery_mode) == ("application/cloudevents+json", 2)
    assert (properties.correlation_id, properties.app_id) == ("c1", "tanggap/notifier")
    assert message.headers["traceparent"] == DELIVERY.traceparent


def test_an_agency_without_a_queue_has_nothing(queues: AgencyQueues) -> None:
    assert ends(send(queues, "DISHUB")) == ("failed", "no_queue", Away.LANE)


def test_a_full_queue_takes_no_more_and_loses_nothing(queues: AgencyQueues, witness: Witness) -> None:
    answers = [send(queues, number=number) for number in range(1, 12)]
    kept = [f"{DELIVERY_ID[:-2]}{n:02}" for n, answer in enumerate(answers, 1) if answer.state == "sent"]
    refused = [answer for answer in answers if answer.state != "sent"]
    assert {ends(answer) for answer in refused} == {("pending", "queue_full", Away.LANE)}
    assert [one.properties.message_id for one in witness.drain(QUEUE)] == kept
    eventually(lambda: send(queues).state == "sent")


def test_several_threads_at_once(vhost: Vhost, witness: Witness) -> None:
    witness.declare_and_bind("wide", AGENCIES, "DPKP")
    queues = AgencyQueues(AgencyPublisher(vhost.url, "notifier"))
    outcomes: list[Outcome] = []

    def work(first: int) -> None:
        outcomes.extend(send(queues, "DPKP", number) for number in range(first, first + 20))

    threads = [threading.Thread(target=work, args=(1 + 20 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {one.state for one in outcomes} == {"sent"}
    assert len({one.properties.message_id for one in witness.drain("wide")}) == 80
    queues.close()


def test_a_user_who_may_not_write_is_told_so(vhost: Vhost) -> None:
    node = vhost.node
    node.create_user("notifier-without", "secret")
    node.set_permissions(vhost.name, "notifier-without", "^$", "^$", "^$")
    queues = AgencyQueues(AgencyPublisher(node.url(vhost.name, "notifier-without", "secret"), "notifier"))
    try:
        outcome = send(queues)
        assert ends(outcome) == ("pending", "broker_denied", Away.CHANNEL)
        assert "403" in outcome.answer
    finally:
        queues.close()
        node.delete_user("notifier-without")


def test_a_frozen_broker_costs_a_bounded_time_and_comes_back(
    vhost: Vhost, queues: AgencyQueues, witness: Witness
) -> None:
    assert send(queues, number=1).state == "sent"
    vhost.node.pause()
    try:
        started = time.monotonic()
        assert ends(send(queues, number=2)) == ("pending", "broker_away", Away.CHANNEL)
        assert time.monotonic() - started < 4.0
    finally:
        vhost.node.resume()
    eventually(lambda: send(queues, number=2).state == "sent", 20)
    ids = {one.properties.message_id for one in witness.drain(QUEUE)}
    assert len(ids) == 2, "what was sent twice has one id"


def test_connections_that_are_closed_are_opened_again(vhost: Vhost, queues: AgencyQueues) -> None:
    assert send(queues, number=1).state == "sent"
    vhost.node.close_connections(vhost.name)
    eventually(lambda: send(queues, number=2).state == "sent", 20)


def test_a_broker_that_is_not_there() -> None:
    queues = AgencyQueues(AgencyPublisher(f"amqp://a:b@127.0.0.1:{free_port()}/x", "notifier", publish_seconds=1.0))
    started = time.monotonic()
    assert ends(send(queues)) == ("pending", "broker_away", Away.CHANNEL)
    assert time.monotonic() - started < 10
    queues.close()
    assert ends(send(queues)) == ("pending", "broker_away", Away.CHANNEL), "and after it was closed"


class Fake:
    def __init__(self, published: Published) -> None:
        self.published = published

    def publish(self, message: object) -> Published:
        return self.published

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (Published(Said.CONFIRMED), ("sent", "confirmed", "")),
        (Published(Said.UNROUTABLE), ("failed", "no_queue", "lane")),
        (Published(Said.REFUSED), ("pending", "queue_full", "lane")),
        (Published(Said.REFUSED, "403"), ("pending", "broker_denied", "channel")),
        (Published(Said.UNKNOWN), ("pending", "broker_away", "channel")),
    ],
)
def test_each_answer_of_the_broker_has_its_outcome(published: Published, expected: tuple[str, str, str]) -> None:
    assert ends(send(AgencyQueues(Fake(published)))) == expected
