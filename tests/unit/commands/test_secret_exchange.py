"""Exchanging a secret in steps: what one process shows the next one accepts, and a step that was cut off is no step."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from services.__main__ import main
from services.commands.secret_exchange import ADD, RETIRE, STEPS, USE, Secret, next_step, read, turn_of
from services.commands.secret_files import DEFINITIONS
from services.commands.secret_folder import NOTE, SecretFolder
from services.commands.secret_kinds import BY_HAND, EXCHANGEABLE, Kind
from services.commands.secrets import write_secrets
from services.operations.sealed_proof import GOOD_FOR_SECONDS, check_proof, proof_of
from shared.errors import ConfigError
from shared.keyring import accepts, used_of, values_of
from shared.logins import user_of
from shared.messaging.rabbit_definitions import password_fits

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
RINGS = sorted(name for name, one in EXCHANGEABLE.items() if one.kind in (Kind.RING, Kind.SEALING, Kind.LASTING))
LOGINS = sorted(name for name, one in EXCHANGEABLE.items() if one.kind == Kind.LOGIN)


@pytest.fixture
def folder(tmp_path: Path) -> SecretFolder:
    write_secrets(tmp_path / "secrets", {})
    return SecretFolder(tmp_path / "secrets")


def run(folder: SecretFolder, *args: str) -> Result:
    return CliRunner().invoke(main, ["secrets", "--folder", str(folder.path), *args])


def fresh() -> Iterator[str]:
    return (f"value-{number}-{'v' * 32}" for number in count(1))


def test_every_secret_of_the_stack_can_be_exchanged_or_says_why_not(folder: SecretFolder) -> None:
    others = {DEFINITIONS, "tls_certificate.pem", "tls_key.pem"}
    assert {path.name for path in folder.files()} - others <= set(EXCHANGEABLE) | set(BY_HAND)
    for name in BY_HAND:
        said = run(folder, "add", name)
        assert (said.exit_code, f"{name}: {BY_HAND[name]}"[:60] in said.output) == (2, True), said.output


@pytest.mark.parametrize("name", RINGS)
@given(rounds=st.integers(1, 3))
def test_what_a_process_uses_is_accepted_one_step_before_and_after(name: str, rounds: int) -> None:
    kind, content, random, steps = EXCHANGEABLE[name], "first-" + "f" * 32, fresh(), [st for st in STEPS]
    states = [content]
    for _ in range(rounds):
        taken: list[object] = []
        secret = Secret(kind, content)
        while turn := turn_of(secret):
            assert turn in steps
            step = next_step(secret, turn, NOW, lambda: next(random))
            secret = read(kind, step.after, [*secret.steps, step])
            states.append(secret.content)
            taken.append(turn)
        content = secret.content
        assert taken == ([ADD, USE] if kind.kind == Kind.LASTING else [ADD, USE, RETIRE])
    for before, after in pairwise(states):
        assert accepts(before, used_of(after))
        assert accepts(after, used_of(before))
    assert used_of(states[-1]) != used_of(states[0])
    assert len(values_of(states[-1])) == (rounds + 1 if kind.kind == Kind.LASTING else 1)


@pytest.mark.parametrize("name", LOGINS)
def test_the_two_users_of_a_service_take_turns(folder: SecretFolder, name: str) -> None:
    seen = [folder.secret(name).content]
    for _ in range(2):
        for step in ("add", "use", "retire", "forget"):
            assert run(folder, step, name).exit_code == 0
        seen.append(folder.secret(name).content)
    owner = name.split("_")[0]
    assert [user_of(one) for one in seen] == [owner, f"{owner}_2", owner]
    assert len({urlsplit(one).password for one in seen}) == 3
    assert len({one.rpartition("@")[2] for one in seen}) == 1, "the same server"


def test_the_broker_knows_both_users_between_add_and_retire(folder: SecretFolder) -> None:
    name, known = "router_broker_url", []
    for step in ("", "add", "use", "retire"):
        if step:
            said = run(folder, step, name)
            assert said.exit_code == 0, said.output
        document = json.loads((folder.path / DEFINITIONS).read_text())
        hashes = {one["name"]: one["password_hash"] for one in document["users"]}
        for address in filter(None, (folder.secret(name).content, folder.secret(name).beside)):
            assert password_fits(hashes[user_of(address)], urlsplit(address).password or "")
        ours = {one["user"]: one for one in document["permissions"] if one["user"].startswith("router")}
        assert len({(one["configure"], one["write"], one["read"]) for one in ours.values()}) == 1, "the same rights"
        assert {one["user"] for one in document["topic_permissions"]} >= set(ours)
        known.append(sorted(ours))
        assert write_secrets(folder.path, {}) == [], "making what is missing leaves an exchange alone"
    assert known == [["router"], ["router", "router_2"], ["router", "router_2"], ["router_2"]]


def test_the_superuser_s_two_files_say_the_same(folder: SecretFolder) -> None:
    before = (folder.path / "postgres_password").read_text()
    for step in ("add", "use", "undo", "use"):
        assert run(folder, step, "admin_database_url").exit_code == 0
        address = (folder.path / "admin_database_url").read_text().strip()
        assert urlsplit(address).password == (folder.path / "postgres_password").read_text().strip()
        assert user_of(address) == "postgres"
    assert (folder.path / "postgres_password").read_text() != before


def test_steps_have_an_order_and_can_be_taken_back(folder: SecretFolder) -> None:
    name = "service_token"
    states = [folder.secret(name).content]
    for early in ("use", "retire", "undo", "forget"):
        assert run(folder, early, name).exit_code == 2
    for step in STEPS:
        assert run(folder, step, name).exit_code == 0
        assert run(folder, step, name).exit_code == 2, "not twice"
        states.append(folder.secret(name).content)
    assert run(folder, "add", name).exit_code == 2, "the one before is to be forgotten first"
    for state in reversed(states[:-1]):
        assert run(folder, "undo", name).exit_code == 0
        assert folder.secret(name).content == state
    assert (folder.path / name).stat().st_mode & 0o777 == 0o444
    assert (folder.path / NOTE).stat().st_mode & 0o777 == 0o600


def test_no_value_is_printed_and_forgotten_ones_are_gone(folder: SecretFolder) -> None:
    said, values = "", set()
    for name in ("service_token", "desk_database_url", "monitoring_password"):
        for step in STEPS:
            said += (
                run(folder, step, name).output + run(folder, "status").output + run(folder, "status", "--json").output
            )
            content = folder.secret(name).content
            values |= {urlsplit(one).password or one for one in values_of(content)}
        old = folder.secret(name).steps[0].before
        said += run(folder, "forget", name).output
        assert all(old not in path.read_text() for path in folder.path.iterdir())
    assert len(values) == 6
    assert not [value for value in values if value in said]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("written", [0, 1])
def test_a_step_that_was_cut_off_can_be_taken_again(
    folder: SecretFolder, step: str, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes before the note is there, or between note and file."""
    name = "service_token"
    for one in STEPS[: STEPS.index(step)]:
        run(folder, one, name)
    before, left, real = folder.secret(name).content, count(), os.replace

    def replace_until(source: Path, target: Path) -> Path:
        if next(left) >= written:
            raise KeyboardInterrupt
        real(source, target)
        return target

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace_until)
        with pytest.raises(KeyboardInterrupt):
            folder.step(name, step, NOW, lambda: "n" * 40)
    assert (folder.secret(name).content, folder.secret(name).stage) == (before, _before(step))
    assert run(folder, step, name).exit_code == 0
    assert folder.secret(name).stage == step


