"""`tanggap agency` as an operator types it, on databases of a demonstration; the queues have a broker of their own."""

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.composition import OWNERS, migrations_of
from services.desk.directory import repository as repository_agencies
from services.desk.directory.agencies import entry_of
from services.desk.tables import audit as desk_audit
from services.notifier.channels.webhook_secrets import WebhookSecrets
from services.notifier.tables import audit as notifier_audit
from shared.city import Agency
from shared.clock import SystemClock
from shared.sealing import Sealer
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.operations.shell import Shell

KEY = "content-" + "c" * 32
URL = "https://kasus.dlh.example/masuk"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for owner in OWNERS:
        database = Database(f"sqlite:///{tmp_path / owner}.db")
        migrate(database.engine, migrations_of(owner))
        if owner == "desk":
            with database.write() as tx:
                for code, name in (("DLH", "Dinas Lingkungan Hidup"), ("DISHUB", "Dinas Perhubungan")):
                    repository_agencies.add(tx, entry_of(Agency(code, name, "internal", email=f"{code}@x.example")))
        database.close()
    return tmp_path


@pytest.fixture
def shell(data: Path) -> Shell:
    return Shell({"TANGGAP_DATA": str(data), "TANGGAP_CONTENT_KEYS": KEY})


def signing(data: Path) -> list[str]:
    database = Database(f"sqlite:///{data / 'notifier.db'}")
    try:
        return list(WebhookSecrets(database, Sealer([KEY]), SystemClock()).signing("DLH"))
    finally:
        database.close()


def audited(data: Path, owner: str, table: Any) -> list[str]:
    database = Database(f"sqlite:///{data / owner}.db")
    try:
        with database.read() as connection:
            return [row.act for row in connection.execute(select(table.c.act).order_by(table.c.seq))]
    finally:
        database.close()


def test_the_list_shows_ways_in_their_order(shell: Shell) -> None:
    shell.run("agency", "webhook", "add", "DLH", URL)
    said = shell.run("agency", "list")
    assert said.code == 0
    assert "Dinas Lingkungan Hidup" in said.out
    assert "webhook, email" in said.out
    listed = {one["code"]: one for one in shell.run("agency", "list", "--json").json()["agencies"]}
    assert listed["DLH"]["ways"] == ["webhook", "email"]
    assert (listed["DISHUB"]["ways"], listed["DISHUB"]["lacks"]) == (["email"], [])


def test_a_webhook_s_secret_is_shown_once_and_signs(shell: Shell, data: Path) -> None:
    first = shell.run("agency", "webhook", "add", "DLH", URL)
    (secret,) = signing(data)
    assert secret in first.out
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) >= 24
    assert secret not in shell.run("agency", "show", "DLH").out
    again = shell.run("agency", "webhook", "add", "DLH", URL + "/2")
    assert secret not in again.out
    assert "its secret stays" in again.out
    assert signing(data) == [secret]
    assert shell.run("agency", "show", "DLH", "--json").json()["endpoints"]["webhook"] == URL + "/2"
    assert audited(data, "desk", desk_audit) == ["agency.webhook.add", "agency.webhook.add"]
    assert audited(data, "notifier", notifier_audit) == ["agency.webhook.secret"]


def test_both_secrets_sign_for_a_day_unless_it_is_said_otherwise(shell: Shell, data: Path) -> None:
    shell.run("agency", "webhook", "add", "DLH", URL)
    (old,) = signing(data)
    assert "for 24 hours the old one signs beside it" in shell.run("agency", "webhook", "rotate", "DLH").out
    new, also = signing(data)
    assert (also == old, new != old) == (True, True)
    shell.run("agency", "webhook", "rotate", "DLH", "--keep", "0")
    assert len(signing(data)) == 1
    assert not {old, new} & set(signing(data))


