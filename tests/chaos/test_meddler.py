"""That the meddler does what the proof believes it does: nothing is lost by it, and nothing stays as it was."""

from collections import Counter
from collections.abc import Iterator

import pika
import pytest

from shared.messaging.topology import EVENTS
from tests.chaos.meddler import Meddler
from tests.conftest import Vhost
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually

QUEUE, KEY = "meddled.v1", "complaint.received.v1"
BODIES = [f"{number:02}" for number in range(40)]


@pytest.fixture
def witness(rabbit_vhost: Vhost) -> Iterator[Witness]:
    connection = pika.BlockingConnection(pika.URLParameters(rabbit_vhost.url))
    channel = connection.channel()
    channel.exchange_declare(EVENTS, "topic", durable=True)
    channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(QUEUE, EVENTS, KEY)
    connection.close()
    with Witness(rabbit_vhost.url) as opened:
        yield opened


def test_what_is_in_the_queue_is_there_afterwards_in_another_order(rabbit_vhost: Vhost, witness: Witness) -> None:
    meddler = Meddler(rabbit_vhost.url, seed=1)
    witness.publish_many(EVENTS, KEY, list(BODIES))
    meddler.reorder(QUEUE, 4.0)
    eventually(lambda: witness.depth(QUEUE) == len(BODIES), 10)
    came = [message.body.decode() for message in witness.drain(QUEUE)]
    assert sorted(came) == BODIES
    assert came != BODIES
    assert meddler.reordered > 1


def test_what_was_published_comes_again_under_its_id_to_all_who_heard_it(rabbit_vhost: Vhost, witness: Witness) -> None:
    meddler = Meddler(rabbit_vhost.url, seed=1)
    meddler.listen()
    for body in BODIES:
        witness.publish_raw(EVENTS, KEY, body, message_id=f"id-{body}")
    for _ in range(2):
        meddler.repeat(0)
    eventually(lambda: witness.depth(QUEUE) == 3 * len(BODIES), 10)
    came = witness.drain(QUEUE)
    assert Counter(message.properties.message_id for message in came) == {f"id-{body}": 3 for body in BODIES}
    assert {message.routing_key for message in came} == {KEY}
    assert meddler.repeated == 2 * len(BODIES)
