"""`tanggap agency test` and the ways it tries, on a running demonstration: what it sends is captured."""

from collections.abc import Iterator

import pytest

from tests.support.eventually import eventually
from tests.support.system import EmbeddedSystem
from tests.unit.operations.shell import Shell, shell_of

URL = "https://kasus.dlh.example/masuk"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSystem]:
    with EmbeddedSystem(tmp_path_factory.mktemp("trial")) as running:
        yield running


@pytest.fixture
def shell(system: EmbeddedSystem) -> Shell:
    return shell_of(system)


def test_a_message_goes_by_the_first_way_or_by_the_one_that_is_asked_for(system: EmbeddedSystem, shell: Shell) -> None:
    said = shell.run("agency", "test", "DLH", "--json")
    assert said.code == 0, said.err
    assert (said.json()["way"], said.json()["state"]) == ("email", "captured")
    audit = system.rows("notifier", "SELECT subject, role, reason FROM audit WHERE act = 'agency.test'")
    assert audit == [("DLH", "operator", "trial by the operator")]


def test_a_changed_directory_is_known_to_the_notifier_at_once(system: EmbeddedSystem, shell: Shell) -> None:
    """Said by the command, published by the running desk."""
    assert shell.run("agency", "webhook", "add", "DISHUB", URL).code == 0
    assert shell.run("agency", "ways", "DISHUB", "email,webhook", "--reminders", "no").code == 0
    known = "SELECT channels, reminders FROM agencies WHERE code = 'DISHUB'"
    eventually(
        lambda: system.rows("notifier", known) == [('["email", "webhook"]', 0)], 10,
        describe=lambda: system.rows("notifier", known),
    )  # fmt: skip


def test_what_cannot_be_tried_is_named(shell: Shell) -> None:
    said = shell.run("agency", "test", "DLX")
    assert (said.code, "no agency DLX" in said.err) == (2, True)
    said = shell.run("agency", "test", "DLH", "--way", "sms")
    assert (said.code, "no address for sms" in said.err) == (2, True)
    said = shell.run("agency", "test", "DLH", TANGGAP_NOTIFIER_URL="http://127.0.0.1:1")
    assert (said.code, "does not answer" in said.err) == (2, True)
