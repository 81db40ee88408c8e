"""What every service may rely on, on both stacks: said once, done once, never lost, always explained."""

import threading

import pytest
from sqlalchemy import text, update

from shared.errors import Rejected, Transient
from shared.messaging.handover import HANDED_SECONDS
from shared.messaging.inbox import MOST_CRASHES
from shared.messaging.message import Delivery
from tests.contract.sample import QUEUE, Sample, changed, tables
from tests.support.eventually import eventually

pytestmark = pytest.mark.xdist_group("rabbitmq")


def test_a_said_fact_has_its_effect_once(sample: Sample) -> None:
    sample.say("A", "B", "C")
    _publish(sample)
    _consume_until(sample, 3)
    assert sample.effects() == ["A", "B", "C"]
    assert sample.unpublished() == 0
    assert {row["state"] for row in sample.inbox_rows()} == {"done"}


def test_what_was_said_while_the_clock_was_ahead_goes_out_when_it_is_right_again(sample: Sample) -> None:
    sample.clock.advance(3600)
    sample.say("A")
    sample.clock.advance(-3600)
    _publish(sample)
    _consume_until(sample, 1)
    assert sample.effects() == ["A"]


def test_what_the_relays_own_process_said_needs_no_search(sample: Sample) -> None:
    sample.relay.step()
    sample.say("A", "B")
    assert sample.outbox.claim(sample.database, 10)[1] == []
    _publish(sample)
    _consume_until(sample, 2)
    eventually(lambda: sample.unpublished() == 0)
    assert sample.handled == ["A", "B"]


def test_what_was_handed_to_a_relay_that_died_goes_out_by_another(sample: Sample) -> None:
    sample.relay.step()
    sample.say("A")
    second = Sample(sample.database, sample.broker)
    second.clock.advance(HANDED_SECONDS + 1)
    second.relay.step()
    _consume_until(second, 1)
    assert second.effects() == ["A"]
    second.close()


def test_a_relay_that_ends_leaves_what_it_was_handed_to_the_next_one(sample: Sample) -> None:
    sample.relay.step()
    sample.say("A")
    sample.relay.close()
    second = Sample(sample.database, sample.broker)
    second.relay.step()
    _consume_until(second, 1)
    assert second.effects() == ["A"]
    second.close()


def test_a_relay_ends_in_good_order_though_its_database_has_gone_before(sample: Sample) -> None:
    sample.relay.step()
    sample.say("A")
    with sample.database.write() as tx:
        tx.execute(text("ALTER TABLE outbox RENAME TO gone"))
    sample.relay.close()
    with sample.database.write() as tx:
        tx.execute(text("ALTER TABLE gone RENAME TO outbox"))
    assert sample.unpublished() == 1


def test_a_lease_of_a_clock_that_was_ahead_holds_nobody_up(sample: Sample) -> None:
    sample.relay.step()
    sample.clock.advance(3600)
    sample.say("A")
    second = Sample(sample.database, sample.broker)
    second.relay.step()
    _consume_until(second, 1)
    assert second.effects() == ["A"]
    second.close()


def test_what_is_rolled_back_is_never_said(sample: Sample) -> None:
    def fail() -> None:
        with sample.database.write() as tx:
            sample.outbox.say(tx, changed("A"))
            raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        fail()
    assert sample.unpublished() == 0


def test_the_same_message_twice_has_one_effect(sample: Sample) -> None:
    sample.say("A")
    _publish(sample)
    _consume_until(sample, 1)
    _unmark_published(sample)
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.unpublished() == 0)
    assert sample.effects() == ["A"]
    assert sample.handled == ["A"]


def test_doubles_within_one_batch_have_one_effect(sample: Sample) -> None:
    sample.say("A")
    for _ in range(3):
        _publish(sample)
        _unmark_published(sample)
    _consume_until(sample, 1)
    for _ in range(2):
        sample.consumer.step()
    assert sample.effects() == ["A"]


