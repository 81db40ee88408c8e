"""Similar complaints are offered before a new one is sent, and can be joined. What is shown of them is very little."""

import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest

from services.intake import repository, repository_guards, tables
from services.intake.submission import Contact
from services.intake.web.joining import OFFERED_DAYS
from shared.contracts.complaint import ComplaintFollowed, ComplaintReceived
from shared.contracts.fields import Place
from tests.integration.web_browser import FormBrowser, buttons, hidden_fields
from tests.unit.intake.building import Intake, intake, submission

CIBEBER = Place(kelurahan="Cibeber")


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def known(built: Intake, text: str = "PJU di Gang Melati mati, kata Bu Siti", **changes: Any) -> Any:
    return built.door.accept(submission(text, **{"place": CIBEBER, **changes}))


def asked(built: Intake, text: str = "Lampu PJU mati", **changes: Any) -> tuple[FormBrowser, dict[str, Any], Any]:
    browser = FormBrowser(built)
    form = {**browser.opened_form(), "text": text, "kelurahan": "Cibeber", **changes}
    return browser, form, browser.send(form)


def test_what_is_offered_says_agency_place_and_day_and_nothing_else(built: Intake) -> None:
    receipt = known(built, contact=Contact(email="siti@example.org", name="Siti"))
    with built.database.write() as tx:
        repository.apply_status(
            tx, receipt.complaint_id, 2, status="routed", agency="DISHUB", agency_name="Dinas Perhubungan"
        )
    _, _, answer = asked(built)
    assert answer.status_code == 200
    assert [fact for fact in built.said() if fact.text == "Lampu PJU mati"] == []
    offers = re.search(r'<ul class="offers">(.*?)</ul>', answer.text, re.DOTALL)
    assert offers
    words = " ".join(re.sub(r"<[^>]+>", " ", offers[1]).split())
    assert words == "Dinas Perhubungan Kelurahan Cibeber · 24 November 2026 Saya juga mengalami ini"
    for hidden in ("Melati", "Siti", "siti@", receipt.ticket, receipt.tracking_code):
        assert hidden not in answer.text


def test_without_an_agency_the_kind_is_shown(built: Intake) -> None:
    known(built)
    _, _, answer = asked(built)
    assert re.search(r'id="mirip-1">Pengaduan<', answer.text)


def test_joining_gives_an_own_ticket_that_follows_the_other(built: Intake) -> None:
    leader = known(built)
    browser, _, answer = asked(built, email="budi@example.org")
    token = buttons(answer.text, "join")[0]
    ticket, code, page = browser.receipt({**hidden_fields(answer.text), "join": token})
    assert ticket != leader.ticket
    assert "ikut dalam laporan serupa" in page
    fact = built.said()[-1]
    assert isinstance(fact, ComplaintFollowed)
    assert (fact.complaint_id, fact.follower_ticket, fact.text) == (leader.complaint_id, ticket, "Lampu PJU mati")
    with built.database.write() as tx:
        for event, revision, note in (
            ("routed", 2, "Laporan diteruskan kepada Dinas Perhubungan."),
            ("added.1", 2, "X"),
        ):
            entry = {"complaint_id": leader.complaint_id, "revision": revision, "event": event, "note": note}
            repository.add_to_timeline(tx, {**entry, "at": built.clock.now()})
        repository.apply_status(
            tx, leader.complaint_id, 2, status="routed", agency="DISHUB", agency_name="Dinas Perhubungan"
        )
    tracking = browser.get(f"/complaints/{ticket}?code={code}").text
    notes = re.findall(r'class="note"[^>]*>([^<]+)<', tracking)
    assert notes == [
        "Laporan diterima melalui formulir web.",
        "Anda ikut dalam laporan yang sudah ada. Perjalanannya tampak di bawah ini.",
        "Laporan diteruskan kepada Dinas Perhubungan.",
    ]
    assert "<h1>Diteruskan</h1>" in tracking
    assert leader.ticket not in tracking
    assert browser.get(f"/complaints/{leader.ticket}?code={code}").status_code == 404


def test_a_double_click_on_joining_is_one_complaint(built: Intake) -> None:
    known(built)
    browser, _, answer = asked(built)
    form = {**hidden_fields(answer.text), "join": buttons(answer.text, "join")[0]}
    assert browser.receipt(form)[:2] == browser.receipt(form)[:2]
    assert len(built.rows(tables.complaints)) == 2


def test_whoever_wants_a_complaint_of_the_own_is_asked_once(built: Intake) -> None:
    known(built)
    browser, form, answer = asked(built, detail="Jl. Mawar 5", phone="0812 0000 1234", identity="open")
    browser.receipt({**hidden_fields(answer.text), "separate": "1"})
    stored = built.rows(tables.complaints)[-1]
    assert (stored["detail"], stored["identity"], stored["joined_to"]) == ("Jl. Mawar 5", "open", None)
    assert isinstance(built.said()[-1], ComplaintReceived)
    browser.receipt(form)  # the first page sent again: it is known, nobody is asked about his own complaint
    assert len(built.rows(tables.complaints)) == 2


