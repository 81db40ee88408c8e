"""What happens to RabbitMQ and its clients: frozen, killed, cut off, full of memory. Done to a real one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from shared.errors import Transient
from shared.messaging.broker import BrokerLost, Subscription
from shared.messaging.kombu_broker import KombuBroker
from shared.messaging.message import Outcome
from shared.messaging.pika_publisher import PikaPublisher
from shared.messaging.topology import EVENTS
from tests.conftest import Vhost
from tests.contract.brokers import message, receive_all
from tests.contract.sample import Sample
from tests.integration.rabbit import ALL, HEAR, consume_until, outbox, relay_until_done
from tests.support.amqp_witness import Witness
from tests.support.eventually import eventually
from tests.support.processes import Process

pytestmark = pytest.mark.xdist_group("rabbitmq")


def test_a_late_confirm_meets_no_other_message(
    broker: KombuBroker, publisher: PikaPublisher, witness: Witness, rabbit_vhost: Vhost
) -> None:
    eventually(lambda: publisher.publish([message("narrow.v1")]) == [Outcome.REFUSED])
    hasty = PikaPublisher(rabbit_vhost.url, ALL, "tests", publish_seconds=2.0)
    assert hasty.publish([message("open.v1")] * 2) == [Outcome.CONFIRMED] * 2
    assert Outcome.REFUSED in hasty.publish([message("narrow.v1")])
    rabbit_vhost.node.pause()
    late = message("open.v1")
    assert hasty.publish([late]) == [Outcome.UNKNOWN]
    following = [message("narrow.v1", body=b"x" * 10_000) for _ in range(300)]  # enough to be under way until it comes
    threading.Timer(0.3, rabbit_vhost.node.resume).start()
    assert set(hasty.publish(following)) == {Outcome.REFUSED}
    eventually(lambda: late.message_id in [seen.properties.message_id for seen in witness.drain(HEAR)])
    hasty.close()


def test_a_queue_that_does_not_answer_holds_nobody_up(
    broker: KombuBroker, publisher: PikaPublisher, rabbit_vhost: Vhost
) -> None:
    """The connection is well and its heartbeats come; only this queue is stuck, as it may be after a crash."""
    hasty = PikaPublisher(rabbit_vhost.url, ALL, "tests", publish_seconds=1.0)
    assert hasty.publish([message("limited.v1")]) == [Outcome.CONFIRMED]
    of_queue = f'[sys:{{}}(N) || N <- registered(), lists:suffix("{rabbit_vhost.name}_{HEAR}", atom_to_list(N))].'
    rabbit_vhost.node.ctl("eval", of_queue.format("suspend"))
    try:
        assert _timed(lambda: _lost(lambda: broker.subscribe([HEAR], prefetch=5))) < 7
        assert hasty.publish([message("open.v1"), message("limited.v1")])[0] is Outcome.UNKNOWN
        assert hasty.publish([message("limited.v1")]) == [Outcome.CONFIRMED]
    finally:
        rabbit_vhost.node.ctl("eval", of_queue.format("resume"))
    assert publisher.publish([message("open.v1")]) == [Outcome.CONFIRMED]
    hasty.close()


def test_connections_cut_by_an_operator_come_back(sample: Sample, rabbit_vhost: Vhost) -> None:
    sample.say("A")
    relay_until_done(sample)
    consume_until(sample, ["A"])
    rabbit_vhost.node.close_connections(rabbit_vhost.name)
    sample.say("B")
    relay_until_done(sample)
    consume_until(sample, ["A", "B"])


def test_a_killed_consumer_loses_nothing(
    broker: KombuBroker, publisher: PikaPublisher, rabbit_vhost: Vhost, tmp_path: Path
) -> None:
    publisher.publish([message("open.v1")])
    code = (
        "import sys, time\n"
        "from shared.messaging.kombu_broker import KombuBroker\n"
        "from shared.messaging.topology import TOPOLOGY\n"
        "subscription = KombuBroker(sys.argv[1], TOPOLOGY).subscribe([sys.argv[2]], prefetch=5)\n"
        "while not subscription.receive(most=5, timeout_seconds=1): pass\n"
        "print('taken', flush=True)\n"
        "time.sleep(60)\n"
    )
    with Process([sys.executable, "-c", code, rabbit_vhost.url, HEAR], log=tmp_path / "log", cwd=Path.cwd()) as process:
        process.wait_for_output("taken", 20)
    subscription = broker.subscribe([HEAR], prefetch=5)
    assert [got.redelivered for got in receive_all(subscription, 1)] == [True]
    subscription.close()


def test_a_heartbeat_is_kept_while_idle_and_while_busy(rabbit_vhost: Vhost, broker: KombuBroker) -> None:
    quick = KombuBroker(rabbit_vhost.url, ALL, heartbeat_seconds=2)
    idle, busy, waiting = (quick.subscribe([HEAR], prefetch=5) for _ in range(3))
    publisher = broker.publisher("tests")
    until = time.monotonic() + 9
    while time.monotonic() < until:
        idle.receive(most=0, timeout_seconds=0.5)
        waiting.receive(most=0, timeout_seconds=0.1)
        busy.ack([])
        time.sleep(1.5)
    publisher.publish([message("open.v1") for _ in range(15)])
    assert all(len(receive_all(one, 5)) == 5 for one in (idle, busy, waiting))
    for opened in (idle, busy, waiting, publisher):
        opened.close()


def test_under_a_memory_alarm_facts_wait_and_go_out_once_it_is_over(
    sample: Sample, witness: Witness, rabbit_vhost: Vhost
) -> None:
    witness.declare_and_bind("seen", EVENTS, "#")
    sample.say("A")
    relay_until_done(sample)
    rabbit_vhost.node.memory_alarm(True)
    sample.say("B", "C")
    with ThreadPoolExecutor() as pool:
        relay = pool.submit(_timed, sample.relay.step)
        sample.say("D")
        consume_until(sample, ["A"])  # consumers go on
        seconds = relay.result(40)
    assert 10 < seconds < 21
    assert sample.unpublished() == 3
    rabbit_vhost.node.memory_alarm(False)
    relay_until_done(sample)
    consume_until(sample, ["A", "B", "C", "D"])
    assert sorted(sample.handled) == ["A", "B", "C", "D"]
    assert {seen.properties.message_id for seen in witness.drain("seen")} == outbox(sample)["message_id"]


def test_the_broker_may_be_killed_at_any_moment(sample: Sample, witness: Witness, rabbit_vhost: Vhost) -> None:
    codes = [f"{number:03}" for number in range(600)]
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            for step in (sample.relay.step, sample.consumer.step):
                with suppress(Transient):
                    step()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    time.sleep(1.5)  # killed within half a second of its declaration, a quorum queue of 3.10 never answers again
    try:
        for start in range(0, 600, 20):
            sample.say(*codes[start : start + 20])
            if start == 200:
                rabbit_vhost.node.kill9()
            if start == 400:
                rabbit_vhost.node.start()
        eventually(lambda: len(sample.effects()) == 600 and sample.unpublished() == 0, 40, every=0.2)
    finally:
        stopping.set()
        worker.join(30)
    assert sample.effects() == codes


def test_a_frozen_broker_is_noticed_in_time_and_costs_nothing(
    broker: KombuBroker, sample: Sample, witness: Witness, rabbit_vhost: Vhost
) -> None:
    witness.declare_and_bind("seen", EVENTS, "#")
    sample.say("BEFORE")
    relay_until_done(sample)
    consume_until(sample, ["BEFORE"])
    idle, closing = broker.subscribe([HEAR], prefetch=5), broker.subscribe([HEAR], prefetch=5)
    sample.say(*[f"F{number}" for number in range(50)])
    rabbit_vhost.node.pause()
    with ThreadPoolExecutor(8) as pool:
        running = {
            "relay": pool.submit(_timed, sample.relay.step),
            "consumer": pool.submit(_timed, lambda: _step_until_lost(sample)),
            "receive": pool.submit(_timed, lambda: _receive_until_lost(idle)),
            "close": pool.submit(_timed, closing.close),
            "subscribe": pool.submit(_timed, lambda: _lost(lambda: broker.subscribe([HEAR], prefetch=5))),
            "check": pool.submit(_timed, lambda: _lost(broker.check)),
            "connect": pool.submit(_timed, lambda: _publish_unknown(broker.publisher("tests"))),
        }
        sample.say("MEANWHILE")
        seconds = {name: future.result(40) for name, future in running.items()}
    print(seconds)
    rabbit_vhost.node.resume()
    bounds = {"relay": 21, "consumer": 25, "receive": 25, "close": 4, "subscribe": 7, "check": 4, "connect": 10}
    assert {name: seconds[name] for name, bound in bounds.items() if seconds[name] > bound} == {}
    assert sample.unpublished() == 51, "nothing may count as published that was not confirmed"
    relay_until_done(sample)
    consume_until(sample, sorted(["BEFORE", "MEANWHILE", *[f"F{number}" for number in range(50)]]))
    assert {seen.properties.message_id for seen in witness.drain("seen")} == outbox(sample)["message_id"]


def _timed(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


def _lost(act: Callable[[], object]) -> None:
    with pytest.raises(BrokerLost):
        act()


def _receive_until_lost(subscription: Subscription) -> None:
    with suppress(BrokerLost):
        while True:
            subscription.receive(most=5, timeout_seconds=1)


def _step_until_lost(sample: Sample) -> None:
    with suppress(Transient):
        while True:
            sample.consumer.step()


def _publish_unknown(publisher: PikaPublisher) -> None:
    assert publisher.publish([message("open.v1")]) == [Outcome.UNKNOWN]
    publisher.close()
