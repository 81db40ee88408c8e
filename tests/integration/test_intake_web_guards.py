"""What is refused, limited and flagged at the form; each row of the table in docs/intake.md."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from services.intake import repository_guards, tables
from services.intake.submission import Contact
from services.intake.web.guards import MOST_IN_A_DAY, MOST_SENT_FROM_ADDRESS, TRAP, AddressLimit
from shared.errors import Refused
from tests.integration.web_browser import FormBrowser, hidden_fields
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def refused(built: Intake, code: str) -> float:
    return built.metrics.refused.labels("web", code)._value.get()  # type: ignore[no-any-return]


def test_a_form_that_fills_the_hidden_field_is_asked_once_more(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu padam", "detail": "Jl. Mawar"}
    answer = browser.send({**form, TRAP: "https://example.org"})
    assert answer.status_code == 422
    assert "Lampu padam" in answer.text
    assert "Jl. Mawar" in answer.text
    assert built.rows(tables.complaints) == []
    assert refused(built, "trap_filled") == 1
    assert "example.org" not in answer.text, "a person who presses again must not fall into it again"
    browser.receipt({**form, **hidden_fields(answer.text)})


def test_a_form_that_comes_back_at_once_is_asked_once_more(built: Intake) -> None:
    browser = FormBrowser(built)
    form = {**hidden_fields(browser.get("/").text), "text": "Lampu padam"}
    built.clock.pass_by(seconds=1.9)
    answer = browser.send(form)
    assert answer.status_code == 422
    assert "Lampu padam" in answer.text
    assert refused(built, "too_fast") == 1
    built.clock.pass_by(seconds=0.2)
    browser.receipt({**form, **hidden_fields(answer.text)})


@pytest.mark.parametrize("mark", ["", "1763953200.000", "x", "9e99.Zm9yZ2Vk"])
def test_a_form_whose_age_is_not_known_is_taken(built: Intake, mark: str) -> None:
    browser = FormBrowser(built)
    browser.receipt({**hidden_fields(browser.get("/").text), "text": "Lampu padam", "opened": mark})


def test_two_hundred_phones_behind_one_address_get_through_within_a_minute(built: Intake) -> None:
    for number in range(200):
        browser = FormBrowser(built, address="203.0.113.7")
        form = {**hidden_fields(browser.get("/").text), "opened": "", "text": f"Lampu padam di gang {number}"}
        assert browser.send(form).status_code == 303
    assert len(built.rows(tables.complaints)) == 200


def test_a_flood_from_one_address_is_stopped_and_another_address_is_not() -> None:
    app = Flask("flood")
    limit = AddressLimit.on(app)
    answers = {"10.0.0.1": 0, "10.0.0.2": 0}

    @app.post("/")
    def send() -> str:
        limit.count()
        return "taken"

    most = int(MOST_SENT_FROM_ADDRESS.split()[0])
    client = app.test_client()
    app.register_error_handler(Refused, lambda error: (error.code, error.status))
    for address, times in (("10.0.0.1", most + 5), ("10.0.0.2", 5)):
        for _ in range(times):
            answer = client.post("/", environ_base={"REMOTE_ADDR": address})
            answers[address] += answer.status_code == 200
            assert answer.status_code in (200, 429)
    assert answers == {"10.0.0.1": most, "10.0.0.2": 5}


@pytest.mark.parametrize(("field", "value"), [("email", "siti@example.org"), ("phone", "+6281200001234")])
def test_one_contact_sends_so_many_complaints_in_a_day(built: Intake, field: str, value: str) -> None:
    for number in range(MOST_IN_A_DAY):
        built.door.accept(submission(f"Lampu {number} padam", contact=Contact(**{field: value})))
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Satu lampu lagi", field: value}
    answer = browser.send(form)
    assert answer.status_code == 429
    assert f"{MOST_IN_A_DAY} laporan hari ini" in answer.text
    assert f'id="{field}-salah"' in answer.text
    assert "Satu lampu lagi" in answer.text
    assert refused(built, "too_many_of_contact") == 1
    browser.receipt({**form, field: "0812 0000 9999" if field == "phone" else "budi@example.org"})
    built.clock.pass_by(hours=24)
    browser.receipt({**form, "nonce": "another-nonce-of-24-signs"})


def test_the_last_complaint_of_a_day_is_answered_again_when_it_comes_twice(built: Intake) -> None:
    for number in range(MOST_IN_A_DAY - 1):
        built.door.accept(submission(f"Lampu {number} padam", contact=Contact(email="siti@example.org")))
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": "Lampu terakhir", "email": "siti@example.org"}
    assert browser.receipt(form)[:2] == browser.receipt(form)[:2]


def test_a_blocked_contact_is_heard_flagged_and_gets_no_message(built: Intake) -> None:
    vault = built.door.vault
    with built.database.write() as tx:
        key = vault.phone_key("+6281200001234")
        repository_guards.block(tx, key, reason="pesan berulang", by="koordinator", at=built.clock.now())
        repository_guards.block(tx, key, reason="pesan berulang lagi", by="koordinator", at=built.clock.now())
    browser = FormBrowser(built)
    browser.receipt({**browser.opened_form(), "text": "Kebakaran di pasar", "phone": "0812 0000 1234"})
    browser.receipt({**browser.opened_form(), "text": "Lampu padam", "phone": "0812 0000 9999"})
    blocked, other = built.rows(tables.complaints)
    assert (blocked["flags"], blocked["receipt"]) == (["blocked_contact"], "capped")
    assert (other["flags"], other["receipt"]) == ([], "wanted")
    assert [fact.receipt for fact in built.said()] == ["capped", "wanted"]
    with built.database.write() as tx:
        repository_guards.unblock(tx, key)
    browser.receipt({**browser.opened_form(), "text": "Lampu padam lagi", "phone": "0812 0000 1234"})
    assert built.rows(tables.complaints)[-1]["receipt"] == "wanted"
