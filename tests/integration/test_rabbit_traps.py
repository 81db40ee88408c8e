"""What RabbitMQ and its clients do by default, and may not do to us. Each against a real one."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.agency import AgencyChanged
from shared.errors import TanggapError
from shared.messaging.broker import BrokerLost
from shared.messaging.kombu_broker import KombuBroker, declare_topology
from shared.messaging.message import Outcome
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import DEAD, EVENTS, Topology
from tests.conftest import Vhost
from tests.contract import sample as service
from tests.contract.brokers import ids, message, queue, receive_all
from tests.contract.sample import Sample
from tests.integration.rabbit import ALL, HEAR, LIMITED, NARROW, outbox, relay_until_done, step_until
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually

pytestmark = pytest.mark.xdist_group("rabbitmq")


@pytest.mark.parametrize(
    "properties",
    [
        {"content_type": "application/x-python-serialize", "content_encoding": "binary"},
        {"content_type": "application/json", "content_encoding": "utf-16"},
        {"content_type": "nonsense", "content_encoding": "nonsense", "headers": {"compression": "application/x-gzip"}},
        {},
    ],
    ids=["pickle", "other encoding", "compressed", "nothing said"],
)
def test_whatever_is_in_a_queue_arrives_raw(broker: KombuBroker, witness: Witness, properties: dict[str, Any]) -> None:
    witness.publish_raw(EVENTS, "open.v1", b"\x80\x04 caf\xc3\xa9 \xff", **properties)
    subscription = broker.subscribe([HEAR], prefetch=5)
    [got] = receive_all(subscription, 1)
    assert got.body == b"\x80\x04 caf\xc3\xa9 \xff"
    assert len(got.message_id) == 64, "without an id it is known by its content"
    subscription.close()
    eventually(lambda: witness.depth(HEAR) == 1)


def test_an_undecodable_message_is_a_dead_letter_not_a_loss(sample: Sample, witness: Witness) -> None:
    witness.publish_raw(EVENTS, AgencyChanged.TYPE, b"\xff no json", message_id="odd")
    sample.say("A")
    sample.relay.step()
    step_until(sample, lambda: sample.effects() and sample.inbox.dead(sample.database))
    [dead] = sample.inbox.dead(sample.database)
    assert (dead["error_code"], dead["message_id"], dead["body"]) == ("undecodable", "odd", b"\xff no json")
    assert sample.effects() == ["A"]
    sample.consumer.close()
    assert witness.depth(service.QUEUE) == 0


def test_a_failing_handler_leaves_the_message_to_be_tried_again(sample: Sample, witness: Witness) -> None:
    def fail(_code: str) -> None:
        raise KeyError("a bug")

    sample.trouble = fail
    sample.say("A")
    sample.relay.step()
    step_until(sample, lambda: sample.inbox.counts(sample.database) == {"retrying": 1})
    sample.trouble = lambda _code: None
    sample.clock.advance(60)
    sample.retrier.step()
    assert sample.effects() == ["A"]
    sample.consumer.close()
    assert witness.depth(service.QUEUE) == 0


def test_what_kills_its_consumers_again_and_again_is_parked(
    broker: KombuBroker, publisher: PikaPublisher, witness: Witness
) -> None:
    sent = message("limited.v1")
    publisher.publish([sent])
    for _ in range(3):
        subscription = broker.subscribe([LIMITED], prefetch=5)
        assert ids(receive_all(subscription, 1)) == [sent.message_id]
        subscription.close()
    eventually(lambda: witness.depth(f"{LIMITED}.dead") == 1, describe=lambda: witness.depth(LIMITED))
    [parked] = witness.peek(f"{LIMITED}.dead")
    assert parked.properties.message_id == sent.message_id
    assert parked.headers["x-death"][0]["reason"] == "delivery_limit"
    assert parked.body == sent.body


def test_a_parked_message_may_be_looked_at_as_often_as_one_likes(broker: KombuBroker, witness: Witness) -> None:
    """RabbitMQ counts each look; whatever the version, none may be the one too many."""
    witness.publish_raw(DEAD, HEAR, b"parked")
    for _ in range(30):
        assert [one.body for one in witness.peek(f"{HEAR}.dead")] == [b"parked"]
        eventually(lambda: witness.depth(f"{HEAR}.dead") == 1)


def test_a_message_carries_its_mirrors(publisher: PikaPublisher, witness: Witness) -> None:
    sent = message("open.v1")
    publisher.publish([sent])
    [seen] = witness.drain(HEAR)
    mirrored = seen.properties
    assert (mirrored.content_type, mirrored.content_encoding) == ("application/cloudevents+json", "utf-8")
    assert (mirrored.message_id, mirrored.type, mirrored.app_id) == (sent.message_id, "open.v1", "tests")
    assert (mirrored.correlation_id, mirrored.delivery_mode) == ("complaint-1", 2)
    assert mirrored.timestamp == int(sent.created_at.timestamp())
    assert seen.headers["traceparent"] == sent.traceparent


def test_a_full_queue_refuses_and_the_next_answer_is_right(publisher: PikaPublisher, witness: Witness) -> None:
    full = [message("narrow.v1") for _ in range(12)]
    answers = [publisher.publish([one, message("open.v1")]) for one in full]
    kept = [one.message_id for one, (answer, _) in zip(full, answers, strict=True) if answer is Outcome.CONFIRMED]
    assert {answer for answer, _ in answers} == {Outcome.CONFIRMED, Outcome.REFUSED}
    assert {other for _, other in answers} == {Outcome.CONFIRMED}
    assert [seen.properties.message_id for seen in witness.drain(NARROW)] == kept
    eventually(lambda: publisher.publish([message("narrow.v1")]) == [Outcome.CONFIRMED])


def test_a_missing_queue_keeps_its_facts_in_the_outbox(rabbit_vhost: Vhost, sample: Sample, witness: Witness) -> None:
    wider = Topology((*service.TOPOLOGY.queues, queue("late.hear.v1", AgencyChanged.TYPE)))
    broker = KombuBroker(rabbit_vhost.url, wider)
    careful = Sample(sample.database, broker, wider)
    careful.say("A", "B")
    careful.relay.step()
    assert careful.unpublished() == 2
    assert outbox(careful)["last_error"] == {"unroutable"}
    assert witness.depth(service.QUEUE) == 0, "not even the queue that is there has got it"
    declare_topology(rabbit_vhost.url, wider)
    relay_until_done(careful)
    assert witness.depth(service.QUEUE) == witness.depth("late.hear.v1") == 2
    careful.close()


def test_an_unbound_queue_makes_a_message_unroutable(
    publisher: PikaPublisher, witness: Witness, rabbit_vhost: Vhost
) -> None:
    assert publisher.publish([message("open.v1")]) == [Outcome.CONFIRMED]
    rabbit_vhost.node.api("DELETE", f"bindings/{rabbit_vhost.name}/e/{EVENTS}/q/{HEAR}/open.v1")
    assert publisher.publish([message("open.v1"), message("both.v1"), message("open.v1")]) == [
        Outcome.UNROUTABLE,
        Outcome.CONFIRMED,
        Outcome.UNROUTABLE,
    ]
    assert witness.depth(HEAR) == 2


def test_one_message_that_the_broker_will_not_have_stops_no_other(
    broker: KombuBroker, witness: Witness, rabbit_vhost: Vhost
) -> None:
    rabbit_vhost.node.ctl("eval", "application:set_env(rabbit, max_message_size, 2000).")
    publisher = broker.publisher("tests")
    try:
        several = [message("open.v1"), message("open.v1", body=b"x" * 5_000), message("open.v1")]
        first = publisher.publish(several)
        assert first[1:] == [Outcome.UNKNOWN, Outcome.UNKNOWN]
        assert publisher.publish(several) == [Outcome.CONFIRMED, Outcome.REFUSED, Outcome.CONFIRMED]
    finally:
        publisher.close()
        rabbit_vhost.node.ctl("eval", "application:set_env(rabbit, max_message_size, 134217728).")


def test_a_deleted_queue_ends_the_subscription(broker: KombuBroker, rabbit_vhost: Vhost) -> None:
    subscription = broker.subscribe([HEAR], prefetch=5)
    rabbit_vhost.node.api("DELETE", f"queues/{rabbit_vhost.name}/{HEAR}")
    with pytest.raises(BrokerLost):
        subscription.receive(most=5, timeout_seconds=5)
    with pytest.raises(BrokerLost, match=HEAR):
        broker.subscribe([HEAR], prefetch=5)


def test_declaring_again_changes_nothing(rabbit_vhost: Vhost, publisher: PikaPublisher, witness: Witness) -> None:
    publisher.publish([message("open.v1")])
    declare_topology(rabbit_vhost.url, ALL)
    assert witness.depth(HEAR) == 1


def test_a_queue_with_other_arguments_is_explained(rabbit_vhost: Vhost, broker: KombuBroker) -> None:
    other = Topology((queue(HEAR, "open.v1", **{"x-delivery-limit": 7}),))
    with pytest.raises(TanggapError, match=f"rabbitmqctl delete_queue {HEAR}") as caught:
        declare_topology(rabbit_vhost.url, other)
    assert caught.value.code == "topology_conflict"


def test_a_service_needs_no_right_to_declare(rabbit_vhost: Vhost, broker: KombuBroker) -> None:
    node = rabbit_vhost.node
    node.create_user("least", "secret")
    try:
        node.set_permissions(rabbit_vhost.name, "least", "^$", r"^tanggap\.events$", r"^open\.hear\.v1$")
        least = KombuBroker(node.url(rabbit_vhost.name, "least", "secret"), ALL)
        publisher, subscription = least.publisher("tests"), least.subscribe([HEAR], prefetch=5)
        assert publisher.publish([message("both.v1")]) == [Outcome.CONFIRMED]
        subscription.ack(receive_all(subscription, 1))
        with pytest.raises(TanggapError, match="may not be declared") as caught:
            declare_topology(node.url(rabbit_vhost.name, "least", "secret"), Topology((queue("new.v1", "open.v1"),)))
        assert caught.value.code == "topology_denied"
        publisher.close()
        subscription.close()
    finally:
        node.delete_user("least")
