"""What is public, as everybody reads it: pages and Open311, on both databases, whatever order the facts came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from services.intake import tables
from services.intake.handlers import IntakeHandlers
from services.intake.published import PublishedFacts
from shared.contracts.case import CasePublished, CaseUnpublished
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.ids import new_ticket
from shared.public_numbers import public_number
from tests.unit.intake.building import Intake, intake
from tests.unit.intake.open311_city import open311_city

V2 = "/open311/v2"
DAY = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # midnight in the city
ALIKE = "Nomor permintaan ini tidak ditemukan."


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url, pack=open311_city()) as one:
        yield one


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", pack=open311_city()) as one:
        yield one


def published(number: int = 1, **more: Any) -> CasePublished:
    usual = {
        "complaint_id": f"c{number}", "ticket": new_ticket("CMH"), "revision": 1,
        "summary": f"Sampah menumpuk {number}.",
        "kind": "pengaduan", "agency": "KELURAHAN", "state": "in_progress", "answer": "",
        "place": Place("Cimahi Selatan", "Cibeber", None, -6.88376, 107.5404),
        "external_refs": {"open311_service": "sampah"}, "requested_at": DAY, "updated_at": DAY + timedelta(days=1),
        "published_at": DAY + timedelta(days=1),
    }  # fmt: skip
    return CasePublished(**{**usual, **more})


def unpublished(number: int = 1, revision: int = 2) -> CaseUnpublished:
    return CaseUnpublished(complaint_id=f"c{number}", ticket="CMH-1", revision=revision, unpublished_at=DAY)


def hear(built: Intake, *facts: Any) -> None:
    table = PublishedFacts(open311_city()).table()
    for fact in facts:
        with built.database.write() as tx:
            table[fact.TYPE](tx, Envelope.of(fact, source="desk", time=DAY))


def numbers(built: Intake, **query: str) -> list[str]:
    answer = built.client.get(f"{V2}/requests.json", query_string=query)
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.get_json()]


def test_intake_hears_both_facts(both: Intake) -> None:
    assert {CasePublished.TYPE, CaseUnpublished.TYPE} <= set(IntakeHandlers(open311_city(), both.door).table())


def test_the_highest_revision_holds_in_whatever_order(both: Intake) -> None:
    facts: list[Any] = [
        published(),
        published(revision=2, summary="Baru."),
        unpublished(revision=3),
        published(revision=4, summary="Lagi."),
    ]
    for at, order in enumerate(permutations(facts)):
        again = [replace(fact, complaint_id=f"p{at}") for fact in (*order, *order)]
        hear(both, *again)
    rows = {row["summary"] for row in both.rows(tables.published)}
    assert rows == {"Lagi."}
    back: list[Any] = [published(), unpublished(revision=2)]
    for at, order in enumerate(permutations(back)):
        hear(both, *(replace(fact, complaint_id=f"q{at}") for fact in order))
        assert both.client.get(f"/published/{public_number(f'q{at}')}").status_code == 404
    hidden = [row for row in both.rows(tables.published) if not row["is_public"]]
    assert {(row["summary"], row["latitude"], row["kelurahan"]) for row in hidden} == {("", None, None)}


def test_open311_shows_it_whole(both: Intake) -> None:
    hear(both, published(answer="Sudah diangkut."))
    number = public_number("c1")
    (shown,) = both.client.get(f"{V2}/requests/{number}.json").get_json()
    assert shown == {
        "service_request_id": number, "status": "open", "status_notes": "Diproses: Sudah diangkut.",
        "service_code": "sampah", "service_name": "Sampah", "description": "Sampah menumpuk 1.",
        "agency_responsible": "Kelurahan Cibeber", "service_notice": None,
        "requested_datetime": "2026-11-20T17:00:00Z", "updated_datetime": "2026-11-21T17:00:00Z",
        "expected_datetime": None, "address": "Kel. Cibeber, Kec. Cimahi Selatan", "address_id": None,
        "zipcode": "40531", "lat": -6.88376, "long": 107.5404, "media_url": None,
    }  # fmt: skip
    root = ElementTree.fromstring(both.client.get(f"{V2}/requests/{number.lower()}.xml").data)
    assert root.tag == "service_requests"
    assert (root.findtext("request/lat"), root.findtext("request/media_url")) == ("-6.88376", "")
    assert numbers(both, service_request_id=f"{new_ticket('CMH')},{number}, {number}") == [number]


def test_the_list_can_be_filtered_and_paged(both: Intake) -> None:
    facts = [
        published(n, requested_at=DAY - timedelta(days=n), updated_at=DAY + timedelta(hours=n)) for n in range(1, 6)
    ]
    facts[1] = replace(facts[1], state="closed")
    facts[2] = replace(facts[2], external_refs={"open311_service": "lampu"})
    facts[4] = replace(facts[4], requested_at=DAY - timedelta(days=200))
    hear(both, *facts)
    n = {number: public_number(f"c{number}") for number in range(1, 6)}
    assert numbers(both) == [n[1], n[2], n[3], n[4]]
    assert numbers(both, status="closed") == [n[2]]
    assert numbers(both, service_code="lampu,sampah", status="open") == [n[1], n[3], n[4]]
    assert numbers(both, start_date="2026-11-19") == [n[1], n[2]]
    assert numbers(both, start_date="2026-05-01", end_date="2026-05-06") == [n[5]]
    assert numbers(both, page="2", page_size="3") == [n[4]]
    assert numbers(both, updated_after="2026-11-20T20:00:00Z") == [n[3], n[4], n[5]]
    assert numbers(both, updated_after="2026-11-20T20:00:00Z", start_date="2026-11-01") == [n[3], n[4]]
    assert both.client.get(f"{V2}/requests.json?updated_after=kemarin").status_code == 400
    assert both.client.get(f"{V2}/requests.json?service_code=x").status_code == 404


def test_what_never_was_and_what_is_not_public_answer_alike(small: Intake) -> None:
    hear(small, published(1), unpublished(1), published(2))
    report = {"service_code": "sampah", "description": "Rahasia", "lat": "-6.884", "long": "107.54"}
    (given,) = small.client.post(f"{V2}/requests.json", data=report).get_json()
    ticket = given["service_request_id"]
    assert small.client.get(f"{V2}/requests/{ticket}.json").get_json()[0]["service_request_id"] == ticket
    (row,) = small.rows(tables.complaints)
    gone, never, internal = public_number("c1"), public_number("c9"), public_number(row["complaint_id"])
    for format_ in ("json", "xml"):
        answers = {
            small.client.get(f"{V2}/requests/{asked}.{format_}").get_data(as_text=True)
            for asked in (gone, never, internal, new_ticket("CMH"), "x")
        }
        assert len(answers) == 1
        assert ALIKE in answers.pop()
    pages = set()
    for asked in (gone, never, internal, ticket, "x"):
        page = small.client.get(f"/published/{asked}", headers={"Accept": "text/html", "X-Request-Id": "a" * 9})
        assert page.status_code == 404
        pages.add(page.text.replace(f"/published/{asked}", ""))
    assert len(pages) == 1
    assert small.client.get("/published/a%00b").status_code == 404


def test_public_numbers_cost_nobody_the_answers_about_tickets(small: Intake) -> None:
    hear(small, published())
    for _ in range(3):
        many = ",".join(public_number(f"x{n}") for n in range(99))
        assert small.client.get(f"{V2}/requests.json?service_request_id={many}").get_json() == []
    assert numbers(small, service_request_id=public_number("c1")) == [public_number("c1")]


def test_the_pages_show_it_and_may_be_kept_for_a_moment(both: Intake) -> None:
    hear(
        both,
        published(1, answer="Sudah <b>diangkut</b>.\n\nTerima kasih."),
        published(2, state="closed", place=Place(None, None)),
    )
    number = public_number("c1")
    front = both.client.get("/").text
    assert 'href="/published"' in front
    assert "noindex" in front
    listed = both.client.get("/published")
    assert listed.status_code == 200
    assert "noindex" not in listed.text
    assert f"/published/{number}" in listed.text
    assert "Sampah menumpuk 2." in listed.text
    page = both.client.get(f"/published/{number}")
    assert "noindex" not in page.text
    assert "<b>" not in page.text
    assert "&lt;b&gt;diangkut" in page.text
    assert "Kelurahan Cibeber" in page.text
    assert "20 November 2026" not in page.text
    assert "21 November 2026" in page.text
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in page.headers
    kept = both.client.get(f"/published/{number}", headers={"If-None-Match": page.headers["ETag"]})
    assert kept.status_code == 304
    english = both.client.get(f"/published/{number}?lang=en")
    assert english.headers["Cache-Control"].startswith("private")
    assert "In progress" in english.text
    assert both.client.get(f"/published/{number.lower().replace('-', '')}").status_code == 301
    only = both.client.get("/published?status=closed&kelurahan=").text
    assert number not in only
    assert "noindex, follow" in only
    assert "Sampah menumpuk 1." in both.client.get("/published?kelurahan=Cibeber&service=sampah").text
    assert "Tampilkan semua" in both.client.get("/published?kelurahan=%00&service=<script>").text
    assert both.client.get("/published?after=x.y&status=zzz").status_code == 200


def test_a_list_pages_through_everything_once(small: Intake) -> None:
    hear(small, *(published(n, requested_at=DAY - timedelta(days=n % 3)) for n in range(45)))
    found, path = [], "/published"
    for _ in range(3):
        page = small.client.get(path).text
        found += [part.split('"')[0] for part in page.split('<h2><a href="/published/')[1:]]
        path = page.split('rel="next" href="')[-1].split('"')[0].replace("&amp;", "&")
    assert sorted(found) == sorted(public_number(f"c{n}") for n in range(45))
