"""The desk speaks the language of whoever reads it, wholly; what the city and the citizens wrote stays as it is."""

import html
import re

import pytest
from flask import Flask

from services.desk.adapters import CapturedMessage
from services.desk.views.display import LANGUAGE_COOKIE
from shared.web.languages import COOKIE
from tests.unit.desk.facts import RECEIVED, routed, ticket, unrouted
from tests.unit.desk.fake_deliveries import SENT_ID, UNCERTAIN_ID
from tests.unit.desk.fakes import HELD
from tests.unit.desk.world import LOGINS, PACK, PASSWORD, Visitor, World

INDONESIAN = re.compile(
    r"\b(?:yang|tidak|belum|sudah|dengan|untuk|oleh|ini|itu|laporan|pelapor|instansi|Anda|alasan|semua|cari)\b", re.I
)
"""Words that no English sentence has."""
OF_THE_CITY = [words for agency in PACK.agencies for words in (agency.name, agency.public_contact) if words]
CAPTURED = CapturedMessage(
    delivery_id="d1", ticket=ticket(1), message="case_addition.2", recipient="citizen", channel="sms",
    at=RECEIVED.isoformat(), subject="", text="Laporan ini sudah diteruskan.",
)  # fmt: skip
PAGES = {
    "coordinator": [
        "/deliveries?reason=no_answer&recipient=DISHUB", f"/deliveries/{SENT_ID}", f"/deliveries/{UNCERTAIN_ID}",
        "/alerts", "/notifications", "/captured", "/quarantine", f"/quarantine/{HELD.quarantine_id}", "/dead",
        "/nowhere",
    ],
    "operator": ["/dead", f"/deliveries/{SENT_ID}"],
    "auditor": ["/audit"],
}  # fmt: skip


def english_words(page: str) -> str:
    """What a page says and marks as English, without what people chose from or typed."""
    page = page.split("<body>")[1]
    page = re.sub(r'<(\w+)[^>]* lang="id"[^>]*>.*?</\1>', "", page, flags=re.DOTALL)
    page = re.sub(r"<textarea.*?</textarea>|<option.*?</option>", "", page, flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', page)
    words = html.unescape(" ".join([re.sub(r"<[^>]+>", " ", page), *said]))
    return re.sub("|".join(map(re.escape, OF_THE_CITY)), "", words)


def plain_pages(app: Flask) -> list[str]:
    """The addresses of all pages that need no more than to be asked for."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted(str(rule) for rule in rules if not str(rule).startswith(("/healthz", "/readyz", "/metrics")))


@pytest.mark.parametrize("role", PAGES)
def test_every_page_is_wholly_in_the_language_that_it_names(world: World, role: str) -> None:
    world.captured.messages = [CAPTURED]
    world.hear(routed(1), unrouted(2))
    visitor = world.logged_in(LOGINS[role])
    visitor.get("/login?lang=en")
    for path in [*PAGES[role], *(plain_pages(world.service.web) if role == "coordinator" else ())]:
        answer = visitor.get(path)
        if answer.mimetype == "text/html" and answer.status_code != 303:
            assert '<html lang="en" dir="ltr">' in answer.text, path
            assert INDONESIAN.findall(english_words(answer.text)) == [], f'{path}: _(), sentence() or lang="id"'


def test_that_test_would_see_indonesian(world: World) -> None:
    assert len(INDONESIAN.findall(english_words(world.logged_in(LOGINS["auditor"]).get("/audit").text))) > 3


def test_moments_numbers_and_made_up_sentences_are_the_reader_s(world: World) -> None:
    visitor = world.logged_in(LOGINS["operator"])
    assert "24 Nov 2026, 09.20 WIB" in visitor.get("/alerts").text
    page = visitor.get("/alerts?lang=en").text
    assert "24 Nov 2026, 09:20 WIB" in page
    assert "Messages to Dinas Perhubungan do not arrive by e-mail" in page
    assert "the e-mail came back, code 5.1.1" in page
    assert "E-mail: 120 sent, 2 failed" in visitor.get("/deliveries").text
    assert "(attempt 1, 0.3 s)" in visitor.get(f"/deliveries/{SENT_ID}").text


def test_a_choice_holds_through_the_login_and_is_the_desk_s_own(world: World) -> None:
    visitor = Visitor(world.service.web.test_client())
    visitor.client.set_cookie(COOKIE, "en")
    assert '<html lang="id"' in visitor.get("/login").text, "what was chosen on the public pages changes nothing here"
    assert 'href="/login?next=%2Fdeliveries&amp;lang=en"' in visitor.get("/login?next=/deliveries").text
    visitor.get("/login?lang=en")
    refused = visitor.post("/login", login="nobody", password="wrong")
    assert "Login name or password is wrong." in refused.text
    assert visitor.post("/login", login=LOGINS["operator"], password=PASSWORD).status_code == 303
    assert "All cases" in visitor.get("/dead").text
    kept = visitor.client.get_cookie(LANGUAGE_COOKIE)
    assert kept is not None
    assert kept.value == "en"


def test_what_was_done_and_what_was_wrong_is_said_in_the_reader_s_language(world: World) -> None:
    visitor = world.logged_in(LOGINS["coordinator"])
    path = f"/quarantine/{HELD.quarantine_id}"
    visitor.get(f"{path}?lang=en")
    assert "Write a short reason (at most 500 characters)." in visitor.post(path, act="discard", reason="").text
    visitor.post(path, act="complaint", reason="jelas")
    assert "The message became case CMH-0000-000A." in visitor.get("/quarantine").text
    visitor.post(path, act="discard", reason="spam")
    assert "Pesan dibuang. Catatannya tetap ada." in visitor.get("/quarantine?lang=id").text
