"""`tanggap agency token` as an operator types it."""

from pathlib import Path

import pytest

from services.composition import OWNERS, migrations_of
from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from services.desk.directory.tokens import recognise
from shared.city import Agency
from shared.clock import SystemClock
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.operations.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for owner in OWNERS:
        database = Database(f"sqlite:///{tmp_path / owner}.db")
        migrate(database.engine, migrations_of(owner))
        if owner == "desk":
            with database.write() as tx:
                repository_agencies.add(tx, entry_of(Agency("DLH", "Dinas Lingkungan Hidup", "internal")))
        database.close()
    return Shell({"TANGGAP_DATA": str(tmp_path)})


def agency_of(folder: Path, token: str) -> str | None:
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    try:
        holder = recognise(database, token, SystemClock().now())
        return None if holder is None else holder.agency
    finally:
        database.close()


def test_a_token_is_made_listed_and_revoked(shell: Shell, tmp_path: Path) -> None:
    made = shell.run("agency", "token", "add", "DLH", "SIM DLH", "--scope", "cases:read", "--scope", "cases:write")
    assert made.code == 0, made.err
    secret = made.out.split()[-1]
    assert agency_of(tmp_path, secret) == "DLH"
    (listed,) = shell.run("agency", "token", "list", "DLH", "--json").json()["tokens"]
    assert (listed["name"], listed["state"], listed["scopes"]) == ("SIM DLH", "valid", ["cases:read", "cases:write"])
    assert listed["last_used_at"] is not None
    assert secret not in shell.run("agency", "token", "list", "DLH").out
    assert shell.run("agency", "token", "revoke", "DLH", "SIM DLH").code == 0
    assert agency_of(tmp_path, secret) is None


def test_what_cannot_be_done_is_told(shell: Shell) -> None:
    assert "no agency NOWHERE" in shell.run("agency", "token", "add", "NOWHERE", "x").err
    assert shell.run("agency", "token", "add", "DLH", "x", "--scope", "all").code == 2
    made = shell.run("agency", "token", "add", "DLH", "x", "--for-ever", "--json").json()
    assert (made["expires_at"], made["scopes"]) == (None, ["cases:read"])
    assert "Sudah ada token" in shell.run("agency", "token", "add", "DLH", "x").err
    missing = shell.run("agency", "token", "revoke", "DLH", "y")
    assert (missing.code, "has no token y" in missing.err) == (1, True)
