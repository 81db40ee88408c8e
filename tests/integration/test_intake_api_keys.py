"""Keys of partner systems: what they may, how often, and that what was sent with one is read with that one only."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import tables
from services.intake.api.keys import ApiKeys, Scope
from shared.errors import Refused
from tests.unit.intake.building import Intake, intake

PATH = "/api/v1/complaints"


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def keys(built: Intake) -> ApiKeys:
    return ApiKeys(built.database, built.clock)


def send(built: Intake, key: str = "", **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return built.client.post(PATH, json={"text": "Lampu padam di Baros", **body}, headers=headers)


def test_a_partner_says_channel_and_numbers_and_reads_what_it_sent(built: Intake) -> None:
    key = keys(built).issue("lapor-sp4n", [Scope.WRITE, Scope.READ], per_minute=100, by="budi")
    answer = send(built, key, channel="counter", external_refs={"sp4n": "9165816"})
    assert answer.status_code == 201
    (row,) = built.rows(tables.complaints)
    assert (row["channel"], row["account"], row["external_refs"]) == ("counter", "key:lapor-sp4n", {"sp4n": "9165816"})
    ticket = answer.get_json()["ticket"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert built.client.get(f"{PATH}/{ticket}", headers=bearer).get_json()["status"] == "received"

    other = keys(built).issue("other", [Scope.READ], per_minute=100, by="budi")
    theirs = send(built).get_json()["ticket"]
    for shown, asked in ((other, ticket), (key, theirs), (key, "CMH-0000-0000")):
        refused = built.client.get(f"{PATH}/{asked}", headers={"Authorization": f"Bearer {shown}"})
        assert (refused.status_code, refused.get_json()["code"]) == (404, "no_match")


def test_without_a_key_nobody_says_channel_or_numbers(built: Intake) -> None:
    for body in ({"channel": "counter"}, {"external_refs": {"sp4n": "1"}}):
        answer = send(built, **body)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "key_needed")
        assert list(answer.get_json()["fields"]) == list(body)
    assert built.rows(tables.complaints) == []
    assert send(built).status_code == 201


def test_a_key_does_only_what_its_scopes_say(built: Intake) -> None:
    reader = keys(built).issue("reader", [Scope.READ], per_minute=100, by="budi")
    answer = send(built, reader)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "missing_scope")


@pytest.mark.parametrize("shown", ["tgk_aaaaaaaa_" + "b" * 32, "nonsense", "", "tgk_äöü"])
def test_whatever_is_no_key_in_force_is_answered_alike(built: Intake, shown: str) -> None:
    header = f"Bearer {shown}"
    answer = built.client.post(PATH, json={"text": "Lampu padam"}, headers={"Authorization": header})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unknown_api_key")
    assert built.rows(tables.complaints) == []


def test_a_wrong_secret_and_a_revoked_key_are_refused(built: Intake) -> None:
    key = keys(built).issue("lapor", [Scope.WRITE], per_minute=100, by="budi")
    assert send(built, key).status_code == 201
    assert send(built, key[:-1] + ("a" if key[-1] != "a" else "b")).status_code == 401
    assert keys(built).revoke("lapor", by="budi")
    assert not keys(built).revoke("lapor", by="budi")
    assert send(built, key).status_code == 401
    acts = [row["act"] for row in built.rows(tables.audit)]
    assert acts == ["api_key.issue", "api_key.revoke"]


def test_more_than_was_granted_in_a_minute_is_refused(built: Intake) -> None:
    key = keys(built).issue("lapor", [Scope.WRITE], per_minute=3, by="budi")
    statuses = [send(built, key, text=f"Lampu padam {number}").status_code for number in range(5)]
    assert statuses == [201, 201, 201, 429, 429]


def test_the_secret_is_kept_nowhere_and_names_are_checked(built: Intake) -> None:
    key = keys(built).issue("lapor", [Scope.WRITE], per_minute=3, by="budi")
    assert key.rpartition("_")[2] not in json.dumps(built.rows(tables.api_keys), default=str)
    for name, scopes, per_minute, code in (
        ("lapor", [Scope.WRITE], 3, "name_taken"),
        ("La por", [Scope.WRITE], 3, "bad_name"),
        ("other", [], 3, "bad_key"),
        ("other", [Scope.WRITE], 0, "bad_key"),
    ):
        with pytest.raises(Refused) as caught:
            keys(built).issue(name, scopes, per_minute=per_minute, by="budi")
        assert caught.value.code == code
    assert [one.name for one in keys(built).every()] == ["lapor"]
