"""The doctor's checks where something is wrong, and the commands where nothing can be looked at."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.commands.certificate import VALID_FOR, self_signed
from services.commands.rendering import age, short_id
from services.operations.bounded import ask_all
from services.operations.checks_city import check_pack
from services.operations.checks_machine import check_certificates, check_data, check_process
from services.operations.checks_settings import check_accounts, check_channels
from services.operations.finding import Finding, State
from services.operations.installation import Location, locate
from shared.clock import SystemClock
from shared.errors import Transient
from shared.storage.database import Database
from tests.unit.operations.shell import PACK, Shell

COMMANDS = (("queues",), ("dead", "list"), ("reconcile",), ("trace", "CMH-0000-0000"), ("doctor",))


def location(data: Path, **environment: str) -> Location:
    return locate({"TANGGAP_DATA": str(data), **environment})


def states(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: str(finding.state) for finding in findings}


def test_a_hanging_question_costs_no_other() -> None:
    started = time.monotonic()
    answers = ask_all({"slow": lambda: time.sleep(30), "wrong": lambda: 1 // 0, "right": lambda: 7}, 0.2)
    assert time.monotonic() - started < 5
    assert answers["right"] == 7
    assert isinstance(answers["wrong"], ZeroDivisionError)
    assert isinstance(answers["slow"], Transient)
    assert list(answers) == ["slow", "wrong", "right"]


def test_nothing_is_made_where_nothing_is(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    shell = Shell({"TANGGAP_DATA": str(folder)})
    for command in COMMANDS:
        said = shell.run(*command, COLUMNS="250")
        assert said.code == 2, command
        assert f"there is no {folder}/intake.db" in said.out + said.err, command
        assert "Traceback" not in said.out + said.err
    assert not folder.exists()


def test_an_old_schema_is_named(data: Path, shell: Shell) -> None:
    database = Database(f"sqlite:///{data / 'desk.db'}")
    with database.write() as tx:
        tx.execute(text("DELETE FROM alembic_version"))
    database.close()
    for command in COMMANDS[:-1]:
        said = shell.run(*command)
        assert (said.code, "tanggap migrate" in said.err) == (2, True)
    assert "revision missing" in shell.run("doctor").out


def test_a_broken_file_is_a_sentence(data: Path, shell: Shell) -> None:
    (data / "router.db").write_bytes(b"this is no database, it is a text that somebody put there" * 40)
    said = shell.run("queues")
    assert (said.code, "router: the database says" in said.err) == (2, True)


def test_a_process_that_does_not_run_needs_attention(data: Path) -> None:
    assert states(check_process(location(data))) == {"process": "warning"}
    (data / "tanggap.lock").write_text("1\n")
    assert states(check_process(location(data))) == {"process": "warning"}


def test_a_folder_that_is_none(data: Path) -> None:
    assert states(check_data(location(data))) == {"data folder": "ok"}
    assert states(check_data(location(data / "nowhere"))) == {"data folder": "warning"}


@pytest.mark.parametrize(
    ("made_at", "state"),
    [
        (datetime.now(UTC), "ok"),
        (datetime.now(UTC) - VALID_FOR + timedelta(days=5), "warning"),
        (datetime.now(UTC) - VALID_FOR - timedelta(days=1), "problem"),
    ],
)
def test_certificates_end(tmp_path: Path, made_at: datetime, state: str) -> None:
    (tmp_path / "ca.pem").write_text(self_signed(["localhost"], made_at)[0])
    url = f"postgresql+psycopg://desk@db/x?sslrootcert={tmp_path / 'ca.pem'}"
    found = check_certificates(location(tmp_path, TANGGAP_DESK_DATABASE_URL=url), SystemClock())
    assert states(found)["certificate ca.pem"] == state


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    options = f"{{'ca_certs': '{tmp_path}/none.pem'}}"
    found = check_certificates(
        location(tmp_path, TANGGAP_BROKER_URL=f"amqps://u@b/?ssl_options={options}"), SystemClock()
    )
    assert states(found)["certificate none.pem"] == "problem"


def test_channels_in_both_modes(tmp_path: Path) -> None:
    demo = check_channels(location(tmp_path))
    assert {finding.state for finding in demo} == {State.OK}
    live = check_channels(location(tmp_path, TANGGAP_MODE="live"))
    assert states(live) == {
        "mail out": "problem", "SMS out": "problem", "mail in": "warning", "SMS in": "warning",
        "public address": "warning",
    }  # fmt: skip


def test_nobody_can_log_in(data: Path) -> None:
    database = Database(f"sqlite:///{data / 'desk.db'}")
    with database.write() as tx:
        tx.execute(text("UPDATE people SET active = false"))
    database.close()
    assert states(check_accounts(location(data))) == {"accounts": "warning"}
    assert "nobody may log in" in check_accounts(location(data))[0].saw


def test_a_pack_with_a_mistake(tmp_path: Path) -> None:
    assert set(states(check_pack(Path(PACK))).values()) == {"ok"}
    (finding,) = check_pack(tmp_path)
    assert (finding.state, "city.yaml" in finding.saw or "agencies.yaml" in finding.saw) == (State.PROBLEM, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (-3, "0 s"), (59.9, "59 s"), (192, "3 min 12 s"), (7260, "2 h 1 min"), (200000, "2 d 7 h")],
)
def test_ages_in_words(seconds: float | None, words: str) -> None:
    assert age(seconds) == words


def test_short_ids_keep_the_end() -> None:
    assert (short_id("01a20dcf-a554-725a-b292-4a655551169d"), short_id("short")) == ("…5551169d", "short")