def test_a_removed_webhook_signs_nothing(shell: Shell, data: Path) -> None:
    shell.run("agency", "webhook", "add", "DLH", URL)
    assert shell.run("agency", "webhook", "remove", "DLH").code == 0
    assert signing(data) == []
    assert shell.run("agency", "show", "DLH", "--json").json()["ways"] == ["email"]
    assert "has no webhook" in shell.run("agency", "webhook", "remove", "DLH").err
    assert "has no webhook" in shell.run("agency", "webhook", "rotate", "DLH").err


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://kasus.dlh.example/", "not_https"),
        ("https://127.0.0.1/", "not_public"),
        ("https://a:b@dlh.example/", "has_login"),
        ("https://10.1.2.3/", "not_public"),
        ("ftp://x.example/", "not_https"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_before_anything_is_made(
    shell: Shell, data: Path, url: str, why: str
) -> None:
    said = shell.run("agency", "webhook", "add", "DLH", url)
    assert (said.code, why in said.err) == (1, True)
    assert signing(data) == []
    assert shell.run("agency", "show", "DLH", "--json").json()["endpoints"].keys() == {"email"}


def test_a_webhook_without_a_secret_stands_out(shell: Shell) -> None:
    """As one that a pack brought."""
    shell.run("agency", "webhook", "add", "DLH", URL)
    shell.run("agency", "webhook", "rotate", "DLH", "--keep", "0")
    database = Database(f"sqlite:///{shell.environment['TANGGAP_DATA']}/notifier.db")
    WebhookSecrets(database, Sealer([KEY]), SystemClock()).remove("DLH")
    database.close()
    assert shell.run("agency", "show", "DLH", "--json").json()["lacks"] == ["webhook"]
    assert "webhook: not set up" in shell.run("agency", "list").out
    assert "agency webhook add" in shell.run("agency", "show", "DLH").out
    given = shell.run("agency", "webhook", "add", "DLH", URL, "--json").json()
    assert given["secret"].startswith("whsec_")


def test_order_language_and_reminders(shell: Shell, data: Path) -> None:
    shell.run("agency", "webhook", "add", "DLH", URL)
    assert "DLH: email, webhook;" in shell.run("agency", "ways", "DLH", "email,webhook", "--reminders", "no").out
    document = shell.run("agency", "show", "DLH", "--json").json()
    assert (document["ways"], document["reminders"], document["language"]) == (["email", "webhook"], False, "")
    shell.run("agency", "ways", "DLH", "email")
    assert "not used" in shell.run("agency", "show", "DLH").out
    assert "DLH: webhook, email;" in shell.run("agency", "ways", "DLH", "usual", "--language", "id").out
    assert audited(data, "desk", desk_audit) == ["agency.webhook.add", *["agency.ways"] * 3]


@pytest.mark.parametrize(
    "wrong",
    [("fax",), ("email,email",), ("sms",), (), ("--language", "xx"), ("",)],
)
def test_what_cannot_be_is_refused(shell: Shell, wrong: tuple[str, ...]) -> None:
    before = shell.run("agency", "show", "DLH", "--json").json()
    assert shell.run("agency", "ways", "DLH", *wrong).code == 2
    assert shell.run("agency", "show", "DLH", "--json").json() == before


def test_queues_need_a_broker_and_an_administrator(shell: Shell) -> None:
    said = shell.run("agency", "amqp", "add", "DLH")
    assert (said.code, "TANGGAP_ADMIN_BROKER_URL" in said.err) == (2, True)
    said = shell.run("agency", "amqp", "add", "DLH", TANGGAP_ADMIN_BROKER_URL="amqp://127.0.0.1:1/x")
    assert (said.code, "TANGGAP_ADMIN_MANAGEMENT_URL" in said.err) == (2, True)


def test_removing_a_queue_is_never_a_slip(shell: Shell) -> None:
    said = shell.run("agency", "amqp", "remove", "DLH")
    assert (said.code, "--yes" in said.err) == (2, True)


def test_an_unknown_agency_and_an_unknown_folder_are_named(shell: Shell, tmp_path: Path) -> None:
    said = shell.run("agency", "show", "DLX")
    assert (said.code, "no agency DLX" in said.err) == (2, True)
    said = shell.run("agency", "list", "--data", str(tmp_path / "nothing"))
    assert (said.code, "cannot look" in said.err) == (2, True)
