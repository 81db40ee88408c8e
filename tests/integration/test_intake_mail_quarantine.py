"""Quarantine as the desk asks for it (internal API) and as an operator does (`tanggap quarantine`)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.__main__ import main
from services.intake import tables
from services.intake.mail.internal_quarantine import quarantine_blueprint
from shared.web.base import create_web
from tests.unit.intake.building import KEY, TOKEN
from tests.unit.intake.mail_building import OURS, MailWorld, mail_world
from tests.unit.intake.mail_world import raw_mail

PACK = Path(__file__).parents[2] / "deploy/cities/cimahi"
AUTH = {"Authorization": f"Bearer {TOKEN}"}
RINA = {"actor": "rina", "role": "coordinator"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MailWorld]:
    with mail_world(tmp_path, **OURS) as built:
        built.take(raw_mail("encrypted_by_pgp_in_the_text"))
        built.take(raw_mail("auto_reply_that_only_looks_so"))
        yield built


@pytest.fixture
def client(world: MailWorld) -> Any:
    web = create_web(__name__, service="intake", metrics=world.metrics, trusted_proxies=0)
    web.register_blueprint(quarantine_blueprint(world.quarantine, TOKEN))
    return web.test_client()


def test_only_the_service_token_opens_it(client: Any) -> None:
    assert client.get("/internal/quarantine").status_code == 401
    assert client.post("/internal/quarantine/x/replay", json=RINA).status_code == 401


def test_the_desk_lists_shows_replays_and_discards(world: MailWorld, client: Any) -> None:
    listed = client.get("/internal/quarantine", headers=AUTH).json
    assert listed["waiting"] == 2
    encrypted, looks = listed["messages"]
    assert [one["reason"] for one in (encrypted, looks)] == ["encrypted", "looks_auto_reply"]
    assert client.get(f"/internal/quarantine/{looks['quarantine_id']}", headers=AUTH).status_code == 422
    query = {**RINA, "reason": "mau dibaca"}
    shown = client.get(f"/internal/quarantine/{looks['quarantine_id']}", headers=AUTH, query_string=query).json
    assert (shown["from"], shown["text"]) == ("siti@example.org", "Hubungi rekan saya.")

    url = f"/internal/quarantine/{looks['quarantine_id']}/replay"
    unclear = client.post(url, headers=AUTH, json=RINA)
    assert (unclear.status_code, unclear.json["code"]) == (409, "still_unclear")
    assert client.post(url, headers=AUTH, json={**RINA, "as": "reply"}).status_code == 422
    done = client.post(url, headers=AUTH, json={**RINA, "as": "complaint"}).json
    assert done["ticket"] == world.rows(tables.complaints)[0]["ticket"]
    assert client.post(url, headers=AUTH, json={**RINA, "as": "complaint"}).status_code == 409

    url = f"/internal/quarantine/{encrypted['quarantine_id']}/discard"
    assert client.post(url, headers=AUTH, json=RINA).status_code == 422
    assert client.post(url, headers=AUTH, json={**RINA, "reason": "minta kirim ulang"}).json["kind"] == "discarded"
    assert client.get("/internal/quarantine", headers=AUTH).json["waiting"] == 0
    gone = client.get("/internal/quarantine?state=discarded", headers=AUTH).json["messages"]
    assert [one["settled_by"] for one in gone] == ["rina"]


def test_what_is_not_there_is_told(client: Any) -> None:
    assert client.get("/internal/quarantine/none", headers=AUTH, query_string=RINA).status_code == 404
    assert client.get("/internal/quarantine?state=x", headers=AUTH).status_code == 422
    assert client.post("/internal/quarantine/none/replay", headers=AUTH, data="[").status_code == 400


@pytest.fixture
def tanggap(world: MailWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    environment = {
        "TANGGAP_DATA": str(tmp_path), "TANGGAP_PACK": str(PACK), "TANGGAP_CONTENT_KEYS": KEY,
        "TANGGAP_CONTACT_KEYS": KEY, "TANGGAP_CONTACT_PEPPER": "p" * 40, "TANGGAP_SESSION_KEY": "s" * 40,
        "TANGGAP_SERVICE_TOKEN": TOKEN,
    }  # fmt: skip
    monkeypatch.chdir(tmp_path)  # away from anybody's .env

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["quarantine", *words], env=environment)

    return run


def test_an_operator_lists_shows_replays_and_discards(world: MailWorld, tanggap: Any) -> None:
    listed = tanggap("list", "--json")
    assert listed.exit_code == 1, listed.output
    encrypted, looks = json.loads(listed.output)["messages"]
    assert "encrypted" in tanggap("list").output
    end = looks["quarantine_id"][-8:]
    shown = tanggap("show", end)
    assert "Hubungi rekan saya." in shown.output
    assert "siti@" not in shown.output
    assert tanggap("show", end, "--reveal").exit_code == 2
    assert "siti@example.org" in tanggap("show", end, "--reveal", "--reason", "periksa").output
    assert tanggap("replay", end).exit_code == 2
    replayed = tanggap("replay", end, "--as-complaint", "--reason", "bukan otomatis")
    assert replayed.exit_code == 0, replayed.output
    assert world.rows(tables.complaints)[0]["ticket"] in replayed.output
    assert tanggap("discard", encrypted["quarantine_id"], "--reason", "tak terbaca").exit_code == 0
    assert tanggap("list").exit_code == 0
    acts = [row["act"] for row in world.rows(tables.audit)]
    assert acts == ["quarantine.show", "quarantine.show", "quarantine.replay", "quarantine.discard"]


def test_an_operator_who_names_nothing_is_told(tanggap: Any, tmp_path: Path) -> None:
    assert "nothing there has this id" in tanggap("show", "ffffffff").output
    assert "there is no" in tanggap("list", "--data", str(tmp_path / "elsewhere")).output
