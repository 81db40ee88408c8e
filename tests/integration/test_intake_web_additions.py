"""The tracking page: what it shows, the box for more words and photos, and that a matter is not solved."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import repository, tables
from services.intake.submission import Contact
from services.intake.tracking import MOST_WRONG_CODES
from shared.contracts.complaint import ComplaintAdded
from shared.ids import new_ticket
from tests.integration.web_browser import FormBrowser, hidden_fields
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def tracked(built: Intake, **changes: Any) -> tuple[FormBrowser, Any, dict[str, Any]]:
    """A browser at the tracking page, the receipt, and the box's fields."""
    receipt = built.door.accept(submission(contact=Contact("siti@example.org", "0812 0000 1234", "Siti"), **changes))
    browser = FormBrowser(built)
    page = browser.get(f"/complaints/{receipt.ticket}?code={receipt.tracking_code}").text
    return browser, receipt, hidden_fields(page)


def add(browser: FormBrowser, receipt: Any, form: dict[str, Any]) -> Any:
    return browser.send(form, f"/complaints/{receipt.ticket}/additions")


def test_more_words_are_stored_said_and_confirmed(built: Intake) -> None:
    browser, receipt, form = tracked(built)
    answer = add(browser, receipt, {**form, "text": "Sekarang dua lampu", "what": "addition"})
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "Tambahan Anda sudah kami terima." in page
    assert "Pelapor menambahkan keterangan, melalui formulir web." in page
    for hidden in ("Sekarang dua lampu", "siti@", "0812", "Siti"):
        assert hidden not in page
    fact = built.said()[-1]
    assert isinstance(fact, ComplaintAdded)
    assert (fact.addition, fact.what, fact.by_channel, fact.by_sender) == (
        "Sekarang dua lampu",
        "addition",
        "web",
        True,
    )


def test_a_double_click_adds_once(built: Intake) -> None:
    browser, receipt, form = tracked(built)
    for _ in range(2):
        assert add(browser, receipt, {**form, "text": "Sekarang dua lampu"}).status_code == 303
    assert len(built.rows(tables.additions)) == 1


def test_not_solved_needs_no_words_and_is_offered_once_an_agency_has_it(built: Intake) -> None:
    browser, receipt, form = tracked(built)
    path = f"/complaints/{receipt.ticket}?code={receipt.tracking_code}"
    assert 'value="not_solved"' not in browser.get(path).text
    with built.database.write() as tx:
        repository.apply_status(tx, receipt.complaint_id, 2, status="routed", agency="DLH", agency_name="Dinas")
    assert 'value="not_solved"' in browser.get(path).text
    answer = add(browser, receipt, {**form, "text": "", "what": "not_solved"})
    page = browser.get(answer.headers["Location"]).text
    assert "masalahnya belum selesai" in page
    assert built.said()[-1].what == "not_solved"


@pytest.mark.parametrize("text", ["", " ", "\x00"])
def test_an_empty_addition_is_asked_for_words(built: Intake, text: str) -> None:
    browser, receipt, form = tracked(built)
    answer = add(browser, receipt, {**form, "text": text})
    assert answer.status_code == 422
    assert 'id="text-salah"' in answer.text
    assert 'href="#text"' in answer.text
    assert built.rows(tables.additions) == []


def test_without_the_token_of_the_page_nothing_is_added_and_nothing_is_lost(built: Intake) -> None:
    browser, receipt, form = tracked(built)
    answer = add(browser, receipt, {**form, "csrf_token": "", "text": "Sekarang dua lampu"})
    assert answer.status_code == 400
    assert "Sekarang dua lampu" in answer.text
    assert built.rows(tables.additions) == []
    assert add(browser, receipt, {**hidden_fields(answer.text), "text": "Sekarang dua lampu"}).status_code == 303


def test_a_wrong_code_and_an_unknown_ticket_look_alike_and_are_limited(built: Intake) -> None:
    browser, receipt, form = tracked(built)

    def tried(ticket: str, code: str) -> tuple[int, str]:
        answer = browser.send({**form, "code": code, "text": "Sekarang"}, f"/complaints/{ticket}/additions")
        return answer.status_code, re.sub(r'value="[^"]*"|ticket=[\w-]+', "", html.unescape(answer.text))

    wrong = tried(receipt.ticket, "00000-00000")
    assert wrong == tried(new_ticket("CMH"), receipt.tracking_code)
    assert wrong[0] == 404
    assert "Sekarang" not in wrong[1]
    for _ in range(MOST_WRONG_CODES):
        status, _ = tried(receipt.ticket, "00000-00000")
    assert status == 429
    assert tried(receipt.ticket, receipt.tracking_code)[0] == 429
    assert built.rows(tables.additions) == []


def test_who_joined_adds_to_the_complaint_that_was_joined(built: Intake) -> None:
    leader = built.door.accept(submission("Lampu jalan padam"))
    browser, follower, form = tracked(built, joined_to=leader.complaint_id)
    answer = add(browser, follower, {**form, "text": "Di gang kami juga gelap"})
    fact = built.said()[-1]
    assert (fact.complaint_id, fact.by_sender) == (leader.complaint_id, False)
    assert "Pelapor menambahkan keterangan" in browser.get(answer.headers["Location"]).text
    other_browser, other, _ = tracked(built, text="Gelap di sini", joined_to=leader.complaint_id)
    assert other.ticket != follower.ticket
    page = other_browser.get(f"/complaints/{other.ticket}?code={other.tracking_code}").text
    assert "Pelapor menambahkan keterangan" not in page, "others' additions are their own matter"


def test_an_unknown_kind_of_addition_is_an_ordinary_one(built: Intake) -> None:
    browser, receipt, form = tracked(built)
    add(browser, receipt, {**form, "text": "Sekarang dua lampu", "what": "answer"})
    assert built.rows(tables.additions)[0]["what"] == "addition"


def test_a_program_adds_by_the_api(built: Intake) -> None:
    receipt = built.door.accept(submission())
    path = f"/api/v1/complaints/{receipt.ticket}/additions"
    headers = {"X-Tracking-Code": receipt.tracking_code, "Idempotency-Key": "k1"}
    first, again = (built.client.post(path, json={"text": "Sekarang dua"}, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert (first.json["ticket"], first.json["number"]) == (receipt.ticket, 1)
    assert built.client.post(path, json={"text": "Lain"}, headers=headers).status_code == 409
    assert built.client.post(path, json={"text": " "}, headers={**headers, "Idempotency-Key": "k2"}).status_code == 422
    wrong = built.client.post(path, json={"text": "x"}, headers={"X-Tracking-Code": "00000-00000"})
    assert (wrong.status_code, wrong.json["code"]) == (404, "no_match")
    assert len(built.rows(tables.additions)) == 1
