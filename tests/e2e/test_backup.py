"""A backup under load, and the whole system back from it on an empty machine, in both forms."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.audit import at_rest, unfinished
from tests.e2e.backup_load import Complainers
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import OWNERS, DistributedSystem, EmbeddedSystem, System
from tests.unit.operations.shell import Shell, shell_of

ENOUGH = 60


@pytest.fixture
def empty_server() -> Iterator[PostgresServer]:
    """A PostgreSQL on which nothing of ours has ever been."""
    with PostgresServer() as server:
        yield server


def backed_up_under_load(system: System, shell: Shell, target: Path) -> tuple[Path, set[str]]:
    """The archive, and what citizens had been told before the command began."""
    crowd = Complainers(system)
    crowd.start()
    try:
        eventually(lambda: len(crowd.told_before(time.monotonic())) > ENOUGH, 30, describe=system.describe)
        before = crowd.told_before(time.monotonic())
        said = shell.run("backup", str(target))
        assert said.code == 0, said.err
        after = time.monotonic()
        eventually(lambda: len(crowd.told_before(time.monotonic())) > len(crowd.told_before(after)), 15)
    finally:
        crowd.stop()
    (archive,) = target.glob("*.tar")
    assert shell.run("backup", "--verify", str(archive)).code == 0
    return archive, before


def all_is_well(system: System, shell: Shell, told: set[str]) -> None:
    """Everybody who had been told has everything once; nothing differs; and the way of a complaint works."""
    eventually(lambda: at_rest(system), 40, describe=lambda: unfinished(system) + system.describe())
    found = {row[0] for row in system.rows("intake", "SELECT ticket FROM complaints")}
    assert told <= found
    for owner, statement in (
        ("router", "SELECT ticket FROM decisions"),
        ("desk", "SELECT ticket FROM cases"),
        ("notifier", "SELECT ticket FROM deliveries WHERE message = 'receipt'"),
    ):
        assert sorted(row[0] for row in system.rows(owner, statement)) == sorted(found), owner
    reconciled = shell.run("reconcile", "--older-than", "0")
    assert reconciled.code == 0, reconciled.out
    receipt = system.submit("PJU mati di Jalan Baros sesudah pemulihan", contact={"email": "baru@example.org"}).json()
    status = lambda: system.status(receipt["ticket"], receipt["tracking_code"])["status"]  # noqa: E731
    eventually(lambda: status() == "routed", 20, describe=system.describe)
    eventually(lambda: len(system.captured(receipt["ticket"])) == 2, 20, describe=system.describe)


def test_embedded(tmp_path: Path) -> None:
    with EmbeddedSystem(tmp_path / "first") as system:
        shell = shell_of(system)
        archive, told = backed_up_under_load(system, shell, tmp_path / "backups")
        refused = shell.run("restore", str(archive), "--replace", "--yes")
        assert (refused.code, "runs on" in refused.err) == (2, True), refused.err
        assert system.submit("Sampah menumpuk, sistem masih jalan").status_code == 201
    second = EmbeddedSystem(tmp_path / "second")
    shell = shell_of(second)
    refused = shell.run("restore", str(archive))
    assert (refused.code, "put the contact_keys of that time in place" in refused.err) == (2, True), refused.err
    shutil.copytree(tmp_path / "first" / "secrets", second.data / "secrets")
    assert sorted(path.name for path in second.data.iterdir()) == ["secrets"], "nothing was touched"
    said = shell.run("restore", str(archive), "--reconcile")
    assert said.code == 0, said.err
    with second:
        all_is_well(second, shell, told)


def test_distributed(
    tmp_path: Path, rabbit_node: RabbitNode, postgres_server: PostgresServer, empty_server: PostgresServer
) -> None:
    for vhost in ("backup-first", "backup-second"):
        rabbit_node.create_vhost(vhost)
    database = postgres_server.create_database("backup_first")
    with DistributedSystem(tmp_path / "first", rabbit_node, "backup-first", postgres_server, database) as system:
        environment = system.operator_environment()
        archive, told = backed_up_under_load(system, Shell(environment), tmp_path / "backups")
        refused = Shell(environment).run("restore", str(archive), "--replace", "--yes")
        assert (refused.code, "services are connected to the database: desk" in refused.err) == (2, True), refused.err
        assert system.submit("Sampah menumpuk, sistem masih jalan").status_code == 201

    database = empty_server.create_database("backup_second")
    second = DistributedSystem(tmp_path / "second", rabbit_node, "backup-second", empty_server, database)
    said = Shell(second.operator_environment()).run("restore", str(archive), "--reconcile")
    assert said.code == 0, said.err
    with second:
        shell = shell_of(second, rabbit_node.url("backup-second"))
        all_is_well(second, shell, told)
    for owner in OWNERS:
        owners = f"SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = '{owner}'"
        assert second.rows(owner, owners) == [(f"{owner}_owner",)]
