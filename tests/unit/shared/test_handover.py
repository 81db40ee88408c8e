"""From a commit straight to the relay of the same process; the row in the table stays the truth."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.messaging.handover import HANDED_SECONDS, Handover
from shared.messaging.message import Message

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def message(number: int) -> Message:
    return Message(f"m{number}", "agency.changed.v1", b"{}", "sample", "A", "", NOW)


@pytest.fixture
def handover() -> Handover:
    opened = Handover()
    opened.open(NOW)
    return opened


def test_nothing_is_handed_over_before_a_relay_is_there() -> None:
    assert Handover().lease(NOW) is None


def test_what_was_given_is_taken_once_and_in_order(handover: Handover) -> None:
    lease = handover.lease(NOW)
    assert lease is not None
    handover.give(lease, [message(1), message(2), message(3)])
    assert [one.message_id for one in handover.take(NOW, 2)] == ["m1", "m2"]
    assert [one.message_id for one in handover.take(NOW, 2)] == ["m3"]
    assert handover.take(NOW, 2) == []


def test_what_lay_longer_than_its_lease_is_left_to_the_table(handover: Handover) -> None:
    lease = handover.lease(NOW)
    assert lease is not None
    handover.give(lease, [message(1)])
    assert handover.take(NOW + timedelta(seconds=HANDED_SECONDS), 5) == []


def test_facts_stay_in_the_table_while_the_relay_does_not_come_after_them(handover: Handover) -> None:
    for number in range(10_000):
        lease = handover.lease(NOW)
        if lease is None:
            break
        handover.give(lease, [message(number)])
    assert number == 1_000
    handover.take(NOW, 1)
    assert handover.lease(NOW) is not None


def test_after_the_end_nothing_is_taken_or_given(handover: Handover) -> None:
    lease = handover.lease(NOW)
    assert lease is not None
    handover.close()
    handover.give(lease, [message(1)])
    assert handover.lease(NOW) is None
    assert handover.take(NOW, 5) == []
