"""`tanggap audit verify` at a terminal: what it says, in how many columns, and with which code it ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from services.composition import OWNERS, migrations_of
from services.operations.installation import open_installation
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.operations.auditing import KEY, SEALS, Sealing
from tests.unit.operations.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    for owner in OWNERS:
        database = Database(f"sqlite:///{tmp_path / owner}.db")
        migrate(database.engine, migrations_of(owner))
        database.close()
    return Shell({"TANGGAP_DATA": str(tmp_path), "TANGGAP_AUDIT_KEYS": KEY, "COLUMNS": "80"})


@pytest.fixture
def sealing(shell: Shell, tmp_path: Path) -> Iterator[Sealing]:
    with open_installation({"TANGGAP_DATA": str(tmp_path)}) as installation:
        made = Sealing(installation)
        made.seal()
        for service in OWNERS:
            made.act(service, count=2)
        made.seal()
        yield made


def test_all_is_well(shell: Shell, sealing: Sealing) -> None:
    mailed = sealing.mailed()
    said = shell.run("audit", "verify", "--count", str(mailed.count), "--head", mailed.mac.upper())
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines()[1:] == ["head: 8", mailed.mac, "all rows are as they were sealed"]
    assert "8 rows and 8 seals" in said.out


def test_without_a_mailed_head_it_says_what_it_cannot_tell(shell: Shell, sealing: Sealing) -> None:
    said = shell.run("audit", "verify")
    assert said.code == 0
    assert "not compared with a mailed head" in said.out


def test_everything_that_can_be_wrong_in_eighty_columns(shell: Shell, sealing: Sealing) -> None:
    router, desk, intake = (sealing.audit(name) for name in ("router", "desk", "intake"))
    sealing.later(minutes=30)
    sealing.act("notifier", at=sealing.clock.now().replace(year=2020))
    sealing.seal()
    mailed = sealing.mailed()
    sealing.act("intake")
    sealing.tamper("router", update(router).where(router.c.seq == 1).values(actor="x"))
    sealing.tamper("desk", delete(desk).where(desk.c.seq == 2))
    sealing.tamper("intake", update(intake).where(intake.c.seq == 3).values(at=sealing.clock.now().replace(year=2021)))
    sealing.tamper("desk", update(SEALS).where(SEALS.c.n == 3).values(late=True))
    sealing.tamper("desk", delete(SEALS).where(SEALS.c.n == 9))
    said = shell.run("audit", "verify", "--count", str(mailed.count), "--head", mailed.mac)
    assert said.code == 1
    for words in (
        "altered: 1", "router row 1 is not as it was sealed on", "removed: 1", "desk row 2, sealed on", "cut off: 1",
        "the mailed head counts 9 seals, there are 8", "chain broken: 1", "seal 3 (",
    ):  # fmt: skip
        assert words in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    found = shell.run("audit", "verify", "--json").json()
    assert not found["ok"]
    assert found["counts"]["altered"] == 1
    assert found["compared_with_mail"] is False
    assert {"kind", "service", "seq", "n", "saw", "todo"} == set(found["troubles"][0])


def test_many_are_counted_and_some_are_shown(shell: Shell, sealing: Sealing) -> None:
    sealing.act("router", count=50)
    sealing.seal()
    sealing.tamper("router", delete(sealing.audit("router")))
    said = shell.run("audit", "verify")
    assert "removed: 52" in said.out
    assert "and 32 more" in said.out
    assert len(said.out.splitlines()) < 35


def test_since_believes_what_was_sealed_before(shell: Shell, sealing: Sealing) -> None:
    sealing.tamper("router", delete(sealing.audit("router")))
    assert shell.run("audit", "verify").code == 1
    assert shell.run("audit", "verify", "--since", "2100-01-01").code == 0


@pytest.mark.parametrize(
    ("keys", "words"),
    [(None, "the key of the seals is needed"), ("short", "shorter than 32"), ("k" * 40, "need another key")],
)
def test_the_key_is_missing_or_another(shell: Shell, sealing: Sealing, keys: str | None, words: str) -> None:
    said = shell.run("audit", "verify", TANGGAP_AUDIT_KEYS=keys)
    assert said.code == (1 if keys == "k" * 40 else 2)
    assert words in said.out + said.err


def test_half_of_a_mailed_head_is_refused(shell: Shell, sealing: Sealing) -> None:
    said = shell.run("audit", "verify", "--count", "8")
    assert said.code == 2
    assert "give both" in said.err


def test_a_demonstration_s_own_key_is_found(shell: Shell, sealing: Sealing, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "audit_keys").write_text(KEY + "\n")
    assert shell.run("audit", "verify", TANGGAP_AUDIT_KEYS=None).code == 0
