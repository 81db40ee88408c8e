"""What every broker of ours promises. One set of tests for all; what one cannot do is a strict expected failure."""

from __future__ import annotations

import statistics
import threading
import time

import pytest

from shared.messaging.broker import BrokerLost, Subscription
from shared.messaging.message import Outcome
from tests.contract.brokers import Setup, ids, implementations, message, receive_all
from tests.support.eventually import eventually

pytestmark = pytest.mark.xdist_group("rabbitmq")

ONE, TWO = "one.hear.v1", "two.hear.v1"


def test_a_published_message_arrives_as_it_was(setup: Setup) -> None:
    sent = message(body=bytes(range(256)) * 3)
    assert setup.publish(sent) == [setup.well]
    [got] = receive_all(setup.subscribe(), 1)
    assert (got.queue, got.body, got.message_id, got.redelivered) == (ONE, sent.body, sent.message_id, False)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"x" * 300_000], ids=["empty", "no text", "larger than a frame"]
)
def test_a_body_is_bytes_and_nothing_else(setup: Setup, body: bytes) -> None:
    setup.publish(message(body=body))
    assert [got.body for got in receive_all(setup.subscribe(), 1)] == [body]


def test_each_queue_of_a_key_has_its_copy(setup: Setup) -> None:
    both, only = message("both.v1"), message("only.v1")
    assert setup.publish(both, only) == [setup.well, setup.well]
    assert sorted(ids(receive_all(setup.subscribe(ONE), 2))) == sorted(ids([both, only]))
    assert ids(receive_all(setup.subscribe(TWO), 2, deadline_seconds=0.5)) == [both.message_id]


def test_one_subscription_hears_several_queues(setup: Setup) -> None:
    setup.publish(message("both.v1"))
    assert {got.queue for got in receive_all(setup.subscribe(ONE, TWO), 2)} == {ONE, TWO}


def test_a_message_that_nobody_hears_is_unroutable_and_harms_no_other(setup: Setup) -> None:
    good, lost, last = message(), message("nobody.v1"), message()
    assert setup.publish(good, lost, last) == [setup.well, Outcome.UNROUTABLE, setup.well]
    assert ids(receive_all(setup.subscribe(), 3, deadline_seconds=0.5)) == ids([good, last])


def test_publishing_nothing_is_nothing(setup: Setup) -> None:
    assert setup.publish() == []


def test_a_queue_that_does_not_exist_is_named(setup: Setup) -> None:
    with pytest.raises(BrokerLost, match=r"nowhere\.v1"):
        setup.subscribe(ONE, "nowhere.v1")


def test_acknowledged_is_gone(setup: Setup) -> None:
    setup.publish(*[message() for _ in range(5)])
    subscription = setup.subscribe()
    subscription.ack(receive_all(subscription, 5))
    subscription.close()
    assert setup.nothing_left(ONE)


def test_what_was_not_settled_comes_again_and_is_marked(setup: Setup) -> None:
    sent = [message() for _ in range(5)]
    setup.publish(*sent)
    first = setup.subscribe()
    got = receive_all(first, 5)
    first.ack([got[1], got[3]])  # not in order: each must count for itself
    first.close()
    again = receive_all(setup.subscribe(), 5, deadline_seconds=1)
    assert sorted(ids(again)) == sorted(ids([sent[0], sent[2], sent[4]]))
    assert all(delivery.redelivered for delivery in again)


def test_acknowledging_in_any_order_loses_nothing(setup: Setup) -> None:
    setup.publish(*[message() for _ in range(6)])
    subscription = setup.subscribe()
    got = receive_all(subscription, 6)
    for several in ([got[4]], [got[0], got[1]], [got[5], got[2]]):
        subscription.ack(several)
    subscription.close()
    assert ids(receive_all(setup.subscribe(), 2, deadline_seconds=1)) == [got[3].message_id]


def test_a_delivery_of_an_earlier_subscription_settles_nothing(setup: Setup) -> None:
    setup.publish(message())
    first = setup.subscribe()
    old = receive_all(first, 1)
    first.close()
    second = setup.subscribe()
    assert len(receive_all(second, 1)) == 1
    second.ack(old)
    second.park(old[0])
    second.close()
    assert len(receive_all(setup.subscribe(), 1)) == 1
    assert setup.dead(ONE) == []


def test_order_is_kept_when_nothing_disturbs(setup: Setup) -> None:
    sent = [message("numbers.v1") for _ in range(200)]
    publisher = setup.publisher()
    for start in range(0, 200, 40):
        publisher.publish(sent[start : start + 40])
    assert ids(receive_all(setup.subscribe(prefetch=200), 200)) == ids(sent)


def test_receive_gives_no_more_than_asked_for(setup: Setup) -> None:
    setup.publish(*[message() for _ in range(10)])
    subscription = setup.subscribe()
    sizes = []
    while got := subscription.receive(most=4, timeout_seconds=0.5):
        sizes.append(len(got))
    assert max(sizes) <= 4
    assert sum(sizes) == 10


def test_nobody_holds_more_than_the_prefetch(setup: Setup) -> None:
    setup.publish(*[message() for _ in range(10)])
    subscription = setup.subscribe(prefetch=3)
    held = receive_all(subscription, 10, deadline_seconds=0.6)
    assert len(held) == 3
    subscription.ack(held[:2])
    assert len(receive_all(subscription, 10, deadline_seconds=0.6)) == 2
    assert len(receive_all(setup.subscribe(prefetch=50), 10, deadline_seconds=0.6)) == 5, "the others are free"


