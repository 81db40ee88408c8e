"""How content citizens are: by the tracking page, by text message, by an answer to our mail."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.intake import tables
from services.intake.rating import MOST_RATINGS, MOST_WORDS
from services.intake.submission import Contact
from services.intake.tracking import MOST_WRONG_CODES
from shared.contracts.complaint import ComplaintAdded, ComplaintRated, ComplaintReceived
from tests.integration.answering import answered, closed, hear, settle
from tests.integration.test_intake_sms_talk import PHONE, STRANGER, Phone
from tests.integration.test_intake_web_additions import add
from tests.integration.web_browser import FormBrowser
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


@pytest.fixture
def phone(built: Intake) -> Phone:
    """Of somebody whose complaint was settled."""
    phone = Phone(built)
    phone.send("lampu jalan padam di Cibeber")
    settle(built, complaint_of(built, phone))
    return phone


def complaint_of(built: Intake, phone: Phone) -> str:
    found: str = next(row["complaint_id"] for row in built.rows(tables.complaints) if row["ticket"] == phone.ticket)
    return found


def said(built: Intake, kind: type = ComplaintRated) -> list[Any]:
    return [fact for fact in built.said() if isinstance(fact, kind)]


def settled(built: Intake) -> Any:
    receipt = built.door.accept(submission(contact=Contact("siti@example.org", "0812 0000 1234", "Siti")))
    settle(built, receipt.complaint_id)
    return receipt


def opened(built: Intake, receipt: Any, language: str = "") -> tuple[FormBrowser, dict[str, Any]]:
    """A browser at the tracking page, and the fields of its form for a rating."""
    browser = FormBrowser(built, language)
    page = browser.get(f"/complaints/{receipt.ticket}?code={receipt.tracking_code}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    return browser, {"csrf_token": token[1], "code": receipt.tracking_code}


def rate(browser: FormBrowser, receipt: Any, form: dict[str, Any], **more: Any) -> Any:
    return browser.send({**form, **more}, f"/complaints/{receipt.ticket}/rating")


def test_a_rating_is_stored_said_and_confirmed(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    answer = rate(browser, receipt, form, score="4", words="Cepat, tapi petugas ketus")
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "Penilaian Anda sudah kami terima." in page
    assert "Pelapor memberi nilai 4 dari 5, melalui formulir web." in page
    assert "Nilai Anda: 4 dari 5." in page
    assert re.search(r'value="4" checked', page)
    assert "ketus" not in page, "like the text of a complaint"
    (fact,) = said(built)
    assert fact == ComplaintRated(
        complaint_id=receipt.complaint_id, ticket=receipt.ticket, number=1, score=4, words="Cepat, tapi petugas ketus",
        by_channel="web", rated_at=fact.rated_at,
    )  # fmt: skip


def test_a_later_rating_replaces_the_earlier_one_and_the_same_again_changes_nothing(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    for score in ("4", "4", "2", "2"):
        assert rate(browser, receipt, form, score=score).status_code == 303
    assert [(fact.number, fact.score) for fact in said(built)] == [(1, 4), (2, 2)]
    (row,) = built.rows(tables.ratings)
    assert (row["number"], row["score"], row["asked_at"] is None) == (2, 2, False)


@pytest.mark.parametrize("score", ["", "0", "6", "45", "baik", "4 bagus", "-1", "٤"])
def test_what_is_no_rating_brings_the_form_back(built: Intake, score: str) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    answer = rate(browser, receipt, form, score=score, words="sebab <itu>")
    page = answer.text
    assert answer.status_code == 422
    assert page.count("Pilih salah satu nilai.") == 2
    assert "sebab &lt;itu&gt;</textarea>" in page
    assert '<a href="#score">' in page
    assert not said(built)


def test_words_are_cleaned_and_too_many_are_told_not_cut(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    answer = rate(browser, receipt, form, score="1", words="x" * (MOST_WORDS + 1))
    assert answer.status_code == 422
    assert answer.text.count("Tulis paling banyak 2.000 huruf.") == 2
    assert "x" * (MOST_WORDS + 1) + "</textarea>" in answer.text
    assert not said(built)
    rate(browser, receipt, form, score="1", words=" a\x00b" + "x" * (MOST_WORDS - 2))
    assert said(built)[0].words == "ab" + "x" * (MOST_WORDS - 2)


def test_nothing_is_rated_before_an_answer_nor_by_who_only_joined(built: Intake) -> None:
    first = built.door.accept(submission())
    joined = built.door.accept(submission(text="saya juga", joined_to=first.complaint_id))
    browser, form = opened(built, first)
    assert rate(browser, first, form, score="5").status_code == 409
    hear(built, answered(built, first.complaint_id))
    browser, form = opened(built, joined)
    answer = rate(browser, joined, form, score="5")
    assert (answer.status_code, "setelah laporan dijawab" in answer.text) == (409, True)
    browser, form = opened(built, first)
    assert rate(browser, first, form, score="5").status_code == 303, "an answer is enough"
    hear(built, closed(built, first.complaint_id))
    (row,) = built.rows(tables.ratings)
    assert (row["score"], row["asked_at"]) == (5, built.clock.now())


def test_ticket_and_code_are_proved_first_and_tries_are_limited(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    for _ in range(MOST_WRONG_CODES):
        assert rate(browser, receipt, {**form, "code": "AAAAA-AAAAA"}, score="5").status_code == 404
    assert rate(browser, receipt, form, score="5").status_code == 429
    assert not said(built)


def test_a_form_without_its_token_is_not_taken_and_not_lost(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    answer = rate(browser, receipt, {**form, "csrf_token": "x"}, score="3", words="lumayan")
    assert (answer.status_code, "lumayan</textarea>" in answer.text) == (400, True)
    assert not said(built)


def test_ratings_are_not_changed_for_ever(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    answers = [rate(browser, receipt, form, score=str(1 + turn % 2)).status_code for turn in range(MOST_RATINGS + 1)]
    assert answers == [303] * MOST_RATINGS + [422]


def test_the_language_can_be_changed_with_the_form_half_filled(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    page = html.unescape(rate(browser, receipt, form, score="2", words="sebab", language="en").text)
    assert "How satisfied are you with how it was handled?" in page
    assert "2 – Dissatisfied" in page
    assert 'value="2" checked' in page
    assert "sebab</textarea>" in page
    assert 'form="nilai"' in page
    assert not said(built)


def test_after_not_solved_there_is_nothing_to_rate(built: Intake) -> None:
    receipt = settled(built)
    browser, form = opened(built, receipt)
    rate(browser, receipt, form, score="5")
    built.clock.pass_by(hours=1)
    add(browser, receipt, {**form, "nonce": "n" * 20, "text": "", "what": "not_solved"})
    assert rate(browser, receipt, form, score="1").status_code == 409
    assert [fact.score for fact in said(built)] == [5]


def test_by_keyword(built: Intake, phone: Phone) -> None:
    ticket = phone.ticket
    reply = phone.send(f"NILAI {ticket} 4 cepat sekali", id_="one")
    assert (phone.outcome, reply) == ("rated", f"Terima kasih, nilai 4 untuk laporan {ticket} sudah kami catat.")
    assert phone.send(f"NILAI {ticket} 4 cepat sekali", id_="one") == reply
    assert phone.send(f"nilai {ticket.lower().replace('-', ' ')} 2") == reply.replace("nilai 4", "nilai 2")
    assert phone.send(f"NILAI {ticket} 4 cepat sekali", id_="one") == reply, "repeated by the gateway"
    assert [(fact.score, fact.words, fact.by_channel) for fact in said(built)] == [
        (4, "cepat sekali", "sms"),
        (2, "", "sms"),
    ]
    assert len(said(built, ComplaintReceived)) == 1


def test_a_keyword_that_lacks_something_is_told_what(built: Intake, phone: Phone) -> None:
    ticket = phone.ticket
    for text in (f"NILAI {ticket}", f"NILAI {ticket} bagus", f"NILAI {ticket} 9"):
        assert f"contoh: NILAI {ticket} 4." in phone.send(text)
        assert phone.outcome == "score_wanted"
    assert not said(built)


def test_wrong_foreign_and_unanswered_read_as_for_status(built: Intake, phone: Phone) -> None:
    ticket = phone.ticket
    stranger = Phone(built, STRANGER)
    assert stranger.send(f"NILAI {ticket} 1") == stranger.send(f"STATUS {ticket}")
    assert stranger.outcome == "unknown_ticket"
    assert phone.send("NILAI CMH-0000-0000 1") == stranger.send("STATUS CMH-0000-0000")
    stranger.send("got mampet di Utama")
    reply = stranger.send(f"NILAI {stranger.ticket} 5")
    assert (stranger.outcome, "Nilai dapat diberikan setelah laporan dijawab." in reply) == ("not_answered", True)
    assert not said(built)


def test_a_bare_number_answers_our_question(built: Intake, phone: Phone) -> None:
    built.clock.pass_by(days=13)
    reply = phone.send(" 5. ")
    assert (phone.outcome, "nilai 5" in reply) == ("rated", True)
    assert "nilai 3" in phone.send("NILAI 3")
    assert [fact.score for fact in said(built)] == [5, 3]
    built.clock.pass_by(days=2)
    phone.send("4")
    assert phone.outcome == "asked", "so late it is a complaint that says too little"


def test_a_bare_number_of_somebody_who_was_not_asked_is_no_rating(built: Intake) -> None:
    for number, asked in ((PHONE, False), (STRANGER, True)):
        phone = Phone(built, number)
        phone.send("lampu jalan padam di Cibeber")
        if asked:
            hear(built, answered(built, complaint_of(built, phone)))
        else:
            settle(built, complaint_of(built, phone), asks=False)
        phone.send("3")
        assert phone.outcome == "asked"
    assert not said(built)


def test_the_question_that_was_asked_last_is_the_one_that_a_number_answers(built: Intake, phone: Phone) -> None:
    built.clock.pass_by(hours=1)
    phone.send("min tlg dong")
    assert phone.outcome == "asked"
    phone.send("3")
    assert phone.outcome == "answered"
    assert (len(said(built)), len(said(built, ComplaintAdded))) == (0, 1)


def test_belum_alone_means_what_was_just_settled(built: Intake, phone: Phone) -> None:
    ticket = phone.ticket
    phone.send("got mampet di Utama")
    built.clock.pass_by(hours=1)
    assert ticket in phone.send("BELUM")
    assert phone.outcome == "not_solved"
    (fact,) = said(built, ComplaintAdded)
    assert (fact.ticket, fact.what) == (ticket, "not_solved")


def test_thanks_count_into_the_replies_of_a_day(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/few.db", sms_replies_per_day=1) as built:
        phone = Phone(built)
        phone.send("lampu jalan padam di Cibeber")
        ticket = phone.ticket
        settle(built, complaint_of(built, phone))
        assert phone.send(f"NILAI {ticket} 4") != ""
        assert phone.send(f"NILAI {ticket} 5") == ""
        assert [fact.score for fact in said(built)] == [4, 5]
        assert built.clock.now() - said(built)[0].rated_at < timedelta(seconds=1)
