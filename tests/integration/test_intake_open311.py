"""Open311 over HTTP, on both databases: what programs may rely on, and what strangers learn."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.intake import repository, tables
from services.intake.open311.known_requests import MOST_UNKNOWN, KnownRequests
from services.intake.open311.views import Open311Views
from services.intake.photos.store import PhotoStore
from services.intake.web.pages import Pages
from shared.blobs import BlobFolder
from shared.errors import Transient
from shared.ids import new_ticket
from shared.observability.metrics import Metrics
from shared.web.base import create_web
from tests.unit.intake.building import Intake, intake, submission
from tests.unit.intake.open311_city import open311_city

V2 = "/open311/v2"
GOOD = {"service_code": "sampah", "description": "Sampah numpuk", "lat": "-6.884", "long": "107.5412"}
KEY = "kunci-aplikasi-mitra"


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url, pack=open311_city()) as one:
        yield one


@pytest.fixture
def small(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", pack=open311_city()) as one:
        yield one


def post(built: Intake, format_: str = "json", **changes: str) -> Any:
    return built.client.post(f"{V2}/requests.{format_}", data={**GOOD, **changes})


def get(built: Intake, path: str, **query: str) -> Any:
    return built.client.get(f"{V2}/{path}", query_string=query)


def errors_of(answer: Any) -> list[tuple[int, str]]:
    """Code and description of each error, in either format."""
    if answer.mimetype == "text/xml":
        root = ElementTree.fromstring(answer.data)
        assert root.tag == "errors"
        return [(int(one.findtext("code") or 0), one.findtext("description") or "") for one in root]
    assert answer.content_type == "application/json; charset=utf-8"
    return [(one["code"], one["description"]) for one in answer.get_json()]


def test_a_report_and_its_state(built: Intake) -> None:
    answer = post(built, email="siti@contoh.id", account_id="7", address_string="Jl. Mawar")
    assert answer.status_code == 200
    (given,) = answer.get_json()
    ticket = given["service_request_id"]
    assert given["account_id"] == "7"
    assert "112" in given["service_notice"]
    (row,) = built.rows(tables.complaints)
    assert (row["ticket"], row["channel"], row["text"]) == (ticket, "open311", "Sampah numpuk")
    assert row["external_refs"] == {"open311_service": "sampah"}
    (fact,) = built.said()
    assert (fact.channel, fact.external_refs, fact.receipt) == ("open311", {"open311_service": "sampah"}, "wanted")

    shown = get(built, f"requests/{ticket}.json")
    assert shown.get_json() == [
        {
            "service_request_id": ticket, "status": "open", "service_code": "sampah", "service_name": "Sampah",
            "status_notes": "Diterima: Laporan sudah kami terima dan sedang dicarikan instansi yang berwenang.",
            "agency_responsible": None,
            "requested_datetime": "2026-11-24T03:00:00Z", "updated_datetime": "2026-11-24T03:00:00Z",
        }
    ]  # fmt: skip
    for secret in ("numpuk", "Mawar", "siti", "107.5"):
        assert secret not in shown.text
    assert get(built, f"tokens/{ticket}.json").get_json() == [{"service_request_id": ticket, "token": ticket}]


def test_the_state_follows_the_complaint(built: Intake) -> None:
    (given,) = post(built).get_json()
    (row,) = built.rows(tables.complaints)
    built.clock.pass_by(hours=5)
    with built.database.write() as tx:
        about = row["complaint_id"]
        repository.apply_status(tx, about, 2, status="routed", agency="DISHUB", agency_name="Dinas Perhubungan")
        entry = {"complaint_id": about, "revision": 2, "event": "routed", "note": "x", "at": built.clock.now()}
        repository.add_to_timeline(tx, entry)
    (shown,) = get(built, f"requests/{given['service_request_id']}.json").get_json()
    assert (shown["agency_responsible"], shown["updated_datetime"]) == ("Dinas Perhubungan", "2026-11-24T08:00:00Z")


def test_several_numbers_at_once_in_the_order_asked_for(built: Intake) -> None:
    tickets = [post(built, description=f"Sampah {n}").get_json()[0]["service_request_id"] for n in range(3)]
    asked = [tickets[2], new_ticket("CMH"), tickets[0], "rubbish", tickets[2].lower()]
    shown = get(built, "requests.json", service_request_id=",".join(asked)).get_json()
    assert [one["service_request_id"] for one in shown] == [tickets[2], tickets[0]]


def test_without_numbers_nothing_is_listed(built: Intake) -> None:
    post(built)
    assert get(built, "requests.json").get_json() == []
    assert get(built, "requests.json", status="open", service_code="sampah", page="1").get_json() == []
    assert ElementTree.fromstring(get(built, "requests.xml").data).tag == "service_requests"


def test_complaints_of_other_channels_and_numbers_of_nothing_look_the_same(built: Intake) -> None:
    other = built.door.accept(submission()).ticket
    answers = [get(built, f"requests/{id_}.json") for id_ in (other, new_ticket("CMH"), "rubbish", "CMH-0000-0001")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert get(built, "requests.json", service_request_id=other).get_json() == []
    assert get(built, f"tokens/{other}.json").status_code == 404


def test_who_tries_too_many_numbers_is_told_nothing_more(built: Intake) -> None:
    ticket = post(built).get_json()[0]["service_request_id"]
    for _ in range(2):
        asked = ",".join(new_ticket("CMH") for _ in range(MOST_UNKNOWN // 2))
        assert get(built, "requests.json", service_request_id=asked).get_json() == []
    for path in (f"requests/{ticket}.json", f"tokens/{ticket}.json"):
        assert get(built, path).status_code == 429
    assert errors_of(get(built, "requests.xml", service_request_id=ticket))[0][0] == 429
    stranger = built.client.get(f"{V2}/requests/{ticket}.json", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert stranger.status_code == 200
    built.clock.pass_by(hours=1)
    assert get(built, f"requests/{ticket}.json").status_code == 200
    assert all("127.0.0.1" not in str(row) for row in built.rows(tables.wrong_codes))


def test_one_subscriber_of_ipv6_is_one_asker(small: Intake) -> None:
    ticket = post(small).get_json()[0]["service_request_id"]
    asked = ",".join(new_ticket("CMH") for _ in range(MOST_UNKNOWN))
    small.client.get(f"{V2}/requests.json?service_request_id={asked}", environ_base={"REMOTE_ADDR": "2001:db8::1"})
    for address, status in (("2001:db8::2:3", 429), ("2001:db8:0:1::1", 200)):
        answer = small.client.get(f"{V2}/requests/{ticket}.json", environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == status


def test_the_same_report_twice_is_one_complaint(small: Intake) -> None:
    first, again = (post(small, device_id="telepon-1").get_json() for _ in range(2))
    assert first == again
    assert post(small, device_id="telepon-2").get_json() != first
    assert post(small, device_id="telepon-1", lat="-6.885").get_json() != first
    assert len(small.said()) == 3
    assert all("telepon-1" not in str(row) for row in small.rows(tables.complaints))


def test_strangers_who_report_the_same_do_not_share_a_number(small: Intake) -> None:
    assert post(small).get_json() != post(small).get_json()


def test_services_and_definitions_in_both_formats(small: Intake) -> None:
    services = get(small, "services.json").get_json()
    assert [(one["service_code"], one["metadata"], one["type"]) for one in services] == [
        ("sampah", False, "realtime"), ("lampu", True, "realtime"),
    ]  # fmt: skip
    xml = get(small, "services.xml")
    assert xml.content_type == "text/xml; charset=utf-8"
    assert [one.findtext("service_code") for one in ElementTree.fromstring(xml.data)] == ["sampah", "lampu"]
    assert get(small, "services/lampu.json").get_json()["attributes"][1]["required"] is True
    assert get(small, "services/sampah.json").get_json() == {"service_code": "sampah", "attributes": []}
    assert ElementTree.fromstring(get(small, "services/lampu.xml").data).tag == "service_definition"
    assert errors_of(get(small, "services/x.xml"))[0][0] == 404


@pytest.mark.parametrize("path", ["/open311/discovery", "/open311/v2/discovery"])
def test_discovery(small: Intake, path: str) -> None:
    found = small.client.get(f"{path}.json").get_json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == "http://127.0.0.1:8000/open311/v2"
    assert (endpoint["type"], endpoint["formats"]) == ("test", ["application/json", "text/xml"])
    root = ElementTree.fromstring(small.client.get(f"{path}.xml").data)
    assert [one.text for one in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


def test_the_jurisdiction_is_ours_or_none(small: Intake) -> None:
    for path in ("services.json", "requests.json", "discovery.json"):
        assert get(small, path, jurisdiction_id="cimahikota.go.id").status_code == 200
        assert get(small, path, jurisdiction_id="").status_code == 200
        assert errors_of(get(small, path, jurisdiction_id="bandung.go.id"))[0][0] == 404
    assert post(small, jurisdiction_id="bandung.go.id").status_code == 404
    assert small.rows(tables.complaints) == []


def test_keys(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/i.db", pack=open311_city(), open311_keys=(KEY, "kunci-yang-lain-lagi")) as built:
        for wrong in ({}, {"api_key": "salah"}, {"api_key": KEY + "x"}):
            answer = post(built, "xml", **wrong)
            assert (answer.status_code, errors_of(answer)[0][0]) == (403, 403)
        assert post(built, api_key=KEY).status_code == 200
        assert built.client.post(f"{V2}/requests.json?api_key={KEY}", data=GOOD).status_code == 200
        assert get(built, "services.json").status_code == 200, "reading needs no key"
        same = [post(built, api_key=key, account_id="7").get_json() for key in (KEY, "kunci-yang-lain-lagi")]
        assert same[0] != same[1], "two programs may have an account 7 each"
        rows = built.rows(tables.complaints)
        assert len({row["account"] for row in rows}) == 2
        assert KEY not in str(rows)


@pytest.mark.parametrize(
    ("changes", "status", "name"),
    [
        ({"service_code": "x"}, 404, "Kode layanan"),
        ({"service_code": ""}, 400, "service_code"),
        ({"lat": "91"}, 400, "lat"),
        ({"lat": "", "long": ""}, 400, "address_string"),
        ({"description": "x" * 10_001}, 400, "description"),
        ({"description": "\u200b"}, 400, "description"),
        ({"email": "siti"}, 400, "email"),
        ({"phone": "12"}, 400, "phone"),
    ],
)
@pytest.mark.parametrize("format_", ["json", "xml"])
def test_what_is_refused(small: Intake, changes: dict[str, str], status: int, name: str, format_: str) -> None:
    answer = post(small, format_, **changes)
    assert answer.status_code == status
    ((code, description),) = errors_of(answer)
    assert code == status
    assert name in description
    assert small.rows(tables.complaints) == []


def test_a_position_elsewhere_is_accepted_and_flagged(small: Intake) -> None:
    assert post(small, lat="51.5", long="-0.1").status_code == 200
    assert small.rows(tables.complaints)[0]["flags"] == ["position_outside"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/open311/v2/services", 406), ("GET", "/open311/v2/requests.csv", 406),
        ("GET", "/open311/v2/nothing.xml", 404), ("GET", "/open311/v3/services.json", 404),
        ("GET", "/open311//v2/services.json", 404), ("GET", "/open311/v2/services/..%2f..%2fx.json", 404),
        ("POST", "/open311/v2/services.json", 405), ("DELETE", "/open311/v2/requests.xml", 405),
        ("PUT", "/open311/v2/requests/x.json", 405), ("GET", "/open311/v2/requests.json?start_date=x", 400),
        ("GET", "/open311/v2/requests.xml?start_date=2026-01-01&end_date=2026-06-01", 400),
    ],
)  # fmt: skip
def test_every_error_has_the_standards_form(small: Intake, method: str, path: str, status: int) -> None:
    answer = small.client.open(path, method=method)
    assert answer.status_code == status
    assert [code for code, _ in errors_of(answer)] == [status]
    assert answer.mimetype == ("text/xml" if ".xml" in path else "application/json")
    assert status != 405 or "GET" in answer.headers["Allow"]


def test_a_huge_body_is_refused(small: Intake) -> None:
    answer = post(small, "xml", description="x" * 2_100_000)
    assert (answer.status_code, errors_of(answer)[0][0]) == (413, 413)


def test_a_body_of_another_kind_is_told_what_is_missing(small: Intake) -> None:
    for body, kind in ((json.dumps(GOOD), "application/json"), (b"\xff\xfe", "multipart/form-data"), (b"\x00", "")):
        answer = small.client.post(f"{V2}/requests.json", data=body, content_type=kind)
        assert answer.status_code == 400
        assert any("service_code" in description for _, description in errors_of(answer))


def test_a_file_beside_the_report_is_not_lost_without_a_word(small: Intake) -> None:
    from io import BytesIO

    answer = small.client.post(f"{V2}/requests.json", data={**GOOD, "media": (BytesIO(b"jpeg"), "a.jpg")})
    assert "bukan foto yang dapat diterima" in answer.get_json()[0]["service_notice"]
    assert small.rows(tables.complaints)[0]["flags"] == ["photo_not_kept"]


def test_hostile_texts_come_back_as_well_formed_xml(small: Intake) -> None:
    hostile = "<script>alert(1)</script>]]>&\x00\x08\ufffe<!ENTITY x SYSTEM 'file:///etc/passwd'>"
    root = ElementTree.fromstring(post(small, "xml", description=hostile, account_id=hostile).data)
    assert root.findtext("request/account_id") == (
        "<script>alert(1)</script>]]>&<!ENTITY x SYSTEM 'file:///etc/passwd'>"
    )


class Away:
    def write(self) -> Any:
        raise Transient("away", code="database")

    read = write


@pytest.mark.parametrize("format_", ["json", "xml"])
def test_while_the_database_is_away_a_report_is_to_come_again(small: Intake, format_: str) -> None:
    away = replace(small.door, spine=replace(small.door.spine, database=Away()))
    known = KnownRequests(Away(), small.clock, away.vault.hasher, "CMH")  # type: ignore[arg-type]
    app = create_web("services.intake", service="intake", metrics=Metrics())
    pages = Pages(open311_city(), "http://127.0.0.1")
    app.register_blueprint(
        Open311Views(away, known, pages, PhotoStore(BlobFolder(Path("unused"))), (), production=True).blueprint()
    )
    client = app.test_client()
    answers = [
        client.post(f"{V2}/requests.{format_}", data=GOOD),
        client.get(f"{V2}/requests/{new_ticket('CMH')}.{format_}"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert [code for code, _ in errors_of(answer)] == [503]
    assert client.get(f"{V2}/services.{format_}").status_code == 200


def test_options_and_head(small: Intake) -> None:
    asked = small.client.options(f"{V2}/requests.json")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert small.client.head(f"{V2}/services.json").status_code == 200


def test_a_city_without_services_offers_none(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/intake.db") as built:
        assert get(built, "services.json").get_json() == []
        assert post(built).status_code == 404