def test_a_rejected_message_is_buried_and_its_neighbours_live(sample: Sample) -> None:
    sample.trouble = _raise_for("BAD", Rejected("this one never", code="never"))
    sample.say("A", "BAD", "C")
    _publish(sample)
    _consume_until(sample, 2)
    eventually(lambda: sample.consumer.step() or len(sample.inbox.dead(sample.database)) == 1)
    (dead,) = sample.inbox.dead(sample.database)
    assert sample.effects() == ["A", "C"]
    assert dead["error_code"] == "never"
    assert (dead["type"], dead["subject"]) == ("agency.changed.v1", "BAD")
    assert b"BAD" in dead["body"]


def test_a_momentary_trouble_is_tried_again_when_due(sample: Sample) -> None:
    sample.trouble = _raise_for("LATER", Transient("not now", retry_after_seconds=60))
    sample.say("LATER", "B")
    _publish(sample)
    _consume_until(sample, 1)
    eventually(lambda: sample.consumer.step() or sample.inbox.counts(sample.database) == {"retrying": 1})
    sample.trouble = lambda _code: None
    assert sample.inbox.claim_due(sample.database) is None, "it is not due yet"
    sample.clock.advance(61)
    sample.retrier.step()
    assert sample.effects() == ["B", "LATER"]


def test_retries_go_on_without_the_broker(sample: Sample) -> None:
    sample.trouble = _raise_for("LATER", Transient("not now", retry_after_seconds=60))
    sample.say("LATER")
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.counts(sample.database) == {"retrying": 1})
    sample.close()
    sample.broker.close()
    sample.trouble = lambda _code: None
    sample.clock.advance(61)
    sample.retrier.step()
    assert sample.effects() == ["LATER"]


def test_a_bug_is_tried_a_few_times_then_buried_with_its_traceback(sample: Sample) -> None:
    sample.trouble = _raise_for("BUG", ZeroDivisionError("a bug"))
    sample.say("BUG")
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.counts(sample.database))
    for _ in range(4):
        sample.clock.advance(400)
        sample.retrier.step()
    (dead,) = sample.inbox.dead(sample.database)
    assert dead["attempts"] == 5
    assert "ZeroDivisionError: a bug" in dead["last_error"]
    assert sample.effects() == []


def test_a_dead_letter_can_be_replayed(sample: Sample) -> None:
    sample.trouble = _raise_for("BAD", Rejected("not yet"))
    sample.say("BAD")
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.dead(sample.database))
    (dead,) = sample.inbox.dead(sample.database)
    sample.trouble = lambda _code: None
    with sample.database.write() as tx:
        assert sample.inbox.replay(tx, QUEUE, dead["message_id"])
    sample.retrier.step()
    assert sample.effects() == ["BAD"]
    assert sample.inbox.dead(sample.database) == []


def test_a_dead_letter_can_be_given_up_with_a_reason(sample: Sample) -> None:
    sample.trouble = _raise_for("BAD", Rejected("never"))
    sample.say("BAD")
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.dead(sample.database))
    (dead,) = sample.inbox.dead(sample.database)
    with sample.database.write() as tx:
        assert sample.inbox.discard(tx, QUEUE, dead["message_id"], reason="test message")
        assert not sample.inbox.replay(tx, QUEUE, dead["message_id"])
    assert sample.inbox.counts(sample.database) == {"discarded": 1}


def test_a_message_that_kills_its_consumer_ends_as_a_dead_letter(sample: Sample) -> None:
    body = _body(sample, "KILLER")
    delivery = Delivery(QUEUE, body, "killer", redelivered=True)
    for _ in range(MOST_CRASHES):
        with sample.database.write() as tx:
            assert sample.inbox.begin(tx, delivery) is not None  # and then the process dies
    sample.clock.advance(61)
    sample.retrier.step()
    (dead,) = sample.inbox.dead(sample.database)
    assert (dead["error_code"], dead["crashes"]) == ("crashed", MOST_CRASHES)
    assert sample.handled == []