def test_a_file_that_was_changed_by_hand_is_left_alone(folder: SecretFolder) -> None:
    name = "service_token"
    run(folder, "add", name)
    (folder.path / name).unlink()
    (folder.path / name).write_text("by-hand-" + "h" * 32 + "\n")
    said = run(folder, "use", name)
    assert (said.exit_code, "--as-it-is" in said.output) == (2, True), said.output
    assert run(folder, "forget", name, "--as-it-is").exit_code == 0
    assert folder.secret(name).content == "by-hand-" + "h" * 32
    assert run(folder, "add", name).exit_code == 0


def test_a_key_that_seals_goes_only_with_a_proof(folder: SecretFolder) -> None:
    name = "contact_keys"
    run(folder, "add", name)
    run(folder, "use", name)
    keys = values_of(folder.secret(name).content)
    for wrong in ((), ("--resealed", "x"), ("--resealed", proof_of(name, keys[::-1], datetime.now(UTC)))):
        said = run(folder, "retire", name, *wrong)
        assert (said.exit_code, "tanggap reseal contact_keys" in said.output) == (2, True), said.output
    assert run(folder, "retire", name, "--resealed", proof_of(name, keys, datetime.now(UTC))).exit_code == 0
    assert values_of(folder.secret(name).content) == keys[:1]


@pytest.mark.parametrize("age_seconds", [-1, GOOD_FOR_SECONDS + 1])
def test_a_proof_is_good_for_an_hour(age_seconds: int) -> None:
    proof = proof_of("content_keys", ("a", "b"), NOW)
    check_proof(proof, "content_keys", ("a", "b"), NOW + timedelta(seconds=GOOD_FOR_SECONDS))
    with pytest.raises(ConfigError, match="hour"):
        check_proof(proof, "content_keys", ("a", "b"), NOW + timedelta(seconds=age_seconds))


def test_old_keys_of_the_audit_stay(folder: SecretFolder) -> None:
    first = folder.secret("audit_keys").content
    for step in ("add", "use"):
        assert run(folder, step, "audit_keys").exit_code == 0
    said = run(folder, "retire", "audit_keys")
    assert (said.exit_code, "stay for good" in said.output) == (2, True), said.output
    assert run(folder, "forget", "audit_keys").exit_code == 0
    assert values_of(folder.secret("audit_keys").content)[1:] == (first,)


def _before(step: str) -> str:
    return ("", *STEPS)[STEPS.index(step)]
