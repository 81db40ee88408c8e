"""What an agency answers reaches the citizen, and nobody else; not solved opens it again."""

import html
import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.intake import tables
from services.intake.api.keys import ApiKeys, Scope
from services.intake.submission import Addition, Contact
from shared.errors import Rejected
from tests.integration.answering import ANSWER, answered, closed, hear, settle
from tests.integration.web_browser import FormBrowser
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture(params=["sqlite", "postgres"])
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


def accepted(built: Intake, **changes: Any) -> Any:
    return built.door.accept(submission(contact=Contact("siti@example.org", "0812 0000 1234", "Siti"), **changes))


def state(built: Intake) -> tuple[str, str | None, int]:
    row = built.rows(tables.complaints)[0]
    return row["status"], row["agency_name"], row["revision"]


def status(built: Intake, receipt: Any) -> dict[str, Any]:
    headers = {"X-Tracking-Code": receipt.tracking_code}
    answer = built.client.get(f"/api/v1/complaints/{receipt.ticket}", headers=headers)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def page(built: Intake, receipt: Any, language: str = "") -> str:
    path = f"/complaints/{receipt.ticket}?code={receipt.tracking_code}"
    text: str = FormBrowser(built, language).get(path).text
    return text


def not_solved(built: Intake, receipt: Any) -> None:
    additions = built.service.web.view_functions["additions.add"].__self__.additions  # type: ignore[attr-defined]
    wish = Addition(receipt.complaint_id, "not_solved", "web", "tracking", "", sender=receipt.complaint_id)
    additions.add(wish)


def test_the_answer_in_whatever_order_and_however_often_it_is_heard(built: Intake) -> None:
    receipt = accepted(built)
    said = [answered(built, receipt.complaint_id), closed(built, receipt.complaint_id, reason="Selesai diganti")]
    for order in itertools.permutations(range(2)):
        hear(built, *(said[number] for number in (*order, *order)))
    assert state(built) == ("closed", "Dinas Perhubungan", 4)
    told = [(entry["event"], entry["note"]) for entry in status(built, receipt)["timeline"]]
    assert told[1:] == [
        ("answered", f"Laporan dijawab oleh Dinas Perhubungan.\n\n{ANSWER}"),
        ("closed", "Laporan dinyatakan selesai oleh Dinas Perhubungan.\n\nSelesai diganti"),
    ]


def test_the_tracking_page_shows_it_in_paragraphs_and_as_text(built: Intake) -> None:
    receipt = accepted(built)
    hear(built, answered(built, receipt.complaint_id, answer=f"{ANSWER}\n<script>alert(1)</script>"))
    text = page(built, receipt)
    assert "<h1>Ditindaklanjuti</h1>" in text
    assert "<p>Lampu diganti pagi ini.</p><p>Terima kasih &lt;b&gt;Bu Siti" in text
    assert "<script>alert" not in text
    english = html.unescape(page(built, receipt, "en"))
    assert "The report was answered by Dinas Perhubungan." in english
    assert '<div class="answer" lang="id">' in english


def test_a_partner_without_the_code_and_lists_for_everybody_have_no_words_of_it(built: Intake) -> None:
    keys = ApiKeys(built.database, built.clock)
    secret = keys.issue("loket", (Scope.WRITE, Scope.READ), by="test", per_minute=60)
    headers = {"Authorization": f"Bearer {secret}"}
    made = built.client.post("/api/v1/complaints", json={"text": "lampu padam"}, headers=headers).json
    (row,) = built.rows(tables.complaints)
    hear(built, answered(built, row["complaint_id"]))
    found = built.client.get(f"/api/v1/complaints/{made['ticket']}", headers=headers)
    assert found.json["status"] == "answered"
    assert found.json["timeline"][-1]["note"] == "Laporan dijawab oleh Dinas Perhubungan."


def test_open311_says_that_it_is_closed_and_nothing_of_the_answer(built: Intake) -> None:
    receipt = accepted(built, channel="open311")
    settle(built, receipt.complaint_id)
    answer = built.client.get(f"/open311/v2/requests/{receipt.ticket}.json")
    assert answer.json[0]["status"] == "closed"
    assert "Lampu diganti" not in answer.text


def test_who_joined_reads_the_answer_without_numbers(built: Intake) -> None:
    first = accepted(built)
    joined = built.door.accept(submission(text="saya juga", joined_to=first.complaint_id))
    hear(built, answered(built, first.complaint_id))
    note = status(built, joined)["timeline"][-1]["note"]
    assert "Lampu diganti pagi ini." in note
    assert "0812" not in note
    assert "0812-3456-7890" in status(built, first)["timeline"][-1]["note"]
    assert 'action="/complaints/' + joined.ticket + '/rating"' not in page(built, joined)


def test_not_solved_opens_it_again_until_the_next_answer(built: Intake) -> None:
    receipt = accepted(built)
    settle(built, receipt.complaint_id)
    built.clock.pass_by(hours=1)
    not_solved(built, receipt)
    assert state(built) == ("in_progress", "Dinas Perhubungan", 4)
    assert "<h1>Diproses</h1>" in page(built, receipt)
    hear(built, answered(built, receipt.complaint_id))
    assert state(built)[0] == "in_progress", "the old answer, heard again"
    built.clock.pass_by(hours=1)
    hear(built, answered(built, receipt.complaint_id, revision=6, number=2))
    assert state(built) == ("answered", "Dinas Perhubungan", 6)


def test_not_solved_that_is_younger_than_an_answer_heard_late_still_counts(built: Intake) -> None:
    receipt = accepted(built)
    answer = answered(built, receipt.complaint_id)
    built.clock.pass_by(minutes=1)
    not_solved(built, receipt)
    hear(built, answer)
    assert state(built)[0] == "in_progress"


def test_not_solved_of_what_nobody_answered_changes_no_state(built: Intake) -> None:
    receipt = accepted(built)
    not_solved(built, receipt)
    assert state(built)[0] == "received"
    built.clock.pass_by(days=1)
    hear(built, answered(built, receipt.complaint_id))
    assert state(built)[0] == "answered"


def test_an_answer_to_a_complaint_that_is_not_known_waits_for_a_person(built: Intake) -> None:
    receipt = accepted(built)
    event = answered(built, receipt.complaint_id)
    with built.database.write() as tx:
        tx.execute(tables.complaints.delete())
    with pytest.raises(Rejected, match="no complaint"):
        hear(built, event)
    assert not built.rows(tables.answers)


def test_the_question_is_noted_at_the_first_closing_only(built: Intake) -> None:
    receipt = accepted(built)
    settle(built, receipt.complaint_id)
    asked_at = built.clock.now()
    built.clock.pass_by(days=1)
    hear(built, closed(built, receipt.complaint_id, revision=6, number=2), closed(built, receipt.complaint_id))
    (row,) = built.rows(tables.ratings)
    assert (row["asked_at"], row["number"], row["score"]) == (asked_at, 0, None)


def test_a_city_that_does_not_ask(built: Intake) -> None:
    receipt = accepted(built)
    settle(built, receipt.complaint_id, asks=False)
    assert not built.rows(tables.ratings)
    assert "Seberapa puas Anda" in page(built, receipt), "who wants to say it may"
    assert built.clock.now() - receipt.received_at == timedelta(days=1)
