"""Talking by text message: keywords, questions that we ask back, and who may learn what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from services.intake import tables
from services.intake.additions import Additions
from services.intake.sms_talk import questions as sms_questions
from services.intake.sms_talk import repository as repository_sms
from services.intake.submission import Addition
from shared.contracts.complaint import ComplaintAdded, ComplaintLapsed, ComplaintReceived
from tests.unit.intake.building import TOKEN, Intake, intake

PHONE, STRANGER = "+6281200001234", "+6281200005678"


@dataclass
class Phone:
    """What a citizen does, and what he or she gets back as an SMS."""

    built: Intake
    number: str = PHONE
    sent: int = 0

    def send(self, text: str, *, id_: str | None = None) -> str:
        self.sent += 1
        query = {
            "from": self.number,
            "to": "1234",
            "text": text,
            "id": id_ or f"{self.number}-{self.sent}",
            "reply": "1",
        }
        answer = self.built.client.get("/sms/kannel", query_string=query)
        assert answer.status_code == 200
        self.outcome = answer.headers["X-Tanggap-Outcome"]
        self.ticket = answer.headers.get("X-Tanggap-Ticket")
        reply: str = answer.text.strip()
        return reply


both = pytest.mark.parametrize("built", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def built(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Intake]:
    """On SQLite, unless a test asks for `both`."""
    is_sqlite = getattr(request, "param", "sqlite") == "sqlite"
    url = f"sqlite:///{tmp_path}/intake.db" if is_sqlite else request.getfixturevalue("postgres_database")
    with intake(url) as one:
        yield one


@pytest.fixture
def phone(built: Intake) -> Phone:
    return Phone(built)


def said(built: Intake, kind: type) -> list[Any]:
    return [fact for fact in built.said() if isinstance(fact, kind)]


def test_a_complaint_is_not_answered_here_its_receipt_comes_by_itself(built: Intake, phone: Phone) -> None:
    assert phone.send("lampu jalan padam di Cibeber") == ""
    (row,) = built.rows(tables.complaints)
    assert (phone.outcome, phone.ticket) == ("accepted", row["ticket"])
    built.clock.pass_by(days=2)
    phone.send("sampah menumpuk di pasar")
    second = max(built.rows(tables.complaints), key=lambda one: one["received_at"])
    assert (second["linked_to"], second["flags"]) == (row["complaint_id"], [])
    built.clock.pass_by(days=31)
    phone.send("pohon tumbang di jalan")
    assert max(built.rows(tables.complaints), key=lambda one: one["received_at"])["linked_to"] is None


@both
def test_status_for_the_sender_and_nobody_else(built: Intake, phone: Phone) -> None:
    phone.send("lampu jalan padam di Cibeber")
    ticket = phone.ticket
    assert phone.send(f"STATUS {ticket}").startswith(f"{ticket}: Diterima.")
    assert phone.send("status").startswith(f"{ticket}: Diterima.")
    stranger = Phone(built, STRANGER)
    theirs = stranger.send(f"STATUS {ticket}")
    assert (stranger.outcome, stranger.ticket) == ("unknown_ticket", None)
    assert theirs == stranger.send("STATUS CMH-0000-0000"), "a ticket of somebody else reads like one that is none"
    phone.send("got mampet di Utama")
    assert "STATUS CMH-" in phone.send("STATUS")
    assert phone.outcome == "ticket_wanted"
    assert len(built.rows(tables.complaints)) == 2


def test_more_about_a_complaint(built: Intake, phone: Phone) -> None:
    phone.send("lampu jalan padam di Cibeber")
    ticket = phone.ticket
    assert ticket in phone.send(f"TAMBAH {ticket} tepatnya depan SD", id_="same")
    assert ticket in phone.send(f"TAMBAH {ticket} tepatnya depan SD", id_="same")
    assert phone.send("BELUM") != ""
    assert [(row["what"], row["text"]) for row in built.rows(tables.additions)] == [
        ("addition", "tepatnya depan SD"),
        ("not_solved", ""),
    ]
    assert [fact.addition for fact in said(built, ComplaintAdded)] == ["tepatnya depan SD", ""]
    assert "TAMBAH" in phone.send(f"TAMBAH {ticket}")
    assert phone.outcome == "text_wanted"
    Phone(built, STRANGER).send(f"TAMBAH {ticket} ini bukan laporan saya")
    assert len(built.rows(tables.additions)) == 2
    refusals = [(row["channel"], row["reason"]) for row in built.rows(tables.refusals)]
    assert refusals == [("sms", "unknown_ticket")]


def test_a_message_that_says_too_little_is_asked_back_and_the_next_one_answers(built: Intake, phone: Phone) -> None:
    phone.send("min tlg dong", id_="first")
    ticket, (fact,) = phone.ticket, said(built, ComplaintReceived)
    assert (phone.outcome, fact.asks) == ("asked", ["what", "where"])
    assert phone.send("min tlg dong", id_="first") == ""
    assert phone.ticket == ticket, "the gateway repeated it: that is no answer"
    assert phone.send("STATUS").startswith(str(ticket)), "a keyword is no answer either"
    assert str(ticket) in phone.send("lampu mati di gang masjid", id_="answer")
    assert (phone.outcome, phone.ticket) == ("answered", ticket)
    again = phone.send("lampu mati di gang masjid", id_="answer")
    assert (phone.outcome, str(ticket) in again) == ("answered", True)
    (added,) = said(built, ComplaintAdded)
    assert (added.what, added.text) == ("answer", "min tlg dong\n\nlampu mati di gang masjid")
    phone.send("pohon tumbang di jalan Baros")
    assert phone.outcome == "accepted", "the question was answered before"
    assert len(built.rows(tables.complaints)) == 2
    _pass_and_run_timers(built, days=31)
    assert said(built, ComplaintLapsed) == []


def test_what_came_before_a_question_does_not_answer_it_when_it_is_repeated(built: Intake, phone: Phone) -> None:
    phone.send("lampu padam di Cibeber", id_="old")
    first = phone.ticket
    built.clock.pass_by(hours=1)
    phone.send("tolong pak", id_="new")
    phone.send("lampu padam di Cibeber", id_="old")
    assert (phone.outcome, phone.ticket) == ("accepted", first)
    assert built.rows(tables.additions) == []


@both
def test_a_question_that_nobody_answers_lapses_once(built: Intake, phone: Phone) -> None:
    phone.send("tolong")
    _pass_and_run_timers(built, days=29)
    assert said(built, ComplaintLapsed) == []
    _pass_and_run_timers(built, days=2)
    _pass_and_run_timers(built, days=2)
    (lapsed,) = said(built, ComplaintLapsed)
    assert (lapsed.ticket, lapsed.asked, lapsed.revision) == (phone.ticket, ["what", "where"], 2)
    (row,) = built.rows(tables.complaints)
    assert row["status"] == "lapsed"
    last = built.rows(tables.timeline)[-1]
    assert (last["event"], "30 hari" in last["note"]) == ("lapsed", True)
    assert "dicabut" in phone.send(f"STATUS {phone.ticket}")
    phone.send("lampu mati di gang masjid")
    assert phone.outcome == "accepted"


@pytest.mark.parametrize("what", ["taken_up", "added", "added_elsewhere"])
def test_a_complaint_that_somebody_took_up_or_added_to_does_not_lapse(built: Intake, phone: Phone, what: str) -> None:
    phone.send("tolong")
    if what == "added":
        phone.send(f"TAMBAH {phone.ticket} lampu mati")
    elif what == "added_elsewhere":
        door = built.door
        complaint_id = built.rows(tables.complaints)[0]["complaint_id"]
        addition = Addition(complaint_id, "addition", "web", "track", "lampu mati di gang masjid")
        Additions(door.spine, door.vault, door.zone).add(addition)
    else:
        with built.database.write() as tx:
            tx.execute(tables.complaints.update().values(status="routed", revision=2))
    _pass_and_run_timers(built, days=31)
    assert said(built, ComplaintLapsed) == []


@both
def test_no_more_messages_until_they_are_wanted_again(built: Intake, phone: Phone) -> None:
    phone.send("lampu jalan padam di Cibeber")
    assert "MULAI" in phone.send("STOP", id_="stop")
    assert _suppressed(built) == ["sms"]
    phone.send("tolong")
    assert (phone.outcome, said(built, ComplaintReceived)[-1].asks) == ("accepted", []), "we may not ask back"
    assert phone.send("MULAI") != ""
    phone.send("STOP", id_="stop")
    assert _suppressed(built) is None, "the gateway repeated what was undone since"


def test_answers_to_one_number_are_limited_and_what_it_says_still_counts(tmp_path: Any) -> None:
    with intake(f"sqlite:///{tmp_path}/i.db", sms_replies_per_day=2) as built:
        phone = Phone(built)
        phone.send("lampu jalan padam di Cibeber")
        replies = [phone.send("STATUS") != "", phone.send("bantuan") != "", phone.send("STATUS") != ""]
        assert replies == [True, True, False]
        assert phone.send(f"TAMBAH {phone.ticket or ''} depan pasar".replace("  ", " ")) == ""
        assert phone.send("TAMBAH depan") == "", "that is a complaint"
        assert phone.send("STOP") == ""
        to_log = {"from": PHONE, "to": "1234", "text": "bantuan", "id": "log"}
        logged = [built.client.get("/sms/kannel", query_string=to_log).text for _ in range(2)]
        assert [one.strip() for one in logged] == ["Pesan sudah diterima. Tidak ada SMS balasan yang dikirim."] * 2
        assert len(built.rows(tables.suppressions)) == 1
        assert Phone(built, STRANGER).send("bantuan") != ""
        built.clock.pass_by(days=1)
        assert phone.send("bantuan") != ""


def test_help_names_the_emergency_numbers(phone: Phone) -> None:
    assert "112" in phone.send("BANTUAN")


def test_a_prefix_is_a_fact(built: Intake, phone: Phone) -> None:
    phone.send("LAPOR# RAHASIA lampu padam di Cibeber")
    (row,) = built.rows(tables.complaints)
    assert (row["text"], row["identity"], row["flags"]) == ("lampu padam di Cibeber", "confidential", ["prefix:lapor"])


@both
def test_old_answers_are_forgotten(built: Intake, phone: Phone) -> None:
    phone.send("bantuan")
    phone.send("tolong")
    phone.send("lampu mati")
    with built.database.write() as tx:
        repository_sms.forget(tx, built.clock.now() + timedelta(seconds=1))
    assert built.rows(tables.sms_answers) == []
    assert built.rows(tables.pending_questions) == []


def test_a_crash_between_the_addition_and_its_record_is_mended_by_the_repetition(built: Intake, phone: Phone) -> None:
    phone.send("tolong")
    phone.send("lampu mati di gang masjid", id_="answer")
    with built.database.write() as tx:  # as if the second transaction had not come about
        tx.execute(tables.sms_answers.delete())
        tx.execute(tables.pending_questions.update().values(closed_at=None, closed_as=None))
    phone.send("lampu mati di gang masjid", id_="answer")
    assert (phone.outcome, len(built.rows(tables.additions))) == ("answered", 1)


def _suppressed(built: Intake) -> Any:
    row = built.rows(tables.contacts)[0]
    answer = built.client.post(
        "/internal/contacts/resolve",
        json={
            "purpose": "receipt",
            "complaints": [{"complaint_id": row["complaint_id"], "contact_ref": row["contact_ref"]}],
        },
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    contact = answer.get_json()["contacts"][row["contact_ref"]]
    assert contact["phone"] == PHONE
    return contact.get("suppressed")


def _pass_and_run_timers(built: Intake, **span: float) -> None:
    built.clock.pass_by(**span)
    spine, database = built.service.spine, built.database
    kinds = {sms_questions.TIMER: sms_questions.Questions(spine).lapse}
    while spine.timers.run_due(database, kinds):
        pass


@both
def test_what_the_network_doubles_is_one(built: Intake, phone: Phone) -> None:
    """The same words from the same number a moment later, under another id."""
    phone.send("lampu jalan padam di Cibeber")
    ticket = phone.ticket
    built.clock.pass_by(minutes=9)
    assert phone.send("lampu jalan padam di Cibeber ", id_="second") == ""
    assert (phone.outcome, phone.ticket) == ("accepted", ticket)
    for _ in range(2):
        assert str(ticket) in phone.send(f"TAMBAH {ticket} depan SD")
    assert len(built.rows(tables.additions)) == 1
    assert (len(built.rows(tables.complaints)), len(said(built, ComplaintReceived))) == (1, 1)
    Phone(built, STRANGER).send("lampu jalan padam di Cibeber")
    assert len(built.rows(tables.complaints)) == 2, "somebody else writes the same"
    phone.send("RAHASIA lampu jalan padam di Cibeber")
    assert phone.ticket != ticket, "whoever wants to be better hidden gets a complaint of their own"
    built.clock.pass_by(minutes=2)
    phone.send("lampu jalan padam di Cibeber", id_="third")
    assert phone.ticket != ticket, "that is no accident of the network"


def test_a_doubled_question_and_a_doubled_answer(built: Intake, phone: Phone) -> None:
    for _ in range(2):
        phone.send("tolong")
    assert built.rows(tables.additions) == [], "the same cry for help again says nothing new"
    for _ in range(2):
        phone.send("lampu mati di gang masjid")
        assert phone.outcome == "answered"
    assert (len(built.rows(tables.complaints)), len(built.rows(tables.additions))) == (1, 1)


def test_a_ticket_that_cannot_be_read_is_asked_for(built: Intake, phone: Phone) -> None:
    assert "TAMBAH CMH-" in phone.send("TAMBAH CMH-1234-567X depan pasar")
    assert (phone.outcome, built.rows(tables.complaints)) == ("ticket_wanted", [])
    assert [row["reason"] for row in built.rows(tables.refusals)] == ["ticket_wanted"]
    phone.send("lampu jalan padam di Cibeber")
    assert str(phone.ticket) in phone.send("TAMBAH CMH-1234-567X depan pasar"), "there is only one it can be about"
    assert [row["text"] for row in built.rows(tables.additions)] == ["depan pasar"]


@pytest.mark.parametrize(("length", "reason"), [(10_001, "text_too_long"), (250_000, "text_too_long")])
def test_a_text_without_end_is_refused_with_a_sentence(tmp_path: Any, length: int, reason: str) -> None:
    with intake(f"sqlite:///{tmp_path}/i.db") as built:
        body = {"from": PHONE, "to": "1234", "text": "a" * length, "reply": "1", "id": "1"}
        answer = built.client.post("/sms/kannel", data=body)
        assert (answer.status_code, answer.headers["X-Tanggap-Outcome"]) == (200, reason)
        assert "terlalu panjang" in answer.text
