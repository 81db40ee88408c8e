"""A complaint by each channel, and again while each container is killed in the middle of their way.

Just before the kill some were taken and are under way; while the container lies dead others are sent; and it is started
again. Nobody but the database and the two doors can keep a citizen waiting, and these say so in words that programs
understand: anything else would stand among the refusals.

The short form hits the broker and one of the doors; the long one (`make proof`) hits everybody.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.audit import audit_at_rest
from tests.chaos.channels import ALL, AWAY, UNREACHABLE
from tests.chaos.load import Citizens
from tests.compose import faults
from tests.compose.conftest import Numbers
from tests.compose.stack import EVERYTHING, Stack
from tests.support.eventually import eventually

LONG = os.environ.get("TANGGAP_PROOF") == "long"
KILLED = EVERYTHING if LONG else ("rabbitmq", "intake")
CUT_OFF = ("intake", "router", "notifier", "rabbitmq", "postgres") if LONG else ("notifier", "rabbitmq")
BY_HTTP = ("by_api", "by_sms", "by_form")
DELAYS = {
    "postgres": {f"{AWAY} {channel.__name__}" for channel in ALL},
    "intake": {f"{AWAY} {name}" for name in BY_HTTP},
    "proxy": {f"{UNREACHABLE} {name}" for name in BY_HTTP},
    "mail": {f"{UNREACHABLE} by_mail"},
}
"""Why somebody may have had to try again while this one was dead; nobody for the others."""


@pytest.fixture
def citizens(stack: Stack, numbers: Numbers) -> Iterator[Citizens]:
    stack.await_healthy()
    one = Citizens(stack, None, first=numbers(), channels=ALL, patience_seconds=60)
    yield one
    stack.await_healthy()


def test_a_complaint_by_each_channel(stack: Stack, citizens: Citizens) -> None:
    with ThreadPoolExecutor(len(ALL)) as crowd:
        _send(crowd, citizens, 0)
    _everything_arrives_once(stack, citizens, 4)
    assert not citizens.ledger.delays


@pytest.mark.parametrize("victim", KILLED)
def test_a_container_is_killed_in_the_middle_of_their_way(stack: Stack, citizens: Citizens, victim: str) -> None:
    container = stack.containers()[victim]
    with ThreadPoolExecutor(3 * len(ALL)) as crowd:
        _send(crowd, citizens, 0)
        container.kill()
        try:
            meanwhile = crowd.submit(_send, crowd, citizens, 1)
            if victim in DELAYS:
                eventually(lambda: set(citizens.ledger.delays) == DELAYS[victim], 20, describe=lambda: citizens.ledger)
            else:
                meanwhile.result(20)
        finally:
            container.start()
        stack.await_healthy(victim)
        meanwhile.result(60)
        _send(crowd, citizens, 2)
    _everything_arrives_once(stack, citizens, 12)
    assert set(citizens.ledger.delays) - DELAYS.get(victim, set()) <= _on_the_way_up(victim)


@pytest.mark.parametrize("victim", CUT_OFF)
def test_a_container_is_cut_off_in_the_middle_of_their_way(stack: Stack, citizens: Citizens, victim: str) -> None:
    """Whoever spoke to it waits for an answer that never comes: nobody may wait for ever."""
    with ThreadPoolExecutor(3 * len(ALL)) as crowd:
        _send(crowd, citizens, 0)
        meanwhile = crowd.submit(_send, crowd, citizens, 1)
        faults.cut(stack, victim, 5)
        meanwhile.result(90)
        _send(crowd, citizens, 2)
    _everything_arrives_once(stack, citizens, 12)


def _send(crowd: ThreadPoolExecutor, citizens: Citizens, turn: int) -> None:
    """One by each channel at once; returns when all have been taken."""
    first = citizens.ledger.first + turn * len(ALL)
    for one in [crowd.submit(citizens.insist, number) for number in range(first, first + len(ALL))]:
        one.result(75)


def _on_the_way_up(victim: str) -> set[str]:
    """While the port is bound before the service is there, or a name is looked up that is not known again yet."""
    return {f"{AWAY} {name}" for name in BY_HTTP} if victim == "proxy" else set()


def _everything_arrives_once(stack: Stack, citizens: Citizens, count: int) -> None:
    found = audit_at_rest(stack, citizens.ledger, 60)
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])
    assert found.acknowledged == count
    assert found.told == found.routed
