"""`tanggap deliveries`, as an operator types it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.operations.checks_alerts import check_alerts
from services.operations.installation import locate
from tests.integration.notifier_feedback.world import World, bounce, open_world
from tests.unit.operations.shell import Said, Shell


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = open_world(tmp_path)
    yield opened
    opened.database.close()


@pytest.fixture
def shell(world: World, tmp_path: Path) -> Shell:
    return Shell({"TANGGAP_DATA": str(tmp_path)})


def run(shell: Shell, *args: str) -> Said:
    return shell.run("deliveries", *args)


def test_the_list_for_people_and_machines(world: World, shell: Shell) -> None:
    assert "no such deliveries" in run(shell, "list").out
    sent, failed = world.sent(), world.sent("c2", recipient="BPBD", state="failed", reason="dsn_5_1_1")
    said = run(shell, "list")
    assert (said.code, f"…{failed[-8:]}" in said.out, "dsn_5_1_1" in said.out) == (0, True, True)
    found = run(shell, "list", "--state", "failed", "--since", "2d", "--json").json()["deliveries"]
    assert [one["delivery_id"] for one in found] == [failed]
    for option, value in (("--recipient", "DISHUB"), ("--reason", "accepted")):
        assert [one["delivery_id"] for one in run(shell, "list", option, value, "--json").json()["deliveries"]] == [
            sent
        ]
    said = run(shell, "list", "--ticket", "CMH-1", "--channel", "email", "--limit", "1", "--json")
    assert [one["delivery_id"] for one in said.json()["deliveries"]] == [failed]
    assert run(shell, "list", "--since", "soon").code == 2


def test_words_are_shown_only_for_a_reason_that_is_recorded(world: World, shell: Shell) -> None:
    sent = world.sent()
    world.hear(bounce(sent))
    said = run(shell, "show", sent[-8:])
    assert "Jalan berlubang" not in said.out
    for words in ("dsn_5_1_1", "failed_over", "closed the address: email", "<15 signs>"):
        assert words in said.out
    assert run(shell, "show", sent, "--reveal").code == 2
    assert "Jalan berlubang" in run(shell, "show", sent, "--reveal", "--because", "telepon instansi").out
    assert [(row["act"], row["reason"]) for row in world.rows("audit")] == [("delivery.reveal", "telepon instansi")]
    assert run(shell, "show", sent, "--json").json()["reports"][0]["effect"] == "failed_over"


def test_what_one_refuses_keeps_no_other_back(world: World, shell: Shell) -> None:
    failed, uncertain = world.sent(state="failed"), world.sent("c2", state="uncertain")
    said = run(shell, "retry", uncertain, failed[-8:], "0badbad0", "12", "--because", "alamat diperbaiki")
    assert said.code == 1
    assert "may arrive TWICE" in said.err
    assert "there is no such delivery" in said.err
    assert (world.row(failed)["state"], world.row(uncertain)["state"]) == ("pending", "uncertain")
    assert run(shell, "retry", uncertain, "--because", "tidak sampai", "--yes").code == 0
    assert world.row(uncertain)["state"] == "pending"
    said = run(shell, "cancel", failed, uncertain, "--because", "salah", "--json")
    assert (said.code, [one["ok"] for one in said.json()["deliveries"]]) == (0, [True, True])
    assert {row["act"] for row in world.rows("audit")} == {"delivery.retry", "delivery.cancel"}
    assert run(shell, "cancel", failed).code == 2, "nobody acts without a reason"


def test_alerts_and_suppressed_addresses(world: World, shell: Shell, tmp_path: Path) -> None:
    place = locate({"TANGGAP_DATA": str(tmp_path)})
    assert [str(one.state) for one in check_alerts(place, world.clock)] == ["ok"]
    assert (run(shell, "alerts").code, run(shell, "suppressed").out) == (0, "no address is suppressed\n")
    world.hear(bounce(world.sent()))
    said = run(shell, "alerts")
    assert (said.code, "way_given_up email:DISHUB" in said.out) == (1, True)
    (finding,) = check_alerts(place, world.clock)
    assert (str(finding.state), "way_given_up email:DISHUB" in finding.saw) == ("warning", True)
    (alert,) = run(shell, "alerts", "--json").json()["alerts"]
    assert run(shell, "clear", alert["alert_id"][-8:], "--because", "alamat baru").code == 0
    assert run(shell, "clear", alert["alert_id"][-8:], "--because", "alamat baru").code == 1
    assert "DISHUB" in run(shell, "suppressed").out
    assert run(shell, "unsuppress", "email", "DISHUB", "--because", "sudah benar").code == 0
    assert run(shell, "unsuppress", "email", "DISHUB", "--because", "sudah benar").code == 1
    assert world.suppressed() == set()


def test_where_nothing_is_nothing_is_made(tmp_path: Path) -> None:
    said = Shell({"TANGGAP_DATA": str(tmp_path / "none")}).run("deliveries", "list")
    assert (said.code, "cannot look" in said.err) == (2, True)
    assert not (tmp_path / "none").exists()
