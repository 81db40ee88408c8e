"""A gateway that answers and refuses whatever comes is seen, though nothing is held back from it."""

import pytest

from services.notifier.sending.refusals import refusing_channels
from services.notifier.tables import attempts
from shared.ids import new_id
from tests.integration.notifier_feedback.world import World


def attempt(world: World, reason: str, *, channel: str = "sms", outcome: str = "failed") -> None:
    (delivery_id,) = world.store(world.plan(f"c{new_id()}"))
    row = {"attempt_id": new_id(), "delivery_id": delivery_id, "number": 1, "channel": channel, "via": "kannel",
           "started_at": world.clock.now(), "outcome": outcome, "reason": reason, "answer": ""}  # fmt: skip
    with world.database.write() as tx:
        tx.execute(attempts.insert(), row)


def refusing(world: World) -> dict[str, tuple[str, int]]:
    with world.database.read() as connection:
        found = refusing_channels(connection, world.clock.now())
    return {channel: (one.reason, one.number) for channel, one in found.items()}


def test_three_in_a_row_are_a_gateway_that_refuses(world: World) -> None:
    began = world.clock.now()
    for number in range(3):
        assert refusing(world) == {}, number
        attempt(world, "refused_403")
    attempt(world, "accepted", channel="email", outcome="sent")
    assert refusing(world) == {"sms": ("refused_403", 3)}
    with world.database.read() as connection:
        assert refusing_channels(connection, world.clock.now())["sms"].since >= began
    attempt(world, "accepted", outcome="sent")
    assert refusing(world) == {}


@pytest.mark.parametrize("reason", ["refused_550", "refused_400", "bad_address", "no_such_host", "accepted"])
def test_what_may_be_one_recipient_s_own_is_none(world: World, reason: str) -> None:
    for _ in range(5):
        attempt(world, reason)
    assert refusing(world) == {}


@pytest.mark.parametrize("reason", ["refused_401", "answered_500", "refused_535", "login_refused"])
def test_what_is_the_gateway_s_is_one(world: World, reason: str) -> None:
    for _ in range(3):
        attempt(world, reason, channel="email")
    assert refusing(world) == {"email": (reason, 3)}


def test_an_hour_later_it_is_not_known_any_more(world: World) -> None:
    for _ in range(3):
        attempt(world, "refused_403")
    attempt(world, "", outcome="sending")
    assert refusing(world) == {"sms": ("refused_403", 3)}
    world.clock.advance(3_700)
    assert refusing(world) == {}
