"""The form, the receipt and the tracking pages, as a browser without scripts sees them."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask_wtf.csrf import CSRFProtect

from services.intake import tables
from services.intake.channels.sms import SmsViews
from services.intake.channels.web import FormViews
from services.intake.pages import Pages
from services.intake.tracking import MOST_WRONG_CODES
from shared.errors import Transient
from shared.ids import ALPHABET, new_ticket
from shared.observability.metrics import Metrics
from shared.web.base import create_web
from tests.unit.intake.building import Intake, intake, small_city

PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


class Browser:
    """Keeps cookies; opens the form and sends it."""

    def __init__(self, built: Intake) -> None:
        self.client = built.client

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=PAGE)

    def opened_form(self) -> dict[str, str]:
        page = self.get("/").text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        return {"kind": "pengaduan", "identity": "anonymous", **hidden}

    def send(self, form: dict[str, Any]) -> Any:
        return self.client.post("/complaints", data=form, headers=PAGE)

    def receipt(self, form: dict[str, Any]) -> tuple[str, str, str]:
        """(ticket, tracking code, page)"""
        answer = self.send(form)
        assert answer.status_code == 303
        page = self.get(answer.headers["Location"]).text
        ticket, code = re.findall(r'<dd class="ticket">([^<]+)</dd>', page)
        return ticket, code, page


@pytest.fixture
def browser(built: Intake) -> Browser:
    return Browser(built)


def test_from_form_to_receipt_to_tracking(built: Intake, browser: Browser) -> None:
    form = {**browser.opened_form(), "text": "Lampu <b>padam</b>", "kelurahan": "Cibeber", "email": "siti@contoh.id"}
    answer = browser.send(form)
    ticket, code, page = browser.receipt(form)
    assert code not in answer.headers["Location"]
    assert code not in str(answer.headers)
    for shown in ("24 November 2026 pukul 10.00 WIB", "Lampu &lt;b&gt;padam", "Formulir web", "112", "Cibeber"):
        assert shown in page
    tracking = browser.get(f"/complaints/{ticket}?code={code}")
    assert tracking.status_code == 200
    assert "Laporan diterima melalui formulir web." in tracking.text
    for hidden in ("siti@contoh.id", "padam", code):
        assert hidden not in tracking.text
    assert built.rows(tables.complaints)[0]["kelurahan"] == "Cibeber"


def test_a_double_click_is_one_complaint(built: Intake, browser: Browser) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam"}
    assert browser.receipt(form)[:2] == browser.receipt(form)[:2]
    assert len(built.rows(tables.complaints)) == 1


def test_two_people_with_the_same_words_have_two_complaints(built: Intake) -> None:
    one, two = Browser(built), Browser(built)
    first = one.receipt({**one.opened_form(), "text": "Lampu padam"})
    second = two.receipt({**two.opened_form(), "text": "Lampu padam"})
    assert first[0] != second[0]


def test_the_receipt_is_for_the_browser_that_sent_it_and_for_half_an_hour(built: Intake, browser: Browser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    path = f"/complaints/{ticket}/receipt"
    stranger = Browser(built).get(path)
    assert stranger.status_code == 303
    assert code not in stranger.text
    assert browser.get(path).status_code == 200
    built.clock.pass_by(minutes=31)
    assert browser.get(path).status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("text", " ", "masih kosong"),
        ("text", "\x00", "masih kosong"),
        ("text", "a" * 10_001, "terlalu panjang"),
        ("kelurahan", "Atlantis", "tidak kami kenal"),
        ("phone", "bukan nomor", "Nomor telepon ini tidak dikenali"),
        ("email", "bukan alamat", "Alamat surel ini tidak lengkap"),
        ("kind", "keluhan", "Pilih salah satu jenis"),
        ("identity", "siapa", "Pilih salah satu cara"),
    ],
)
def test_a_mistake_costs_nothing_that_was_typed(
    built: Intake, browser: Browser, field: str, value: str, sentence: str
) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam", "detail": "Jl. Mawar 5", field: value}
    answer = browser.send(form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Jl. Mawar 5" in answer.text
    assert f'id="{field}-salah"' in answer.text
    assert built.rows(tables.complaints) == []
    right = {"text": "Lampu padam", "kind": "aspirasi", "identity": "open"}.get(field, "")
    browser.receipt({**form, field: right})


def test_without_the_token_of_the_form_nothing_is_stored_and_nothing_is_lost(built: Intake, browser: Browser) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam"}
    for token in ("", "wrong"):
        answer = browser.send({**form, "csrf_token": token})
        assert answer.status_code == 400
        assert "Lampu padam" in answer.text
        assert "sekali lagi" in answer.text
    assert built.rows(tables.complaints) == []
    fresh = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    browser.receipt({**form, **fresh})


class Away:
    def write(self) -> Any:
        raise Transient("away", code="database")


def test_while_the_database_is_away_nothing_that_was_typed_is_lost(built: Intake) -> None:
    door = built.door
    app = create_web("services.intake", service="intake", metrics=Metrics())
    app.config.update(SECRET_KEY="k", WTF_CSRF_CHECK_DEFAULT=False)
    pages = Pages(small_city(), "http://127.0.0.1")
    pages.install(app)
    away = replace(door, spine=replace(door.spine, database=Away()))
    app.register_blueprint(FormViews(away, pages, CSRFProtect(app)).blueprint())
    app.register_blueprint(SmsViews(away, "", False).blueprint())
    browser = Browser(built)
    browser.client = app.test_client()
    answer = browser.send({**browser.opened_form(), "text": "Lampu padam"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Lampu padam" in answer.text
    assert "Isian Anda masih ada" in answer.text
    assert browser.get("/sms/kannel?from=081234567890&text=a").status_code == 503  # the gateway comes again


def test_broken_utf8_and_a_megabyte(browser: Browser) -> None:
    form = browser.opened_form()
    body = f"csrf_token={form['csrf_token']}&nonce={form['nonce']}&text=".encode()
    sent = browser.client.post(
        "/complaints", data=body + b"%ff%fe caf%e9", content_type="application/x-www-form-urlencoded", headers=PAGE
    )
    assert sent.status_code == 303
    assert browser.send({**form, "text": "a" * 1_000_000}).status_code == 422
    assert browser.send({**form, "text": "a" * 3_000_000}).status_code == 413


def test_pages_carry_no_script_and_no_inline_style(browser: Browser) -> None:
    for path in ("/", "/track", "/nowhere"):
        answer = browser.get(path)
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert '<html lang="id">' in answer.text
    for path in ("/static/intake.css", "/static/mark.svg"):
        assert browser.get(path).status_code == 200


# tracking


def without_ticket(page: str) -> str:
    return re.sub(r'value="[^"]*"', "", html.unescape(page))


def test_a_wrong_code_and_an_unknown_ticket_look_alike(browser: Browser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    wrong = browser.get(f"/complaints/{ticket}?code=00000-00000")
    unknown = browser.get(f"/complaints/{new_ticket('CMH')}?code={code}")
    assert wrong.status_code == unknown.status_code == 404
    assert without_ticket(wrong.text) == without_ticket(unknown.text)


@pytest.mark.parametrize("exists", [True, False])
def test_codes_cannot_be_tried_without_end(built: Intake, browser: Browser, exists: bool) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    asked = ticket if exists else new_ticket("CMH")
    answers = [browser.get(f"/complaints/{asked}?code=00000-0000{n}") for n in range(MOST_WRONG_CODES + 1)]
    assert [answer.status_code for answer in answers] == [404] * MOST_WRONG_CODES + [429]
    assert without_ticket(answers[0].text) == without_ticket(answers[-1].text)
    assert browser.get(f"/complaints/{asked}?code={code}").status_code == 429
    built.clock.pass_by(hours=1)
    assert browser.get(f"/complaints/{asked}?code={code}").status_code == (200 if exists else 404)


def test_a_dictated_ticket_is_understood(browser: Browser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    dictated = ticket.removeprefix("CMH-").lower().replace("-", " ").replace("0", "o")
    answer = browser.client.get("/track", query_string={"ticket": dictated, "code": code.lower()}, headers=PAGE)
    assert answer.status_code == 303
    assert browser.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("ticket", ["", "x", "../etc", "a/b", "\x00", "CMH-0000-0001", "%", "💥", "1" * 5000])
def test_whatever_is_typed_as_a_ticket(built: Intake, browser: Browser, ticket: str) -> None:
    answer = browser.client.get("/track", query_string={"ticket": ticket, "code": "x"}, headers=PAGE)
    assert answer.status_code in (303, 404, 422)
    assert built.rows(tables.wrong_codes) == [] or set(ticket) <= set(ALPHABET + "CMH-")


def test_without_a_code_the_form_is_offered(browser: Browser) -> None:
    assert browser.get("/complaints/CMH-0000-0000").headers["Location"] == "/track?ticket=CMH-0000-0000"
    assert browser.get("/track?ticket=CMH-0000-0000&code=").status_code == 422
    assert browser.get("/track").status_code == 200
