"""From the version before to this one while citizens complain: the database first, then process by process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.audit import audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.support.eventually import eventually
from tests.support.old_version import NoHistory, before_the_newest_migrations, unpack
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import OWNERS, ROOT, DistributedSystem

LONG = os.environ.get("TANGGAP_PROOF") == "long"
MESSAGES_IN_FLIGHT = 40

pytestmark = pytest.mark.skipif(not LONG, reason="minutes: make drills (TANGGAP_PROOF=long)")


@pytest.fixture
def old_version(tmp_path: Path) -> Path:
    try:
        commit = before_the_newest_migrations()
    except NoHistory as problem:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(problem))
    print(f"the version before: {commit[:10]}")
    return unpack(commit, tmp_path / "old-version")


@pytest.fixture
def system(tmp_path: Path, old_version: Path, rabbit_node: RabbitNode) -> Iterator[DistributedSystem]:
    """Of the old version, on a server of its own."""
    rabbit_node.create_vhost("upgrade")
    with PostgresServer(durable=True) as server:
        system = DistributedSystem(
            tmp_path / "data", rabbit_node, "upgrade", server, server.create_database("upgrade"), root=old_version
        )
        with system:
            yield system


def revisions(system: DistributedSystem) -> dict[str, str]:
    return {owner: system.rows(owner, "SELECT version_num FROM alembic_version")[0][0] for owner in OWNERS}


def in_flight(system: DistributedSystem) -> int:
    """Messages that were published and that nobody has heard."""
    said = sum(system.rows(owner, "SELECT coalesce(sum(queues), 0) FROM outbox")[0][0] for owner in OWNERS)
    heard = sum(system.rows(owner, "SELECT count(*) FROM inbox")[0][0] for owner in OWNERS)
    return int(said) - int(heard)


def test_services_are_replaced_one_by_one_by_a_newer_version(system: DistributedSystem) -> None:
    old = revisions(system)
    citizens = Citizens(system, None, first=1, crowd=4, seconds=0.4, channels=ALL)
    citizens.start()
    try:
        citizens.await_more(40)
        # Some of what the old version says is heard by the new one only.
        for name in ("router", "notifier"):
            assert system.processes[name].terminate(20) == 0, system.processes[name].tail(40)
        eventually(lambda: in_flight(system) >= MESSAGES_IN_FLIGHT, 60, describe=system.describe)

        system.root = ROOT
        system.migrate()
        assert all(revisions(system)[owner] != old[owner] for owner in OWNERS)
        waiting, taken = in_flight(system), len(citizens.ledger.tickets)
        citizens.await_more(20)  # by the old intake on the new schema
        print(f"{waiting} messages of the old version in flight, {taken} complaints taken by then")

        for name in ("router", "notifier", "desk", "intake", "mail"):
            system.replace(name)
            citizens.await_more(10)
    finally:
        citizens.stop()
    system.await_ready()
    found = audit_at_rest(system, citizens.ledger, 180, describe=system.describe)
    print(f"{found}, tried again: {dict(citizens.ledger.delays)}")
    assert (citizens.ledger.refused, found.lost, found.doubled, found.dead) == ([], [], [], [])
    assert [why for why in citizens.ledger.delays if why.startswith("away")] == [], "nobody was answered 503"
