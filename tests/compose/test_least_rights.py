"""Each service tries, with its own credentials from its own container, what it must not be able to do."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compose.stack import Stack

OWNERS = ("intake", "router", "notifier", "desk")
QUEUES = {
    "intake": "intake.keep-timeline.v1", "router": "router.route-complaint.v1",
    "notifier": "notifier.plan-deliveries.v1", "desk": "desk.keep-cases.v1",
}  # fmt: skip
FOREIGN_FACT = {
    "intake": "case.assigned.v1", "router": "delivery.finished.v1",
    "notifier": "complaint.received.v1", "desk": "complaint.routed.v1",
}  # fmt: skip
ATTEMPTS = Path(__file__).parent


def other(owner: str) -> str:
    return OWNERS[(OWNERS.index(owner) + 1) % len(OWNERS)]


def attempt(stack: Stack, service: str, script: str, *arguments: str) -> dict[str, Any]:
    """What became of each attempt of a script that runs in the service's container."""
    code, output = stack.run(service, "python", "-c", (ATTEMPTS / script).read_text(), *arguments)
    assert code == 0, output
    outcomes: dict[str, Any] = json.loads(output)
    return outcomes


@pytest.mark.parametrize("owner", OWNERS)
def test_a_broker_user_may_read_its_queue_and_say_its_facts_and_nothing_else(stack: Stack, owner: str) -> None:
    own, foreign = QUEUES[owner], QUEUES[other(owner)]
    outcomes = attempt(
        stack, owner, "try_broker.py", f"/run/secrets/{owner}_broker_url", own, foreign, FOREIGN_FACT[owner]
    )
    assert len(outcomes) == 16
    allowed = {"look at the own queue", *(("publish to tanggap.agencies",) if owner == "notifier" else ())}
    assert {name for name, outcome in outcomes.items() if outcome == "allowed"} == allowed
    assert {outcomes[name] for name in outcomes.keys() - allowed} == {"refused: 403"}, outcomes


def test_nobody_gets_in_by_a_default_password(stack: Stack) -> None:
    outcomes = attempt(stack, "router", "try_logins.py", stack.secret("monitoring_password"))
    assert outcomes == {
        "amqp as guest": "refused",
        "amqp without a name": "refused",
        "amqp as monitoring": "refused",
        "management as guest": 401,
        "management as router": 401,
        "management as monitoring": 200,
        "management as monitoring, a new user": 401,
    }


@pytest.mark.parametrize("owner", OWNERS)
def test_a_database_role_works_in_its_schema_and_cannot_change_or_leave_it(stack: Stack, owner: str) -> None:
    foreign = other(owner)
    outcomes = attempt(stack, owner, "try_database.py", f"/run/secrets/{owner}_database_url", owner, foreign)
    assert outcomes.pop("read its own") == "allowed"
    assert outcomes.pop("schemas it may use") == ["information_schema", "pg_catalog", owner]
    assert outcomes.pop("rights it has outside") == []
    assert outcomes == dict.fromkeys(outcomes, "refused: 42501"), outcomes
    assert len(outcomes) == 21
