"""A backup of the stack under load, and an empty stack that goes on from it."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.chaos.audit import at_rest, unfinished
from tests.compose.stack import Stack
from tests.e2e.backup_load import Complainers
from tests.support.eventually import eventually

ENOUGH = 40
USER = 10001


@pytest.fixture(scope="module")
def backups(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the operator made for them, as docs/operations.md says."""
    folder = tmp_path_factory.mktemp("backups")
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    else:
        folder.chmod(0o777)
    with stack._env_file.open("a") as file:
        file.write(f"STACK_BACKUPS={folder}\n")
    return folder


def test_everything_comes_back_into_an_empty_stack(stack: Stack, backups: Path) -> None:
    crowd = Complainers(stack)
    crowd.start()
    try:
        eventually(lambda: len(crowd.told_before(time.monotonic())) > ENOUGH, 60, describe=stack.describe)
        told = crowd.told_before(time.monotonic())
        output = stack.compose("run", "--rm", "backup", "--keep", "3")
        after = time.monotonic()
        eventually(lambda: len(crowd.told_before(time.monotonic())) > len(crowd.told_before(after)), 20)
    finally:
        crowd.stop()
    assert "/run/secrets/contact_keys" in output, output
    (archive,) = backups.iterdir()
    assert archive.stat().st_mode & 0o777 == 0o600
    stack.compose("run", "--rm", "backup", "--verify", archive.name)
    with pytest.raises(AssertionError, match="services are connected to the database"):
        stack.compose("run", "--rm", "restore", archive.name, "--replace", "--yes")

    stack.compose("down", "-v", "-t", "12")
    restored = stack.compose("run", "--rm", "restore", archive.name, "--reconcile")
    assert "restored; start the services" in restored
    stack.up()
    eventually(lambda: at_rest(stack), 60, every=0.5, describe=lambda: unfinished(stack))
    found = sorted(row[0] for row in stack.rows("intake", "SELECT ticket FROM complaints"))
    assert told <= set(found)
    for owner, statement in (
        ("router", "SELECT ticket FROM decisions"),
        ("desk", "SELECT ticket FROM cases"),
        ("notifier", "SELECT ticket FROM deliveries WHERE message = 'receipt'"),
    ):
        assert sorted(row[0] for row in stack.rows(owner, statement)) == found, owner
    stack.compose("run", "--rm", "operator", "reconcile", "--older-than", "0")
    _the_way_works(stack)


def test_a_restored_database_gives_nobody_more_rights(stack: Stack, backups: Path) -> None:
    """What tests of least rights try from inside goes on to hold; here only what a dump could have brought."""
    owners = "SELECT DISTINCT schemaname || ':' || tableowner FROM pg_tables WHERE schemaname IN ('intake', 'desk')"
    assert sorted(stack.rows("intake", owners)) == [("desk:desk_owner",), ("intake:intake_owner",)]
    forbidden = "SELECT has_table_privilege('desk', 'desk.audit', 'DELETE')::int"
    assert stack.rows("desk", forbidden) == [(0,)]


def test_a_folder_of_somebody_else_is_a_sentence(stack: Stack, backups: Path) -> None:
    owner, before = backups.stat().st_uid, sorted(backups.iterdir())
    if os.geteuid() == 0:
        shutil.chown(backups, 0)
    else:
        backups.chmod(0o555)
    try:
        with pytest.raises(AssertionError, match=f"/backups cannot be written by user {USER}.*chown {USER}"):
            stack.compose("run", "--rm", "backup")
    finally:
        if os.geteuid() == 0:
            shutil.chown(backups, owner)
        else:
            backups.chmod(0o777)
    assert sorted(backups.iterdir()) == before


def _the_way_works(stack: Stack) -> None:
    receipt = stack.submit("PJU mati di Jalan Baros sesudah pemulihan", contact={"email": "baru@example.org"}).json()
    status = lambda: stack.status(receipt["ticket"], receipt["tracking_code"])["status"]  # noqa: E731
    eventually(lambda: status() == "routed", 30, every=0.3, describe=stack.describe)
    eventually(lambda: len(stack.captured(receipt["ticket"])) == 2, 30, every=0.3, describe=stack.describe)
