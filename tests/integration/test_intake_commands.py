"""`tanggap keys` and `tanggap block`: what an operator types, and what intake does with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.intake import tables
from services.intake.submission import Contact
from tests.unit.intake.building import KEY, TOKEN, Intake, intake, submission
from tests.unit.operations.shell import Shell


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell({
        "TANGGAP_DATA": str(tmp_path), "TANGGAP_CONTENT_KEYS": KEY, "TANGGAP_CONTACT_KEYS": KEY,
        "TANGGAP_CONTACT_PEPPER": "p" * 40, "TANGGAP_SESSION_KEY": "s" * 40, "TANGGAP_SERVICE_TOKEN": TOKEN,
    })  # fmt: skip


def send(built: Intake, key: str) -> Any:
    return built.client.post(
        "/api/v1/complaints", json={"text": "Lampu padam"}, headers={"Authorization": f"Bearer {key}"}
    )


def test_a_key_is_issued_shown_once_and_revoked(built: Intake, shell: Shell) -> None:
    said = shell.run("keys", "issue", "lapor-sp4n", "--scope", "complaints:write", "--per-minute", "5")
    assert said.code == 0, said.err
    key = said.out.strip()
    assert send(built, key).status_code == 201
    listed = shell.run("keys", "list")
    assert "lapor-sp4n" in listed.out
    assert key.rpartition("_")[2] not in listed.out + shell.run("keys", "list", "--json").out
    (row,) = shell.run("keys", "list", "--json").json()["keys"]
    assert (row["name"], row["scopes"], row["per_minute"]) == ("lapor-sp4n", ["complaints:write"], 5)
    assert shell.run("keys", "revoke", "lapor-sp4n").code == 0
    assert send(built, key).status_code == 401
    for args, words in (
        (("keys", "revoke", "lapor-sp4n"), "no key named"),
        (("keys", "issue", "lapor-sp4n", "--scope", "complaints:read"), "issued before"),
        (("keys", "issue", "La Por", "--scope", "complaints:read"), "small letters"),
    ):
        said = shell.run(*args)
        assert said.code != 0
        assert words in said.err


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("Siti@Example.org", Contact("siti@example.org")), ("0812 3456 7890", Contact(phone="+6281234567890"))],
)
def test_a_blocked_contact_is_heard_and_told_nothing(built: Intake, shell: Shell, typed: str, sent: Contact) -> None:
    said = shell.run("block", "add", typed, "--reason", "mengganggu")
    assert said.code == 0, said.err
    built.door.accept(submission(provider_id="m1", contact=sent))
    (row,) = built.rows(tables.complaints)
    assert row["flags"] == ["blocked_contact"]
    assert row["receipt"] == "capped"
    listed = shell.run("block", "list", "--json").json()["blocked"]
    assert [one["reason"] for one in listed] == ["mengganggu"]
    assert "siti" not in str(listed).lower()
    assert shell.run("block", "remove", listed[0]["contact_key"][:12]).code == 0
    assert shell.run("block", "list").out.strip() == "nobody is blocked"
    assert "not blocked" in shell.run("block", "remove", typed).err
    assert [row["act"] for row in built.rows(tables.audit)] == ["block.add", "block.remove"]


def test_what_is_no_contact_and_no_reason_is_refused(built: Intake, shell: Shell) -> None:
    assert "neither an e-mail address" in shell.run("block", "add", "siapa", "--reason", "x").err
    assert "--reason" in shell.run("block", "add", "siti@example.org", "--reason", " ").err
    assert built.rows(tables.audit) == []


def test_a_folder_without_an_installation_is_named(shell: Shell, tmp_path: Path) -> None:
    for command in (("keys", "list"), ("block", "list"), ("quarantine", "list")):
        said = shell.run(*command, "--data", str(tmp_path / "nowhere"))
        assert said.code == 2
        assert f"there is no {tmp_path / 'nowhere'}/intake.db" in said.err
    assert not (tmp_path / "nowhere").exists()
