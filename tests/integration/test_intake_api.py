"""The JSON API: what programs may rely on, and that no body makes it fail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from services.intake import tables
from services.intake.api.views import read_body
from services.intake.handlers import IntakeHandlers
from shared.contracts.complaint import ComplaintRouted
from shared.contracts.envelope import Envelope
from shared.web.server import WebServer
from tests.integration.test_intake_handlers import DECISION, about
from tests.unit.intake.building import Intake, intake, small_city

PATH = "/api/v1/complaints"


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def post(built: Intake, body: Any, **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return built.client.post(PATH, data=data, content_type="application/json", headers=named)


def test_a_complaint_and_its_state(built: Intake) -> None:
    body = {
        "text": "Lampu padam", "kind": "aspirasi", "identity": "open",
        "place": {"kelurahan": "cibeber", "detail": "Jl. Mawar"},
        "contact": {"email": "siti@contoh.id", "phone": "081234567890", "name": "Siti"},
    }  # fmt: skip
    answer = post(built, body)
    assert answer.status_code == 201
    given = answer.get_json()
    assert set(given) == {"ticket", "tracking_code", "status_url", "received_at"}
    assert given["received_at"] == "2026-11-24T03:00:00+00:00"
    assert answer.headers["Location"].endswith(f"{PATH}/{given['ticket']}")
    (row,) = built.rows(tables.complaints)
    assert (row["kind"], row["identity"], row["kecamatan"]) == ("aspirasi", "open", "Cimahi Selatan")

    seen = built.client.get(f"{PATH}/{given['ticket']}", headers={"X-Tracking-Code": given["tracking_code"]})
    assert seen.get_json() == {
        "ticket": given["ticket"], "status": "received", "agency": None,
        "timeline": [
            {"at": "2026-11-24T03:00:00+00:00", "event": "received", "note": "Laporan diterima melalui aplikasi."}
        ],
    }  # fmt: skip
    assert built.client.get(given["status_url"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_after_routing(built: Intake) -> None:
    given = post(built, {"text": "Lampu padam"}).get_json()
    received, now = built.said()[0], built.clock.now()
    event = ComplaintRouted(**about(received, 2), decision=DECISION, agency="DISHUB", assignment=1, routed_at=now)
    with built.database.write() as tx:
        IntakeHandlers(small_city(), built.door).note_routed(tx, Envelope.of(event, source="router", time=now))
    seen = built.client.get(f"{PATH}/{given['ticket']}", headers={"X-Tracking-Code": given["tracking_code"]})
    assert (seen.get_json()["status"], seen.get_json()["agency"]) == ("routed", "DISHUB")
    assert [entry["event"] for entry in seen.get_json()["timeline"]] == ["received", "routed"]


def test_a_key_stands_for_one_content(built: Intake) -> None:
    first = post(built, {"text": "Satu"}, Idempotency_Key="k1")
    again = post(built, {"text": "Satu"}, Idempotency_Key="k1")
    other = post(built, {"text": "Dua"}, Idempotency_Key="k1")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.get_json() == again.get_json()
    assert other.get_json()["code"] == "idempotency_conflict"
    assert post(built, {"text": "Dua"}, Idempotency_Key="k2").status_code == 201
    assert len(built.rows(tables.complaints)) == 2


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        (b"", 400, "malformed_json", []),
        (b"{", 400, "malformed_json", []),
        (b"\xff\xfe", 400, "malformed_json", []),
        (b'{"text":"a\x00"}', 400, "malformed_json", []),
        (b'{"text":"caf\xe9"}', 400, "malformed_json", []),
        (b"[" * 100_000, 400, "malformed_json", []),
        (b'{"text":' + b"1" * 5000 + b"}", 400, "malformed_json", []),
        ([], 422, "invalid_fields", ["body"]),
        ("text", 422, "invalid_fields", ["body"]),
        (None, 422, "invalid_fields", ["body"]),
        ({}, 422, "invalid_fields", ["text"]),
        ({"text": None}, 422, "invalid_fields", ["text"]),
        ({"text": 5}, 422, "invalid_fields", ["text"]),
        ({"text": "a", "unknown": 1}, 422, "invalid_fields", ["unknown"]),
        ({"text": "a", "\ud800": 1}, 422, "invalid_fields", ["body"]),
        ({"text": "a", "contact": []}, 422, "invalid_fields", ["contact"]),
        ({"text": "a", "contact": {"email": 1, "fax": ""}}, 422, "invalid_fields", ["contact.email", "contact.fax"]),
        ({"text": "\x00\ud800 "}, 422, "empty_text", ["text"]),
        ({"text": "a" * 1_000_000}, 422, "text_too_long", ["text"]),
        ({"text": "a" * 3_000_000}, 413, "request_entity_too_large", []),
        ({"text": "a", "place": {"kelurahan": "Atlantis"}}, 422, "unknown_place", ["kelurahan"]),
        ({"text": "a", "contact": {"phone": "bukan nomor"}}, 422, "bad_phone", ["phone"]),
        ({"text": "a", "contact": {"email": "bukan alamat"}}, 422, "bad_email", ["email"]),
        ({"text": "a", "kind": "keluhan"}, 422, "unknown_kind", ["kind"]),
        ({"text": "a", "identity": "siapa"}, 422, "unknown_identity", ["identity"]),
    ],
)
def test_what_cannot_be_taken_is_told_plainly(
    built: Intake, body: Any, status: int, code: str, fields: list[str]
) -> None:
    answer = post(built, body)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert sorted(answer.get_json().get("fields", {})) == fields
    assert "Field" not in answer.text
    assert built.rows(tables.complaints) == []


def test_null_is_as_good_as_absent(built: Intake) -> None:
    body = {"text": "a", "contact": None, "place": {"kelurahan": None}, "kind": None, "identity": None}
    assert post(built, body).status_code == 201


def test_other_content_types_and_keys_beyond_measure(built: Intake) -> None:
    assert built.client.post(PATH, data={"text": "a"}).status_code == 415
    assert post(built, {"text": "a"}, Idempotency_Key="k" * 201).status_code == 422
    assert built.client.put(PATH).headers["Allow"] == "OPTIONS, POST"


def test_nul_in_a_text_is_only_left_out(built: Intake) -> None:
    assert post(built, {"text": "a\x00b\ud800c"}).status_code == 201
    assert built.rows(tables.complaints)[0]["text"] == "abc"


@pytest.mark.parametrize("code", ["", "00000-00000", "💥".encode().decode("latin-1"), "x" * 5000])
def test_wrong_codes(built: Intake, code: str) -> None:
    ticket = post(built, {"text": "a"}).get_json()["ticket"]
    wrong = built.client.get(f"{PATH}/{ticket}", headers={"X-Tracking-Code": code})
    unknown = built.client.get(f"{PATH}/CMH-0000-0000", headers={"X-Tracking-Code": code})
    assert wrong.status_code == unknown.status_code == 404
    assert {**wrong.get_json(), "request_id": ""} == {**unknown.get_json(), "request_id": ""}


def test_the_description_names_what_is_answered(built: Intake) -> None:
    document = built.client.get("/openapi.json").get_json()
    operation = document["paths"][PATH]["post"]
    assert set(operation["responses"]) == {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}
    assert {parameter["name"] for parameter in operation["parameters"]} == {"Idempotency-Key"}
    assert set(document["paths"]) == {PATH, PATH + "/{ticket}", PATH + "/{ticket}/additions"}
    assert "Kota Cimahi" in document["info"]["title"]


def test_over_a_real_socket(built: Intake) -> None:
    server = WebServer(built.service.web, "127.0.0.1", 0)
    server.start()
    try:
        url = server.url + PATH
        assert requests.post(url, json={"text": "Lampu padam"}, timeout=10).status_code == 201
        headers = {"Content-Type": "application/json"}
        assert (
            requests.post(url, data=b'{"text":"' + b"a" * 1_000_000 + b'"}', headers=headers, timeout=10).status_code
            == 422
        )
        assert requests.post(url, data=b"\xff\x00", headers=headers, timeout=10).status_code == 400
    finally:
        server.stop()


def test_a_body_is_read_without_the_web() -> None:
    empty = {"contact": None, "place": None, "kind": None, "identity": None}
    assert read_body({"text": "a", **empty}, "", size=1).provider_id is None
    assert read_body({"text": "a", **empty}, "k", size=1).same_id_same_content