def test_going_back_to_change_something_loses_nothing(built: Intake) -> None:
    known(built)
    browser, _, answer = asked(built, detail="Jl. Mawar 5")
    form = browser.send({**hidden_fields(answer.text), "edit": "1"})
    assert form.status_code == 200
    assert "Jl. Mawar 5" in form.text
    assert "Lampu PJU mati" in form.text
    assert 'id="masalah"' not in form.text
    assert len(built.rows(tables.complaints)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": "confidential"},
        {"place": Place(kelurahan="Utama")},
        {"place": Place()},
        {"text": "Sampah menumpuk di pasar"},
        {"kind": "aspirasi"},
        {"automatic": True},
    ],
)
def test_what_is_never_offered(built: Intake, changes: dict[str, Any]) -> None:
    known(built, **changes)
    assert asked(built)[2].status_code == 303


def test_old_complaints_are_not_offered(built: Intake) -> None:
    known(built)
    built.clock.pass_by(days=OFFERED_DAYS, minutes=1)
    assert asked(built)[2].status_code == 303


def test_one_who_joined_is_not_offered_again(built: Intake) -> None:
    leader = known(built)
    known(built, joined_to=leader.complaint_id)
    _, _, answer = asked(built)
    assert len(buttons(answer.text, "join")) == 1


@pytest.mark.parametrize(("metres", "offered"), [(250, True), (340, False)])
def test_a_position_within_300_metres_is_near(built: Intake, metres: float, offered: bool) -> None:
    known(built, place=Place(latitude=-6.9, longitude=107.55))
    position = {"latitude": f"{-6.9 + metres / 111_195:.6f}", "longitude": "107.55", "kelurahan": ""}
    assert asked(built, **position)[2].status_code == (200 if offered else 303)


def test_a_corner_of_the_box_is_not_within_300_metres(built: Intake) -> None:
    known(built, place=Place(latitude=-6.9, longitude=107.55))
    step = 280 / 111_195
    position = {"latitude": f"{-6.9 + step:.6f}", "longitude": f"{107.55 + step:.6f}", "kelurahan": ""}
    assert asked(built, **position)[2].status_code == 303


@pytest.mark.parametrize("token", ["x", "made.up.token", None])
def test_what_was_not_offered_cannot_be_joined(built: Intake, token: str | None) -> None:
    """Nor what became confidential since; nothing that was typed is lost."""
    leader = known(built)
    browser, _, answer = asked(built)
    if token is None:
        token = buttons(answer.text, "join")[0]
        with built.database.write() as tx:
            tx.execute(tables.complaints.update().values(identity="confidential"))
    refused = browser.send({**hidden_fields(answer.text), "join": token})
    assert refused.status_code == 409
    assert "Lampu PJU mati" in refused.text
    assert [row["ticket"] for row in built.rows(tables.complaints)] == [leader.ticket]


def test_on_postgresql_too(postgres_database: str) -> None:
    """Finding by place and by position, joining, a note in another language, and a blocked contact."""
    with intake(postgres_database) as built:
        key = built.door.vault.email_key("siti@example.org")
        with built.database.write() as tx:
            for reason in ("pesan berulang", "masih"):
                repository_guards.block(tx, key, reason=reason, by="koordinator", at=built.clock.now())
        known(built, place=Place(kelurahan="Cibeber", latitude=-6.9, longitude=107.55))
        browser, _, answer = asked(
            built, kelurahan="", latitude="-6.9001", longitude="107.5501", email="siti@example.org"
        )
        assert len(buttons(answer.text, "join")) == 1
        form = {**hidden_fields(answer.text), "kelurahan": "Cibeber", "join": buttons(answer.text, "join")[0]}
        ticket, code, _ = browser.receipt(form)
        joined = built.rows(tables.complaints)[-1]
        assert (joined["flags"], joined["receipt"], joined["ticket"]) == (["blocked_contact"], "capped", ticket)
        english = FormBrowser(built, "en").get(f"/complaints/{ticket}?code={code}").text
        assert "The report was received by web form." in english


def test_looking_for_similar_ones_costs_little(built: Intake) -> None:
    """Of 300 in the same kelurahan the latest 100 are looked at; measured from the question to the answer."""
    for number in range(300):
        known(built, f"Lubang ke-{number} di jalan, air menggenang dan motor jatuh. " + "Mohon ditinjau. " * 30)
    joining = built.service.web.view_functions["form.send"].__self__.joining  # type: ignore[attr-defined]
    checked = built.door.checker.check(submission("Lubang dalam, motor jatuh", place=CIBEBER))
    taken = []
    for _ in range(15):
        started = time.perf_counter()
        assert len(joining.offers(checked)) == 3
        taken.append(time.perf_counter() - started)
    print(f"similar complaints among 300 of a kelurahan: median {statistics.median(taken) * 1000:.1f} ms")
    assert min(taken) < 0.02, taken