def test_what_a_dead_consumer_held_is_taken_over_when_its_lease_ends(sample: Sample) -> None:
    with sample.database.write() as tx:
        assert sample.inbox.begin(tx, Delivery(QUEUE, _body(sample, "A"), "a", redelivered=False))
    assert sample.inbox.claim_due(sample.database) is None
    sample.clock.advance(61)
    sample.retrier.step()
    assert sample.effects() == ["A"]


def test_a_consumer_that_lost_its_lease_changes_nothing(sample: Sample) -> None:
    body = _body(sample, "A")
    with sample.database.write() as tx:
        slow = sample.inbox.begin(tx, Delivery(QUEUE, body, "a", redelivered=False))
    assert slow is not None
    sample.clock.advance(61)
    sample.retrier.step()
    from shared.messaging.handling import handle_alone

    handle_alone(sample.handling, slow)
    assert sample.effects() == ["A"]
    assert sample.inbox.counts(sample.database) == {}


def test_an_undecodable_message_is_parked_with_its_body(sample: Sample) -> None:
    sample.say("A")
    with sample.database.write() as tx:
        tx.execute(update(tables.outbox).values(body=b"\xff\x00 no JSON"))
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.dead(sample.database))
    (dead,) = sample.inbox.dead(sample.database)
    assert dead["error_code"] == "undecodable"
    assert bytes(dead["body"]) == b"\xff\x00 no JSON"
    assert sample.unpublished() == 0


def test_an_unknown_version_waits_parked(sample: Sample) -> None:
    sample.say("A")
    with sample.database.write() as tx:
        body = _body(sample, "A").replace(b"agency.changed.v1", b"agency.changed.v9")
        tx.execute(update(tables.outbox).values(body=body))
    _publish(sample)
    eventually(lambda: sample.consumer.step() or sample.inbox.dead(sample.database))
    assert sample.inbox.dead(sample.database)[0]["error_code"] == "unknown_type"


def test_two_relays_and_two_consumers_share_the_work(sample: Sample) -> None:
    codes = [f"C{number:03}" for number in range(300)]
    sample.say(*codes)
    second = Sample(sample.database, sample.broker)
    steppers = [sample.relay, second.relay, sample.consumer, second.consumer]
    stop = threading.Event()

    def work(stepper: object) -> None:
        while not stop.is_set():
            stepper.step()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=work, args=(stepper,)) for stepper in steppers]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: len(sample.effects()) == 300 and sample.unpublished() == 0, 30)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
        second.close()
    assert sample.effects() == codes
    assert len(sample.handled) + len(second.handled) == 300


def test_a_consumer_that_is_replaced_loses_and_doubles_nothing(sample: Sample) -> None:
    sample.say(*[f"C{number}" for number in range(40)])
    _publish(sample)
    subscription = sample.broker.subscribe([QUEUE], prefetch=20)
    eventually(lambda: subscription.receive(most=20, timeout_seconds=1))
    subscription.close()
    _consume_until(sample, 40)
    assert len(sample.effects()) == 40
    assert len(sample.handled) == 40


def _publish(sample: Sample) -> None:
    """One relay step that finds something; what the broker only carries counts when it is settled."""
    sample.relay.step()


def _consume_until(sample: Sample, count: int) -> None:
    eventually(lambda: sample.consumer.step() or len(sample.effects()) >= count, 15)


def _unmark_published(sample: Sample) -> None:
    with sample.database.write() as tx:
        tx.execute(update(tables.outbox).values(published_at=None, lease_until=None))
        tx.execute(tables.settlements.delete())


def _body(sample: Sample, code: str) -> bytes:
    from shared.contracts.envelope import Envelope

    event = changed(code)
    return sample.codec.encode(Envelope.of(event, source="sample", time=sample.clock.now()))


def _raise_for(code: str, error: Exception):
    def trouble(handled: str) -> None:
        if handled == code:
            raise error

    return trouble
