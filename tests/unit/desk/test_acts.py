"""What an agency does with its case: noted once, answered once, closed, and opened again by the citizen."""

import html
from datetime import timedelta
from typing import Any

import pytest

from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import MOST_ANSWER, Answer, Close, acknowledge
from services.desk.people.person import Person
from services.desk.tables import audit, case_contents
from shared.contracts.case import CaseAcknowledged, CaseAnswered, CaseAssigned, CaseClosed
from shared.contracts.complaint import ComplaintRated
from tests.unit.desk.facts import TEXT, added, routed, ticket, unrouted
from tests.unit.desk.world import PASSWORD, Visitor, World

PATH = f"/cases/{ticket(1)}"
ANSWER = "Lampu diganti pagi ini.\n\nTerima kasih sudah melapor."


@pytest.fixture
def officer(world: World) -> Visitor:
    """With a case of the agency, not opened yet."""
    world.hear(routed())
    return world.logged_in("petugas.dishub")


def answer(visitor: Visitor, text: str = ANSWER, *, revision: int = 2, close: bool = False) -> Any:
    return visitor.post(f"{PATH}/answer", answer=text, revision=revision, close="yes" if close else "no")


def close(visitor: Visitor, reason: str = "", *, revision: int = 2) -> Any:
    return visitor.post(f"{PATH}/close", reason=reason, revision=revision)


def rated(score: int = 4, words: str = "", *, number: int = 1, **more: Any) -> ComplaintRated:
    usual: dict[str, Any] = {"by_channel": "web", "rated_at": routed().received_at}
    return ComplaintRated(
        complaint_id="c1", ticket=ticket(1), number=number, score=score, words=words, **{**usual, **more}
    )  # fmt: skip


def test_the_first_to_open_it_takes_note_of_it_for_the_agency(world: World, officer: Visitor) -> None:
    for _ in range(2):
        assert "Dibuka di DISHUB oleh" in officer.get(PATH).text
        world.logged_in("kepala.dishub").get(PATH)
    (event,) = world.said(CaseAcknowledged.TYPE)
    assert (event.complaint_id, event.ticket, event.agency, event.assignment) == ("c1", ticket(1), "DISHUB", 1)
    (row,) = world.audited("case.acknowledge")
    assert (row["actor"], row["subject"]) == ("petugas.dishub", ticket(1))
    assert (world.case().state, world.case().revision) == ("in_progress", 2)