def test_waiting_without_taking_loses_nothing(setup: Setup) -> None:
    subscription = setup.subscribe()
    setup.publish(message(), message())
    started = time.monotonic()
    assert subscription.receive(most=0, timeout_seconds=0.4) == []
    assert time.monotonic() - started >= 0.39
    assert len(subscription.receive(most=1, timeout_seconds=5)) == 1
    assert len(subscription.receive(most=5, timeout_seconds=5)) == 1


def test_receive_comes_back_when_nothing_comes(setup: Setup) -> None:
    subscription = setup.subscribe()
    started = time.monotonic()
    assert subscription.receive(most=5, timeout_seconds=0.3) == []
    assert 0.25 < time.monotonic() - started < 1.5


def test_whoever_waits_is_woken_at_once(setup: Setup) -> None:
    subscription, publisher = setup.subscribe(), setup.publisher()
    publisher.publish([message()])
    subscription.ack(receive_all(subscription, 1))
    latencies: list[float] = []
    sent_at: list[float] = []

    def send() -> None:
        sent_at.append(time.monotonic())
        publisher.publish([message()])

    for _ in range(9):
        timer = threading.Timer(0.1, send)
        timer.start()
        got = subscription.receive(most=1, timeout_seconds=5)
        awake_at = time.monotonic()
        subscription.ack(got)
        timer.join()
        latencies.append(awake_at - sent_at.pop())
    assert statistics.median(latencies) < 0.05, latencies


def test_parked_lies_in_the_dead_queue(setup: Setup) -> None:
    sent = [message(), message()]
    setup.publish(*sent)
    subscription = setup.subscribe()
    got = receive_all(subscription, 2)
    subscription.park(got[0])
    subscription.ack([got[1]])
    eventually(lambda: setup.dead(ONE) == [sent[0].message_id], every=0.3)
    subscription.close()
    assert setup.nothing_left(ONE)


def test_the_same_message_twice_keeps_its_id(setup: Setup) -> None:
    sent = message()
    assert setup.publish(sent, sent) == [setup.well, setup.well]
    subscription = setup.subscribe()
    got = receive_all(subscription, 2, deadline_seconds=1)
    assert set(ids(got)) == {sent.message_id}
    subscription.ack(got)
    subscription.close()
    assert setup.nothing_left(ONE)


def test_a_thousand_messages_all_arrive(setup: Setup) -> None:
    sent = [message() for _ in range(1_000)]
    subscription, publisher = setup.subscribe(), setup.publisher()
    for start in range(0, 1_000, 100):
        assert publisher.publish(sent[start : start + 100]) == [setup.well] * 100
    seen: list[str] = []
    while got := subscription.receive(most=50, timeout_seconds=1):
        seen += ids(got)
        subscription.ack(got)
    assert sorted(seen) == sorted(ids(sent))


def test_two_subscriptions_share_a_queue_without_overlap(setup: Setup) -> None:
    sent = [message() for _ in range(400)]
    seen: dict[str, list[str]] = {"left": [], "right": []}
    both_have_some = threading.Barrier(2, timeout=20)

    def take(name: str, subscription: Subscription) -> None:
        first = subscription.receive(most=10, timeout_seconds=10)
        seen[name] += ids(first)
        both_have_some.wait()
        subscription.ack(first)
        while got := subscription.receive(most=10, timeout_seconds=1):
            seen[name] += ids(got)
            subscription.ack(got)

    threads = [threading.Thread(target=take, args=(name, setup.subscribe(prefetch=10))) for name in seen]
    for thread in threads:
        thread.start()
    setup.publish(*sent)
    for thread in threads:
        thread.join(30)
    assert sorted(seen["left"] + seen["right"]) == sorted(ids(sent))


@implementations(memory="carries, keeps nothing: the outbox sends again what was not settled")
def test_a_message_survives_a_power_cut(setup: Setup) -> None:
    sent = message()
    assert setup.publish(sent) == [setup.well]
    setup.restart()
    assert ids(receive_all(setup.subscribe(), 1, deadline_seconds=5)) == [sent.message_id]


@implementations(rabbitmq="keeps what it confirmed, so that there is nothing to tell the outbox")
@pytest.mark.parametrize("way", ["acknowledged", "parked"])
def test_who_said_it_learns_that_it_is_settled(setup: Setup, way: str) -> None:
    settled: list[tuple[str, str]] = []
    setup.broker.settle_with("tests", settled.extend)
    sent = message("both.v1")
    setup.publish(sent)
    subscription = setup.subscribe(ONE)
    [got] = receive_all(subscription, 1)
    assert settled == []
    subscription.ack([got]) if way == "acknowledged" else subscription.park(got)
    assert settled == [(sent.message_id, ONE)]


@implementations(rabbitmq="marks what it delivers again by itself; a repeated publish is a new message to it")
def test_what_was_published_before_is_marked(setup: Setup) -> None:
    setup.publish(message(attempt=2))
    assert [got.redelivered for got in receive_all(setup.subscribe(), 1)] == [True]


def test_check_tells_what_it_is(setup: Setup) -> None:
    assert setup.broker.check()
