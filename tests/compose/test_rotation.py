"""Secrets are exchanged and containers replaced by the operator's scripts, while citizens complain at the proxy.

A quarter of an hour: only with `TANGGAP_PROOF=long`, as `make proof` has it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.audit import audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.compose.conftest import Numbers
from tests.compose.stack import SERVICES, Stack

LONG = os.environ.get("TANGGAP_PROOF") == "long"
VALUES = ("service_token", "contact_keys", "desk_session_key")
USERS = ("intake_database_url", "router_broker_url", "admin_database_url", "monitoring_password")

pytestmark = pytest.mark.skipif(not LONG, reason="a quarter of an hour: make proof (TANGGAP_PROOF=long)")


@contextmanager
def citizens_who_see_no_gap(stack: Stack, numbers: Numbers) -> Iterator[Citizens]:
    """Who comes by mail may have to try again; nobody else, ever. Counted at the end."""
    citizens = Citizens(stack, None, first=numbers(), crowd=4, seconds=1, channels=ALL)
    citizens.start()
    try:
        citizens.await_more(8)
        yield citizens
        citizens.await_more(8)
    finally:
        citizens.stop()
    found = audit_at_rest(stack, citizens.ledger, 120, describe=stack.describe)
    print(f"{found}, tried again: {dict(citizens.ledger.delays)}")
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])
    assert [why for why in citizens.ledger.delays if not why.endswith("by_mail")] == []


def test_all_services_are_replaced_without_a_gap(stack: Stack, numbers: Numbers) -> None:
    before = {name: stack.containers()[name].id for name in SERVICES}
    with citizens_who_see_no_gap(stack, numbers):
        said = stack.script("replace.sh")
    print(said)
    after = {name: stack.containers()[name].id for name in SERVICES}
    assert all(after[name] != before[name] for name in SERVICES)
    assert said.count("the old one ended with code 0") == len(SERVICES) - 1
    stack.await_healthy()


def test_a_container_that_does_not_become_ready_replaces_nobody(stack: Stack) -> None:
    before = stack.containers()["router"].id
    key = stack.secrets / "content_keys"
    kept = key.read_text()
    key.unlink()
    key.write_text("short\n")
    try:
        with pytest.raises(AssertionError, match="a key is shorter than 32 signs"):
            stack.script("replace.sh", "router")
    finally:
        key.unlink()
        key.write_text(kept)
    assert stack.containers()["router"].id == before
    stack.await_healthy("router")


@pytest.mark.parametrize("names", [USERS, VALUES], ids=["users", "values"])
def test_secrets_are_exchanged_without_a_gap(stack: Stack, numbers: Numbers, names: tuple[str, ...]) -> None:
    before = {name: stack.secret(name) for name in names}
    with citizens_who_see_no_gap(stack, numbers):
        said = stack.script("rotate.sh", "--on", *names, timeout=3000)
    print(said)
    for name, value in before.items():
        assert value not in stack.secret(name)
        assert f"{name} is exchanged" in said
        stack.compose("run", "--rm", "secrets", "forget", name)
    code, seen = stack.operate("doctor")
    assert code == 0, seen