def test_looking_on_is_no_acknowledgement(world: World, officer: Visitor) -> None:
    for login in ("koordinator", "sekretaris", "operator", "auditor"):
        assert world.logged_in(login).get(PATH).status_code == 200
    assert officer.client.head(PATH).status_code == 200
    assert officer.client.get(PATH, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 200
    assert officer.get("/cases").status_code == 200
    assert not world.said(CaseAcknowledged.TYPE)
    assert world.case().state == "forwarded"


def test_each_assignment_is_noted_anew(world: World, officer: Visitor) -> None:
    officer.get(PATH)
    world.person("petugas.dlh", "officer", agency="DLH")
    world.logged_in("koordinator").post(f"{PATH}/assign", agency="DLH", reason="sampah", revision="2")
    assert world.case().state == "forwarded"
    assert officer.get(PATH).status_code == 404
    world.logged_in("petugas.dlh").get(PATH)
    assert [(one.agency, one.assignment) for one in world.said(CaseAcknowledged.TYPE)] == [("DISHUB", 1), ("DLH", 2)]


def test_an_answer_is_said_with_all_that_a_listener_needs(world: World, officer: Visitor) -> None:
    assert answer(officer, "  " + ANSWER.replace("\n", "\r\n")).status_code == 303
    (event,) = world.said(CaseAnswered.TYPE)
    heard = routed()
    carried = ("complaint_id", "ticket", "text", "channel", "kind", "identity", "place", "contact_ref", "received_at")
    assert event == CaseAnswered(
        **{name: getattr(heard, name) for name in carried}, revision=3, agency="DISHUB", assignment=1, number=1,
        answer=ANSWER, answered_at=event.answered_at,
    )  # fmt: skip
    assert len(world.said(CaseAcknowledged.TYPE)) == 1, "who answers has read"
    assert world.case().state == "answered"
    (row,) = world.audited("case.answer")
    assert (row["details"]["number"], row["details"]["agency"]) == (1, "DISHUB")
    assert "Lampu diganti" not in str(row), "the audit refers to what was written, it does not hold it"
    page = officer.get(PATH).text
    assert "Jawaban ke-1 untuk pelapor oleh" in page
    assert "Lampu diganti pagi ini." in page
    assert "Ditindaklanjuti" in page


def test_the_same_form_again_answers_once(world: World, officer: Visitor) -> None:
    assert [answer(officer, close=True).status_code for _ in range(3)] == [303, 303, 303]
    assert len(world.said(CaseAnswered.TYPE)) == len(world.said(CaseClosed.TYPE)) == 1
    assert "Tidak ada yang dikirim dua kali" in officer.get(PATH).text


def test_the_same_words_from_a_page_that_was_opened_again_are_one_answer(world: World, officer: Visitor) -> None:
    assert answer(officer).status_code == 303
    assert answer(officer, revision=3).status_code == 303
    assert (len(world.said(CaseAnswered.TYPE)), world.case().revision) == (1, 3)
    assert "Tidak ada yang dikirim dua kali" in officer.get(PATH).text
    assert answer(officer, revision=3, close=True).status_code == 303
    assert (len(world.said(CaseAnswered.TYPE)), world.case().state) == (1, "closed")


def test_the_second_of_two_sees_what_changed_and_keeps_the_own_words(world: World, officer: Visitor) -> None:
    assert answer(officer).status_code == 303
    second = answer(world.logged_in("kepala.dishub"), "Sedang kami jadwalkan.")
    assert second.status_code == 409
    page = html.unescape(second.text)
    assert "berubah sejak Anda membukanya" in page
    assert "Jawaban ke-1 untuk pelapor oleh Petugas" in page
    assert "Sedang kami jadwalkan.</textarea>" in page
    assert 'name="revision" value="3"' in page
    assert len(world.said(CaseAnswered.TYPE)) == 1


def test_answer_and_close_in_one(world: World, officer: Visitor) -> None:
    answer(officer, close=True)
    (answered,), (closed,) = world.said(CaseAnswered.TYPE), world.said(CaseClosed.TYPE)
    assert (answered.revision, closed.revision, closed.number, closed.agency) == (3, 4, 1, "DISHUB")
    assert (world.case().state, world.case().revision) == ("closed", 4)
    assert "Jawab pelapor" not in officer.get(PATH).text
    again = answer(officer, "Satu lagi.", revision=4)
    assert (again.status_code, "Laporan ini sudah ditutup." in again.text) == (422, True)


def test_closing_without_an_answer_takes_a_reason(world: World, officer: Visitor) -> None:
    refused = close(officer)
    assert (refused.status_code, refused.text.count("Pelapor belum mendapat jawaban")) == (422, 2)
    assert close(officer, "Sudah ditangani\nlewat laporan lain").status_code == 303
    assert close(officer, "Sudah ditangani lewat laporan lain").status_code == 303, "a second click"
    (event,) = world.said(CaseClosed.TYPE)
    assert event.reason == "Sudah ditangani lewat laporan lain"
    assert "Alasan: Sudah ditangani lewat laporan lain" in officer.get(PATH).text


def test_an_answered_case_is_closed_without_a_word(world: World, officer: Visitor) -> None:
    answer(officer)
    assert close(officer, revision=3).status_code == 303
    (event,) = world.said(CaseClosed.TYPE)
    assert (event.reason, event.revision) == ("", 4)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Tulis jawaban untuk pelapor."),
        (" \n\u200b", "Tulis jawaban untuk pelapor."),
        ("x" * (MOST_ANSWER + 1), "Jawaban paling panjang 20.000 huruf."),
    ],
)
def test_what_cannot_be_sent_is_told_beside_the_field(world: World, officer: Visitor, text: str, sentence: str) -> None:
    refused = answer(officer, text)
    assert (refused.status_code, refused.text.count(sentence)) == (422, 2)
    assert 'aria-invalid="true"' in refused.text
    assert not world.said(CaseAnswered.TYPE)


