"""A code before a complaint is taken: whoever types a contact proves it, and the complaint is taken exactly once."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from services.intake import tables
from services.intake.channels.unfinished_form import unpack_submission
from services.intake.channels.web_checks import CheckViews
from services.intake.web import contact_checks
from services.intake.web.contact_checks import FILES_KEPT_FOR, KEPT_FOR, MOST_CODES, MOST_TRIES
from shared.contracts.complaint import ComplaintReceived, ContactCheckAsked
from shared.timers import Timer
from tests.integration.test_intake_internal import resolve
from tests.integration.web_browser import FormBrowser, hidden_fields
from tests.support.photo_files import phone_photo
from tests.unit.intake.building import Intake, intake

WORDS = "Lampu jalan padam tiga malam"
PHONE = "0812 0000 1234"
PHOTO = phone_photo(wide=400, high=300)
NOTHING: dict[str, Any] = {"contacts": {}, "complaints": {}}


@pytest.fixture(params=["sqlite", "postgres"])
def both(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url, form_check="code") as one:
        yield one


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db", form_check="code") as one:
        yield one


def said(built: Intake, kind: type) -> list[Any]:
    return [fact for fact in built.said() if isinstance(fact, kind)]


def sent(browser: FormBrowser, form: dict[str, Any], **more: Any) -> str:
    """The address of the page that asks for the code."""
    answer = browser.send({**form, **more})
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["Location"]
    assert location.startswith("/checks/"), location
    return location


def code_of(built: Intake, location: str) -> str:
    """As the notifier gets it to send it."""
    check_id = location.split("/")[-1].split("?")[0]
    (fact,) = (one for one in said(built, ContactCheckAsked) if one.check_id == check_id)
    resolved = resolve(built, (check_id, fact.contact_ref))
    code: str = resolved["complaints"][check_id]["tracking_code"]
    assert re.fullmatch(r"[0-9]{6}", code)
    return code


def typed(browser: FormBrowser, location: str, **form: Any) -> Any:
    token = hidden_fields(browser.get(location).text)["csrf_token"]
    return browser.send({"csrf_token": token, **form}, location)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_right_code_takes_the_complaint_with_the_time_it_was_first_sent(both: Intake) -> None:
    browser = FormBrowser(both)
    form = {**browser.opened_form(), "text": WORDS, "phone": PHONE, "kelurahan": "Cibeber"}
    location = sent(browser, form)
    first_sent = both.clock.now()
    assert both.rows(tables.complaints) == []
    page = browser.get(location).text
    assert "sedang dikirim ke …1234" in page
    assert PHONE not in page
    assert WORDS not in page
    (asked,) = said(both, ContactCheckAsked)
    assert asked.expires_at - asked.asked_at == timedelta(minutes=10)
    both.clock.pass_by(minutes=3)
    code = code_of(both, location)
    answer = typed(browser, location, code=f" {code[:3]} {code[3:]}")
    assert answer.status_code == 303
    assert "Tanda terima" in browser.get(answer.headers["Location"]).text
    (row,) = both.rows(tables.complaints)
    assert (row["text"], row["kelurahan"], row["sent_at"]) == (WORDS, "Cibeber", first_sent)
    (fact,) = said(both, ComplaintReceived)
    assert fact.receipt == "wanted"


def test_what_waits_holds_nothing_in_clear(built: Intake) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE, "email": "siti@example.org"})
    (row,) = built.rows(tables.contact_checks)
    code = code_of(built, location)
    for clear in (WORDS, "81200001234", "siti@", code):
        assert clear not in str(row)
    assert code not in str(said(built, ContactCheckAsked))


def test_the_code_stands_in_no_log(built: Intake, capsys: pytest.CaptureFixture[str]) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    code = code_of(built, location)
    typed(browser, location, code=wrong(code))
    typed(browser, location, code=code)
    assert len(built.rows(tables.complaints)) == 1
    printed = "".join(capsys.readouterr())
    for secret in (code, wrong(code), "1200001234"):
        assert not re.search(rf"(?<![0-9a-f.]){secret}(?![0-9a-f])", printed), printed


def test_a_wrong_code_is_told_and_counted(built: Intake) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    code = code_of(built, location)
    for _ in range(MOST_TRIES):
        answer = typed(browser, location, code=wrong(code))
        assert (answer.status_code, answer.text.count("Kode tidak cocok.")) == (422, 2)
    answer = typed(browser, location, code=code)
    assert (answer.status_code, "Minta kode baru" in answer.text) == (429, True)
    assert built.rows(tables.complaints) == []


def test_a_code_ends_after_ten_minutes_and_a_new_one_takes_its_place(built: Intake) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    old = code_of(built, location)
    built.clock.pass_by(minutes=10)
    assert "sudah tidak berlaku" in typed(browser, location, code=old).text
    assert resolve(built, (location.split("/")[-1], said(built, ContactCheckAsked)[0].contact_ref)) == NOTHING
    answer = typed(browser, location, renew="1")
    newer = answer.headers["Location"]
    assert "Kode baru sedang dikirim" in browser.get(newer).text
    assert browser.get(location).headers["Location"] == newer.split("?")[0], "the old page leads to the new one"
    token = hidden_fields(browser.get(newer).text)["csrf_token"]
    replaced = browser.send({"csrf_token": token, "code": old}, location)
    assert "Kode yang lebih baru sudah dikirim" in replaced.text
    assert typed(browser, newer, code=code_of(built, newer)).status_code == 303
    assert len(built.rows(tables.complaints)) == 1


def test_three_codes_to_one_contact_in_an_hour(both: Intake) -> None:
    browser = FormBrowser(both)
    for number in range(MOST_CODES):
        sent(browser, {**browser.opened_form(), "text": f"{WORDS} {number}", "phone": PHONE})
    answer = browser.send({**browser.opened_form(), "text": WORDS, "phone": "+62 812-0000-1234"})
    assert (answer.status_code, "dalam satu jam" in answer.text) == (429, True)
    assert f"{WORDS}</textarea>" in answer.text, "what was typed is there"
    other = {**browser.opened_form(), "text": WORDS, "phone": PHONE, "email": "siti@example.org"}
    assert browser.send(other).status_code == 429, "another contact beside it helps nobody"
    sent(browser, {**browser.opened_form(), "text": WORDS, "phone": "0812 0000 5678"})
    both.clock.pass_by(hours=1)
    sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    assert len(said(both, ContactCheckAsked)) == MOST_CODES + 2


def test_a_double_click_asks_once_and_a_second_tab_has_a_code_of_its_own(both: Intake) -> None:
    browser = FormBrowser(both)
    form = {**browser.opened_form(), "text": WORDS, "phone": PHONE}
    first = sent(browser, form)
    assert sent(browser, form) == first
    assert len(said(both, ContactCheckAsked)) == 1
    second = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    assert "Kode tidak cocok" in typed(browser, second, code=code_of(both, first)).text
    for location in (first, second):
        assert typed(browser, location, code=code_of(both, location)).status_code == 303
    assert len(both.rows(tables.complaints)) == 2, "two forms were filled in"


def test_two_clicks_on_the_code_are_one_complaint(built: Intake) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    code = code_of(built, location)
    answers = [typed(browser, location, code=code).headers["Location"] for _ in range(2)]
    assert answers[0] == answers[1]
    built.clock.pass_by(hours=2)
    assert typed(browser, location, code=code).headers["Location"] == answers[0], "somebody went back"
    assert len(built.rows(tables.complaints)) == len(said(built, ComplaintReceived)) == 1


def test_an_end_between_acceptance_and_mark_makes_no_second_complaint(built: Intake) -> None:
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    code, check_id = code_of(built, location), location.split("/")[-1]
    views = _views(built)
    proved = views.checks.prove(check_id, code)
    receipt = views.forms.door.accept(replace(unpack_submission(proved.form), sent_at=proved.sent_at))
    answer = typed(browser, location, code=code)
    assert receipt.ticket in answer.headers["Location"]
    assert len(built.rows(tables.complaints)) == 1
    (row,) = built.rows(tables.contact_checks)
    assert (row["state"], row["code_sealed"]) == ("used", "")


def test_without_a_contact_nothing_is_asked(built: Intake) -> None:
    browser = FormBrowser(built)
    ticket, _, _ = browser.receipt({**browser.opened_form(), "text": WORDS})
    assert ticket
    assert built.rows(tables.contact_checks) == []


def test_a_blocked_contact_gets_no_code_either(built: Intake) -> None:
    vault = _views(built).checks.vault
    with built.database.write() as tx:
        row = {"contact_key": vault.phone_key("+6281200001234"), "reason": "x", "blocked_by": "x"}
        tx.execute(tables.blocked_contacts.insert(), {**row, "since": built.clock.now()})
    browser = FormBrowser(built)
    browser.receipt({**browser.opened_form(), "text": WORDS, "phone": PHONE})
    (fact,) = said(built, ComplaintReceived)
    assert fact.receipt == "capped"
    assert not said(built, ContactCheckAsked)
    sent(browser, {**browser.opened_form(), "text": "Got mampet", "phone": PHONE, "email": "siti@example.org"})
    (asked,) = said(built, ContactCheckAsked)
    (contact,) = resolve(built, (asked.check_id, asked.contact_ref))["contacts"].values()
    assert (contact["email"], contact["phone"]) == ("siti@example.org", None), "a blocked one opens no door for others"


def test_another_browser_learns_nothing(built: Intake) -> None:
    browser, stranger = FormBrowser(built), FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    code = code_of(built, location)
    token = hidden_fields(stranger.get("/").text)["csrf_token"]
    for answer in (stranger.get(location), stranger.send({"csrf_token": token, "code": code}, location)):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert typed(browser, location, csrf_token="x", code=code).status_code == 400
    assert built.rows(tables.complaints) == []


def test_back_to_the_form_with_all_that_was_typed_and_on_without_contact(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": WORDS, "phone": PHONE, "kelurahan": "Cibeber"}
    page = typed(browser, sent(browser, form), edit="1").text
    assert f"{WORDS}</textarea>" in page
    assert PHONE in page
    ticket, _, _ = browser.receipt({**form, **hidden_fields(page), "phone": ""})
    (row,) = built.rows(tables.complaints)
    assert (row["ticket"], row["contact_ref"]) == (ticket, None)


def test_the_page_speaks_english_after_a_wrong_code_too(built: Intake) -> None:
    browser = FormBrowser(built, "en")
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "email": "siti@example.org"})
    assert "on its way to s…@example.org" in browser.get(location).text
    page = html.unescape(typed(browser, location, code="1").text)
    assert "The code does not match." in page
    assert said(built, ContactCheckAsked)[0].language == "en"
    assert "Ketik kode yang kami kirim" in typed(browser, location, language="id").text


def test_photos_stay_with_the_form_that_waits(built: Intake) -> None:
    browser = FormBrowser(built)
    location = _sent_with_photo(built, browser)
    assert typed(browser, location, code=code_of(built, location)).status_code == 303
    assert len(built.rows(tables.attachments)) == 1
    _let_pass(built)
    (photo,) = built.rows(tables.attachments)
    assert _views(built).checks.blobs.has(photo["sha256"]), "the complaint has it"
    assert built.rows(tables.contact_checks) == []


def test_what_was_given_up_is_removed_after_a_day_and_its_files_later(built: Intake) -> None:
    browser = FormBrowser(built)
    location = _sent_with_photo(built, browser)
    code, blobs = code_of(built, location), _views(built).checks.blobs
    built.clock.pass_by(seconds=KEPT_FOR.total_seconds())
    assert _run_timer(built) is not None
    (row,) = built.rows(tables.contact_checks)
    assert (row["form_sealed"], row["phone_sealed"], row["code_sealed"]) == ("", None, "")
    assert browser.get(location).headers["Location"] == "/"
    assert len(list(blobs.names())) == 2, "a photo and its preview, which another form may carry round"
    built.clock.pass_by(seconds=(FILES_KEPT_FOR - KEPT_FOR).total_seconds())
    assert _run_timer(built) is None
    assert built.rows(tables.contact_checks) == []
    assert list(blobs.names()) == []
    assert code


def test_a_file_that_another_form_holds_stays(built: Intake) -> None:
    first, second = FormBrowser(built), FormBrowser(built)
    _sent_with_photo(built, first)
    built.clock.pass_by(seconds=FILES_KEPT_FOR.total_seconds() - 60)
    _run_timer(built)
    location = _sent_with_photo(built, second)
    assert len(list(_views(built).checks.blobs.names())) == 2, "the same photo again"
    built.clock.pass_by(seconds=120)
    assert _run_timer(built) is None
    assert len(list(_views(built).checks.blobs.names())) == 2
    assert location


def test_who_asked_for_no_messages_is_known_to_the_notifier(built: Intake) -> None:
    vault = _views(built).checks.vault
    browser = FormBrowser(built)
    location = sent(browser, {**browser.opened_form(), "text": WORDS, "phone": PHONE})
    with built.database.write() as tx:
        row = {"contact_key": vault.phone_key("+6281200001234"), "channel": "sms", "reason": "x"}
        tx.execute(tables.suppressions.insert(), {**row, "since": built.clock.now()})
    (fact,) = said(built, ContactCheckAsked)
    resolved = resolve(built, (fact.check_id, fact.contact_ref))
    (contact,) = resolved["contacts"].values()
    assert (contact["phone"], contact["suppressed"]) == ("+6281200001234", ["sms"])
    assert resolve(built, (fact.check_id, "another-reference"))["contacts"] == {}
    assert [row["act"] for row in built.rows(tables.audit)] == ["contacts.resolve"] * 2
    assert location


def _views(built: Intake) -> CheckViews:
    found: CheckViews = built.service.web.view_functions["checks.answer"].__self__  # type: ignore[attr-defined]
    return found


def _sent_with_photo(built: Intake, browser: FormBrowser) -> str:
    form = {**browser.opened_form(), "text": WORDS, "phone": PHONE}
    files = {"photos": (BytesIO(PHOTO), "a.jpg")}
    answer = browser.client.post(
        "/complaints", data={**form, **files}, headers=browser.headers, content_type="multipart/form-data"
    )
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["Location"]
    assert location.startswith("/checks/")
    return location


def _run_timer(built: Intake) -> Any:
    """As the worker does for the oldest check."""
    row = min(built.rows(tables.contact_checks), key=lambda one: one["asked_at"])
    with built.database.write() as tx:
        return _views(built).checks.forget(tx, Timer(contact_checks.TIMER, row["check_id"], row["asked_at"], 1, 1))


def _let_pass(built: Intake) -> None:
    for _ in range(2):
        _run_timer(built)
