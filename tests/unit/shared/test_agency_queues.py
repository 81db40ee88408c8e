"""What follows from an agency's code; that it does what it says is tried on a real broker in tests/integration."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.agency_queues import AgencyQueue, address_for
from shared.messaging.topology import QUEUES

CODES = st.from_regex(r"[A-Z][A-Z0-9_]{1,39}", fullmatch=True)


def test_the_names_that_agencies_are_told() -> None:
    queue = AgencyQueue("DLH")
    assert (queue.name, queue.dead, queue.user) == ("agency.DLH.v1", "agency.DLH.v1.dead", "agency-DLH")
    assert queue.bindings == (
        ("tanggap.dead", "agency.DLH.v1", "agency.DLH.v1.dead"),
        ("tanggap.agencies", "DLH", "agency.DLH.v1"),
    )


def test_the_arguments_are_those_of_the_release() -> None:
    """A queue's arguments cannot be changed later: another set needs another name."""
    assert AgencyQueue("DLH").arguments == {
        "x-queue-type": "quorum",
        "x-delivery-limit": 1_000_000,
        "x-max-length": 10_000,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "tanggap.dead",
        "x-dead-letter-routing-key": "agency.DLH.v1",
        "x-dead-letter-strategy": "at-least-once",
    }


@given(CODES, CODES)
def test_a_user_reads_its_queue_and_no_other(code: str, other: str) -> None:
    rights = AgencyQueue(code).rights
    assert (rights["configure"], rights["write"]) == ("^$", "^$")
    names = [AgencyQueue(code).name, AgencyQueue(code).dead, *(queue.name for queue in QUEUES)]
    names += [AgencyQueue(other).name, AgencyQueue(other).dead, "amq.topic", "tanggap.events"]
    readable = {name for name in names if re.search(rights["read"], name)}
    assert readable == {AgencyQueue(code).name}


@pytest.mark.parametrize(
    ("broker", "made"),
    [
        ("amqp://migrate:geheim@rabbitmq:5672/tanggap", "amqp://agency-DLH:a%2Fb@rabbitmq:5672/tanggap"),
        ("amqps://broker.example:5671/tanggap", "amqps://agency-DLH:a%2Fb@broker.example:5671/tanggap"),
        ("amqps://[2001:db8::1]/v?heartbeat=10", "amqps://agency-DLH:a%2Fb@[2001:db8::1]/v?heartbeat=10"),
    ],
)
def test_an_address_gets_the_agency_s_name_and_loses_the_operator_s(broker: str, made: str) -> None:
    assert address_for(broker, "agency-DLH", "a/b") == made
