"""The form, the receipt and the tracking pages, as a browser without scripts sees them."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask_wtf.csrf import CSRFProtect

from services.intake import tables
from services.intake.tracking import MOST_WRONG_CODES
from shared.errors import Transient
from shared.ids import ALPHABET, new_ticket
from shared.observability.metrics import Metrics
from shared.web.base import create_web
from tests.integration.web_browser import PAGE, FormBrowser
from tests.unit.intake.building import Intake, intake


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


@pytest.fixture
def browser(built: Intake) -> FormBrowser:
    return FormBrowser(built)


def test_from_form_to_receipt_to_tracking(built: Intake, browser: FormBrowser) -> None:
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
    for hidden in ("siti@contoh.id", "padam"):
        assert hidden not in tracking.text
    assert built.rows(tables.complaints)[0]["kelurahan"] == "Cibeber"


def test_a_double_click_is_one_complaint(built: Intake, browser: FormBrowser) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam"}
    assert browser.receipt(form)[:2] == browser.receipt(form)[:2]
    assert len(built.rows(tables.complaints)) == 1


def test_two_people_with_the_same_words_have_two_complaints(built: Intake) -> None:
    one, two = FormBrowser(built), FormBrowser(built)
    first = one.receipt({**one.opened_form(), "text": "Lampu padam"})
    second = two.receipt({**two.opened_form(), "text": "Lampu padam"})
    assert first[0] != second[0]


def test_the_receipt_is_for_the_browser_that_sent_it_and_for_half_an_hour(built: Intake, browser: FormBrowser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    path = f"/complaints/{ticket}/receipt"
    stranger = FormBrowser(built).get(path)
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
    built: Intake, browser: FormBrowser, field: str, value: str, sentence: str
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


def test_without_the_token_of_the_form_nothing_is_stored_and_nothing_is_lost(
    built: Intake, browser: FormBrowser
) -> None:
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
    form = built.service.web.view_functions["form.send"].__self__  # type: ignore[attr-defined]
    app = create_web("services.intake", service="intake", metrics=Metrics())
    app.config.update(SECRET_KEY="k", WTF_CSRF_CHECK_DEFAULT=False)
    form.pages.install(app)
    away = replace(form.door, spine=replace(form.door.spine, database=Away()))
    app.register_blueprint(replace(form, door=away, csrf=CSRFProtect(app)).blueprint())
    browser = FormBrowser(built)
    browser.client = app.test_client()
    answer = browser.send({**browser.opened_form(), "text": "Lampu padam"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Lampu padam" in answer.text
    assert "Isian Anda masih ada" in answer.text


def test_broken_utf8_and_a_megabyte(browser: FormBrowser) -> None:
    form = browser.opened_form()
    body = f"csrf_token={form['csrf_token']}&nonce={form['nonce']}&text=".encode()
    sent = browser.client.post(
        "/complaints", data=body + b"%ff%fe caf%e9", content_type="application/x-www-form-urlencoded", headers=PAGE
    )
    assert sent.status_code == 303
    assert browser.send({**form, "text": "a" * 1_000_000}).status_code == 422
    assert browser.send({**form, "text": "a" * 3_000_000}).status_code == 413


@pytest.mark.parametrize("path", ["/complaints", "/complaints/CMH-0000-0000/additions"])
def test_more_than_the_photos_may_weigh_is_refused_before_it_is_read(browser: FormBrowser, path: str) -> None:
    headers = {**PAGE, "Content-Type": "multipart/form-data; boundary=x"}
    answer = browser.client.post(path, data=b"x", headers=headers, environ_overrides={"CONTENT_LENGTH": "60000000"})
    assert answer.status_code == 413
    assert "Kembali ke halaman sebelumnya" in answer.text


def test_a_fresh_token_serves_a_page_that_was_kept_without_network(browser: FormBrowser) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam", "csrf_token": "of long ago"}
    assert browser.send(form).status_code == 400
    answer = browser.client.get("/form-key")
    assert answer.headers["Cache-Control"] == "no-store"
    browser.receipt({**form, "csrf_token": answer.json["csrf_token"]})


def test_the_worker_keeps_only_files_that_exist(browser: FormBrowser) -> None:
    answer = browser.get("/sw.js")
    assert answer.content_type.startswith("text/javascript")
    files = json.loads(re.findall(r"const FILES = (\[.*?\]);", answer.text)[0])
    assert len(files) == 5
    assert set(files) <= {html.unescape(path) for path in re.findall(r'(?:src|href)="([^"]+)"', browser.get("/").text)}
    for path in files:
        assert browser.get(path).status_code == 200


def test_the_receipt_has_what_a_receipt_needs(built: Intake, browser: FormBrowser) -> None:
    form = {**browser.opened_form(), "text": "Lampu padam", "name": "Siti Invented", "kelurahan": "Cibeber"}
    _, _, page = browser.receipt(form)
    words = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for shown in ("Diterima 24 November 2026 pukul 10.00 WIB", "Oleh Sistem Tanggap Kota Cimahi, secara elektronik",
                  "Melalui Formulir web", "Jenis Pengaduan", "Pelapor Tidak dicantumkan (Anonim)",
                  "Kelurahan Cibeber, Kecamatan Cimahi Selatan", "Ringkasan Lampu padam"):  # fmt: skip
        assert shown in words
    assert "Siti" not in words
    _, _, named = browser.receipt(
        {**browser.opened_form(), "text": "Lampu", "name": "Siti Invented", "identity": "open"}
    )
    assert "Siti Invented (Terbuka)" in " ".join(re.sub(r"<[^>]+>", " ", named).split())


def test_pages_carry_no_inline_script_or_style(browser: FormBrowser) -> None:
    for path in ("/", "/track", "/nowhere"):
        answer = browser.get(path)
        assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", answer.text) == []
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert '<html lang="id">' in answer.text
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get("/").text):
        answer = browser.get(html.unescape(path))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in browser.get("/static/intake.css?v=0").headers.get("Cache-Control", "")


# tracking


def without_ticket(page: str) -> str:
    return re.sub(r'value="[^"]*"|ticket=[\w-]+', "", html.unescape(page))


def test_a_wrong_code_and_an_unknown_ticket_look_alike(browser: FormBrowser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    wrong = browser.get(f"/complaints/{ticket}?code=00000-00000")
    unknown = browser.get(f"/complaints/{new_ticket('CMH')}?code={code}")
    assert wrong.status_code == unknown.status_code == 404
    assert without_ticket(wrong.text) == without_ticket(unknown.text)


@pytest.mark.parametrize("exists", [True, False])
def test_codes_cannot_be_tried_without_end(built: Intake, browser: FormBrowser, exists: bool) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    asked = ticket if exists else new_ticket("CMH")
    answers = [browser.get(f"/complaints/{asked}?code=00000-0000{n}") for n in range(MOST_WRONG_CODES + 1)]
    assert [answer.status_code for answer in answers] == [404] * MOST_WRONG_CODES + [429]
    assert without_ticket(answers[0].text) == without_ticket(answers[-1].text)
    assert browser.get(f"/complaints/{asked}?code={code}").status_code == 429
    built.clock.pass_by(hours=1)
    assert browser.get(f"/complaints/{asked}?code={code}").status_code == (200 if exists else 404)


def test_a_dictated_ticket_is_understood(browser: FormBrowser) -> None:
    ticket, code, _ = browser.receipt({**browser.opened_form(), "text": "Lampu padam"})
    dictated = ticket.removeprefix("CMH-").lower().replace("-", " ").replace("0", "o")
    answer = browser.client.get("/track", query_string={"ticket": dictated, "code": code.lower()}, headers=PAGE)
    assert answer.status_code == 303
    assert browser.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("ticket", ["", "x", "../etc", "a/b", "\x00", "CMH-0000-0001", "%", "💥", "1" * 5000])
def test_whatever_is_typed_as_a_ticket(built: Intake, browser: FormBrowser, ticket: str) -> None:
    answer = browser.client.get("/track", query_string={"ticket": ticket, "code": "x"}, headers=PAGE)
    assert answer.status_code in (303, 404, 422)
    assert built.rows(tables.wrong_codes) == [] or set(ticket) <= set(ALPHABET + "CMH-")


def test_without_a_code_the_form_is_offered(browser: FormBrowser) -> None:
    assert browser.get("/complaints/CMH-0000-0000").headers["Location"] == "/track?ticket=CMH-0000-0000"
    assert browser.get("/track?ticket=CMH-0000-0000&code=").status_code == 422
    assert browser.get("/track").status_code == 200