def test_the_longest_answer_is_taken_whatever_ends_its_lines(world: World, officer: Visitor) -> None:
    text = "x\n" * (MOST_ANSWER // 2 - 1) + "yz"
    assert answer(officer, text.replace("\n", "\r\n")).status_code == 303
    assert world.said(CaseAnswered.TYPE)[0].answer == text


def test_another_agency_learns_nothing(world: World, officer: Visitor) -> None:
    world.person("petugas.dlh", "officer", agency="DLH")
    stranger = world.logged_in("petugas.dlh")
    assert (answer(stranger).status_code, close(stranger, "x").status_code) == (404, 404)
    assert answer(world.logged_in("koordinator")).status_code == 403
    world.person("petugas.muda", "officer", agency="DISHUB")
    world.hear(routed(2, identity="confidential"))
    assert (
        world.logged_in("petugas.muda").post(f"/cases/{ticket(2)}/answer", answer="x", revision="2").status_code == 404
    )
    assert not world.said(CaseAnswered.TYPE)


def test_whoever_lost_the_case_a_moment_ago_changes_nothing(world: World, officer: Visitor) -> None:
    register, case = world.register, world.case()
    for person in (Person("x", "X", "officer", "DLH"), Person("y", "Y", "coordinator")):
        assert acknowledge(register, person, case) is case
        assert perform(register, person, ticket(1), 2, Answer("x")) is None
        assert perform(register, person, ticket(1), 2, Close("x")) is None
    colleague = Person("z", "Z", "officer", "DISHUB")
    world.logged_in("koordinator").post(f"{PATH}/assign", agency="DLH", reason="sampah", revision="2")
    assert acknowledge(register, colleague, case).agency == "DLH", "opened before, noted after it was moved"
    assert perform(register, colleague, "CMH-9999-9999", 2, Answer("x")) is None
    assert not world.said(CaseAcknowledged.TYPE)


def test_not_solved_opens_it_again_once_for_each_time_it_is_said(world: World, officer: Visitor) -> None:
    answer(officer, close=True)
    said_at = world.clock.now() + timedelta(hours=1)
    unhappy = added(text="", what="not_solved", added_at=said_at)
    world.hear(unhappy, unhappy)
    assert (world.case().state, world.case().revision) == ("in_progress", 5)
    page = officer.get(PATH).text
    assert page.count("Dibuka lagi karena pelapor menyatakan belum selesai") == 1
    assert "Jawab lagi" in page
    assert close(officer, revision=4).status_code == 409, "closed by somebody who had not read it"
    assert close(officer, revision=5).status_code == 303
    world.hear(unhappy)
    assert world.case().state == "closed"
    assert [event.number for event in world.said(CaseClosed.TYPE)] == [1, 2]


def test_what_was_said_before_the_answer_opens_nothing(world: World, officer: Visitor) -> None:
    answer(officer)
    world.hear(added(text="", what="not_solved", added_at=world.clock.now() - timedelta(minutes=5)))
    assert world.case().state == "answered"
    world.hear(added(text="Masih.", count=2, added_at=world.clock.now() + timedelta(hours=1)))
    assert world.case().state == "answered", "an ordinary addition"


def test_not_solved_of_a_case_that_nobody_answered_changes_nothing(world: World, officer: Visitor) -> None:
    world.hear(added(text="", what="not_solved"), added(9, text="", what="not_solved"))
    assert world.case().state == "forwarded"


def test_a_late_fact_of_the_router_leaves_the_work_as_it_is(world: World, officer: Visitor) -> None:
    answer(officer)
    world.hear(routed(revision=9), unrouted(revision=1))
    assert (world.case().state, world.case().revision) == ("answered", 9)
    coordinator = world.logged_in("koordinator")
    coordinator.post(f"{PATH}/assign", agency="DLH", reason="sampah", revision="9")
    assert [event.agency for event in world.said(CaseAssigned.TYPE)] == ["DLH"]
    assert world.case().state == "forwarded"
    world.hear(routed(revision=10))
    assert (world.case().state, world.case().agency) == ("forwarded", "DLH")


def test_the_rating_is_shown_and_the_later_one_counts(world: World, officer: Visitor) -> None:
    answer(officer, close=True)
    world.hear(rated(2, "Lama. Hubungi 0812-3456-7890.", number=2), rated(5, "Bagus", number=1))
    page = officer.get(PATH).text
    assert "2 dari 5: Tidak puas" in page
    assert "Lama. Hubungi [telepon]." in page
    assert "0812-3456-7890" in world.logged_in("koordinator").get(PATH).text
    assert "Bagus" not in page
    assert "Pelapor memberi nilai 5 dari 5 lewat Formulir web" in page
    assert "Lama" not in world.logged_in("operator").get(PATH).text


def test_whoever_reads_no_complaints_reads_no_answers(world: World, officer: Visitor) -> None:
    answer(officer)
    page = world.logged_in("operator").get(PATH).text
    assert "Jawaban ke-1" in page
    assert "Lampu diganti" not in page
    assert TEXT not in page


def test_a_deleted_answer_takes_no_number_with_it(world: World, officer: Visitor) -> None:
    answer(officer)
    with world.database.write() as tx:
        tx.execute(case_contents.delete().where(case_contents.c.kind == "answer"))
    assert answer(officer, "Kedua.", revision=3).status_code == 303
    assert [event.number for event in world.said(CaseAnswered.TYPE)] == [1, 2]


def test_an_undone_transaction_says_nothing(world: World, officer: Visitor) -> None:
    with world.database.engine.begin() as connection:
        audit.drop(connection)
    assert answer(officer).status_code == 500
    assert world.case().state == "forwarded"
    assert not world.said(CaseAnswered.TYPE)


def test_officers_find_what_waits_for_them(world: World, officer: Visitor) -> None:
    world.hear(routed(2))
    answer(officer)
    waiting = officer.get("/cases?state=forwarded").text
    assert (ticket(2) in waiting, ticket(1) in waiting) == (True, False)
    assert 'value="triage"' not in waiting
    assert PASSWORD not in waiting
