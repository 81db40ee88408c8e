"""Pages speak the reader's language; programs are always answered in the first one."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import repository, wording
from shared.web.languages import COOKIE
from tests.integration.web_browser import FormBrowser, buttons, hidden_fields
from tests.support.catalogue import ALL
from tests.unit.intake.building import Intake, intake, submission

INDONESIAN = re.compile(r"\b(?:dan|yang|tidak|Anda|laporan|kami|dengan|untuk|di)\b")
"""Words that no English sentence has."""


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def language_of(page: str) -> str:
    found = re.search(r'<html lang="([^"]+)">', page)
    assert found
    return found[1]


def english_words(page: str) -> str:
    """What a page says and marks as English: without what is marked as Indonesian, and without what was typed."""
    page = page.split("<body>")[1]
    page = re.sub(r'<(\w+)[^>]* lang="id"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
    page = re.sub(r"<textarea.*?</textarea>|<option.*?</option>", "", page, flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|data-[\w-]+)="([^"]*)"', page)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", " ", page), *said]))


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [("", "id"), ("en-GB,en;q=0.9", "en"), ("id,en;q=0.5", "id"), ("de,fr", "id"), ("de,en;q=0.3", "en"), ("*", "id")],
)
def test_the_browser_s_language_is_spoken_else_indonesian(built: Intake, accepted: str, spoken: str) -> None:
    assert language_of(FormBrowser(built, accepted).get("/").text) == spoken


def test_whoever_switches_stays_with_it(built: Intake) -> None:
    browser = FormBrowser(built, "id")
    assert language_of(browser.get("/track?lang=en").text) == "en"
    assert language_of(browser.get("/").text) == "en"
    assert language_of(browser.get("/nowhere").text) == "en"
    assert language_of(browser.get("/track?lang=id").text) == "id"
    for unknown in ("xx", "../../etc", ""):
        assert language_of(browser.get(f"/track?lang={unknown}").text) == "id"


def test_who_never_switched_gets_no_cookie_for_it(built: Intake) -> None:
    assert COOKIE not in str(FormBrowser(built, "en").get("/track").headers)
    assert COOKIE not in str(FormBrowser(built, "en").get("/track?lang=xx").headers)


def test_switching_in_the_middle_loses_nothing(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu <padam>", "detail": "Jl. Mawar", "kelurahan": "Cibeber"}
    answer = browser.send({**form, "language": "en"})
    assert answer.status_code == 200
    assert language_of(answer.text) == "en"
    assert "Lampu &lt;padam&gt;" in answer.text
    assert 'id="masalah"' not in answer.text
    _, _, page = browser.receipt({**form, **hidden_fields(answer.text)})
    assert language_of(page) == "en"


def test_every_page_is_wholly_in_the_language_that_it_names(built: Intake) -> None:
    receipt = built.door.accept(submission())
    with built.database.write() as tx:
        entry = {"complaint_id": receipt.complaint_id, "revision": 2, "at": built.clock.now()}
        repository.add_to_timeline(tx, {**entry, "event": "routed", "note": wording.routed_note("Dinas Perhubungan")})
        repository.add_to_timeline(tx, {**entry, "event": "sung", "note": "Laporan ini dan yang lain dinyanyikan."})
        repository.apply_status(tx, receipt.complaint_id, 2, status="routed", agency="D", agency_name="Dinas yang mana")
    browser = FormBrowser(built, "en")
    form = browser.opened_form()
    wrong = {"text": " ", "phone": "1", "email": "1", "kelurahan": "x", "kind": "x", "identity": "x", "name": "a" * 999}
    pages = [
        browser.get("/"),
        browser.send({**form, **wrong, "detail": "a" * 999}),
        browser.send({**form, "csrf_token": ""}),
        browser.get("/track"),
        browser.get("/track?ticket=&code="),
        browser.get("/complaints/CMH-0000-0000?code=1"),
        browser.get(f"/complaints/{receipt.ticket}?code={receipt.tracking_code}"),
        browser.get("/nowhere"),
        browser.send(form, "/track"),
    ]
    _, _, received = browser.receipt({**form, "text": "Lamp is broken"})
    for page in [*(answer.text for answer in pages), received]:
        assert language_of(page) == "en"
        assert INDONESIAN.findall(english_words(page)) == []
    assert "The report was passed on to Dinas Perhubungan." in pages[6].text
    assert '<p class="note" lang="id">Laporan ini dan yang lain dinyanyikan.</p>' in pages[6].text
    assert "at most 10,000" in browser.send({**form, "text": "a" * 10_001}).text.lower()


def test_that_test_would_see_indonesian(built: Intake) -> None:
    sources = ALL["intake"].sources()
    seen = [source for source in sources if len(source) > 40 and not INDONESIAN.search(source)]
    assert len(seen) < 0.2 * len(sources), seen
    assert INDONESIAN.search(english_words(FormBrowser(built).get("/").text))


@pytest.mark.parametrize("path", ["/api/v1/complaints/x", "/open311/v2/requests/x.json"])
def test_programs_are_answered_in_the_first_language(built: Intake, path: str) -> None:
    answer = built.client.get(path, headers={"Accept-Language": "en", "Cookie": f"{COOKIE}=en"})
    assert answer.status_code == 404
    assert INDONESIAN.search(answer.get_data(as_text=True))


@pytest.mark.parametrize("spoken", ["id", "en"])
def test_the_facts_say_in_which_language_a_citizen_was_spoken_to(built: Intake, spoken: str) -> None:
    browser = FormBrowser(built, spoken)
    form = {**browser.opened_form(), "text": "Lampu padam di depan pasar Antri", "kelurahan": "Cibeber"}
    browser.receipt(form)
    again = browser.send({**browser.opened_form(), "text": "Lampu padam di depan pasar Antri", "kelurahan": "Cibeber"})
    browser.receipt({**hidden_fields(again.text), "join": buttons(again.text, "join")[0]})
    assert [(event.TYPE, event.language) for event in built.said()] == [
        ("complaint.received.v1", spoken), ("complaint.followed.v1", spoken),
    ]  # fmt: skip


def test_whoever_came_by_no_form_was_spoken_to_in_no_language_that_is_known(built: Intake) -> None:
    built.door.accept(submission())
    assert [event.language for event in built.said()] == [""]


def test_dates_are_written_as_the_language_does(built: Intake) -> None:
    receipt = built.door.accept(submission())
    path = f"/complaints/{receipt.ticket}?code={receipt.tracking_code}"
    assert "24 November 2026 pukul 10.00 WIB" in FormBrowser(built).get(path).text
    assert "November 24, 2026 at 10:00" in FormBrowser(built, "en").get(path).text
