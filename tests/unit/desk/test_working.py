"""The forms of the case page: who is offered which, what each does, and what becomes of words that were not sent."""

import html
from datetime import timedelta

import pytest

from services.desk.cases import machine
from services.desk.deadlines import repository as clocks
from services.desk.deadlines.clocks import Clock
from shared.contracts.case import (
    CaseAnswered,
    CaseArchived,
    CaseAsked,
    CaseClosed,
    CaseCopied,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSplit,
)
from tests.unit.desk.facts import TEXT, decision, routed, ticket, unrouted
from tests.unit.desk.world import Visitor, World

PATH = f"/cases/{ticket(1)}"
WORDS = "Kata-kata yang tidak boleh hilang."


@pytest.fixture
def officer(world: World) -> Visitor:
    """Has opened the agency's case: it is being worked on, at revision 2."""
    world.hear(routed(), routed(2))
    visitor = world.logged_in("petugas.dishub")
    visitor.get(PATH)
    return visitor


def forms_in(page: str) -> set[str]:
    return {path for path in _ALL if f'action="{PATH}/{path}"' in page or f'href="{PATH}/{path}"' in page}


_ALL = (
    "answer", "close", "ask", "resume", "return", "note", "reference", "archive", "merge", "split", "copy", "reopen",
    "assign", "contact", "publish",
)  # fmt: skip


def test_each_role_is_offered_what_it_may_do(world: World, officer: Visitor) -> None:
    agency = {"answer", "close", "ask", "return", "note", "reference"}
    coordination = {"archive", "merge", "split", "copy", "assign", "contact", "publish", "note", "reference"}
    assert forms_in(officer.get(PATH).text) == agency
    assert forms_in(world.logged_in("kepala.dishub").get(PATH).text) == agency
    assert forms_in(world.logged_in("koordinator").get(PATH).text) == coordination
    assert forms_in(world.logged_in("sekretaris").get(PATH).text) == {"assign", "note", "reference"}
    for login in ("auditor", "operator"):
        page = world.logged_in(login).get(PATH).text
        assert forms_in(page) == set()
        assert page.count("<form") == 1, "only the one for leaving"


def test_nothing_is_offered_that_the_state_does_not_allow(world: World, officer: Visitor) -> None:
    officer.post(f"{PATH}/answer", answer="Selesai.", close="yes", revision=2)
    assert forms_in(officer.get(PATH).text) == {"note", "reference"}
    assert forms_in(world.logged_in("koordinator").get(PATH).text) == {
        "reopen",
        "note",
        "reference",
        "contact",
        "publish",
    }
    for path, field in (("answer", "answer"), ("close", "reason"), ("ask", "question"), ("return", "reason")):
        crafted = officer.post(f"{PATH}/{path}", **{field: WORDS}, revision=world.case().revision)
        assert crafted.status_code == 422, path
        assert "Laporan ini sudah ditutup" in crafted.text, path
        assert WORDS in crafted.text, "the form is gone, the words are not"
    assert len(world.said(CaseAnswered.TYPE)) == 1


def test_a_question_stops_the_clock_and_says_until_when(world: World, officer: Visitor) -> None:
    assert "Pelapor punya waktu sampai" in officer.get(PATH).text
    assert officer.post(f"{PATH}/ask", question="Di RT berapa?", revision=2).status_code == 303
    (asked,) = world.said(CaseAsked.TYPE)
    assert timedelta(days=5) < asked.until - asked.asked_at < timedelta(days=40)
    (clock,) = [one for one in _clocks(world) if one.name == "complete"]
    assert asked.until == clock.due_at, "what the citizen is told is what the clock does"
    page = officer.get(PATH).text
    assert "Tenggat kota berhenti dihitung sampai pelapor menjawab." in page
    assert "Di RT berapa?" in page
    assert forms_in(page) == {"resume", "return", "note", "reference"}
    assert officer.post(f"{PATH}/resume", reason="Sudah kami temukan.", revision=3).status_code == 303
    assert world.said(CaseResumed.TYPE)[0].state == "in_progress"


def test_giving_back_names_who_may_be_in_charge(world: World, officer: Visitor) -> None:
    refused = officer.post(f"{PATH}/return", reason=" ", suggested="DISHUB", revision=2)
    assert refused.status_code == 422
    assert refused.text.count("Tulis mengapa laporan ini bukan wewenang") == 2
    assert 'href="#returned-reason"' in refused.text
    assert officer.post(f"{PATH}/return", reason="Tiangnya milik PU.", suggested="DPUPR", revision=2).status_code == 303
    (fact,) = world.said(CaseReturned.TYPE)
    assert (fact.agency, fact.suggested) == ("DISHUB", "DPUPR")
    page = world.logged_in("koordinator").get(PATH).text
    assert "Sudah mengembalikan laporan ini: Dinas Perhubungan" in page
    assert "Serahkan ke DPUPR" in page
    assert officer.get(PATH).status_code == 404


def test_what_no_agency_of_the_city_has_is_the_coordinators(world: World) -> None:
    world.hear(unrouted(1, reason="external_confirmation", decision=decision(agency="EXT_PLN")))
    coordinator = world.logged_in("koordinator")
    page = coordinator.get(PATH).text
    assert "tenggat kota tidak berjalan" in page
    assert "telepon 123" in page
    assert "ask" in forms_in(page), "before anybody is in charge"
    coordinator.post(f"{PATH}/assign", agency="EXT_PLN", suggested="yes", revision=2)
    page = coordinator.get(PATH).text
    assert "Tenggat kota tidak berjalan" in page
    assert {"answer", "close"} <= forms_in(page)
    assert coordinator.post(f"{PATH}/answer", answer="PLN sudah memperbaiki.", revision=3).status_code == 303
    assert coordinator.post(f"{PATH}/close", reason="", revision=4).status_code == 303
    assert [fact.agency for fact in world.said(CaseClosed.TYPE)] == ["EXT_PLN"]


def test_the_coordinator_does_not_answer_for_an_agency(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    for path in ("answer", "close", "ask", "return"):
        assert coordinator.post(f"{PATH}/{path}", answer="x", reason="x", question="x", revision=2).status_code == 403
    assert world.case().revision == 2


def test_archiving_tells_why_and_can_be_undone(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    refused = coordinator.post(f"{PATH}/archive", why="bosan", reason="", revision=2)
    assert (refused.status_code, "Pilih sebab pengarsipan." in refused.text) == (422, True)
    sent = coordinator.post(f"{PATH}/archive", why="not_ours", reason="Milik provinsi.", revision=2)
    assert sent.status_code == 303
    assert world.said(CaseArchived.TYPE)[0].reason == "Milik provinsi."
    page = html.unescape(coordinator.get(PATH).text)
    assert f'href="{PATH}?open=reopened#reopened">Keliru? Buka lagi laporan ini' in page
    assert "Keliru?" not in world.logged_in("sekretaris").get(PATH).text, "it was not theirs"
    assert coordinator.post(f"{PATH}/reopen", reason="Salah tekan.", revision=3).status_code == 303
    assert world.said(CaseReopened.TYPE)[0].reason == "Salah tekan."
    assert world.case().state == machine.TRIAGE


def test_merging_shows_both_before_it_is_done(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    page = coordinator.get(f"{PATH}/merge?into={ticket(2).lower()}").text
    assert page.count(TEXT) == 2
    assert f"Gabungkan {ticket(1)} ke {ticket(2)}" in page
    for into, told in (("", "tidak ada"), ("<b>", "tidak ada"), (ticket(1), "dengan dirinya sendiri")):
        refused = coordinator.post(f"{PATH}/merge", into=into, reason=WORDS, revision=2)
        assert (refused.status_code, told in refused.text, WORDS in refused.text) == (422, True, True), into
        assert "<b>" not in refused.text.replace("<b>Tanggap</b>", "")
    assert coordinator.post(f"{PATH}/merge", into=ticket(2), reason="", revision=2).status_code == 303
    assert world.said(CaseMerged.TYPE)[0].into_ticket == ticket(2)
    assert f'href="/cases/{ticket(2)}">{ticket(2)}</a>' in coordinator.get(PATH).text
    assert "Digabungkan ke sini" in coordinator.get(f"/cases/{ticket(2)}").text


def test_splitting_takes_a_stretch_and_perhaps_an_agency(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    assert TEXT in coordinator.get(f"{PATH}/split").text
    refused = coordinator.post(f"{PATH}/split", part=" \n", agency="DLH", revision=2)
    assert (refused.status_code, '<option value="DLH" selected>' in refused.text) == (422, True)
    assert coordinator.post(f"{PATH}/split", part="Sampahnya\r\nmenumpuk.", agency="DLH", revision=2).status_code == 303
    (fact,) = world.said(CaseSplit.TYPE)
    assert (fact.part, fact.agency) == ("Sampahnya\nmenumpuk.", "DLH")
    assert "sedang dibuat" in coordinator.get(PATH).text
    world.hear(routed(7, external_refs={"split_from": ticket(1), "split_part": fact.part_id}))
    assert ticket(7) in coordinator.get(PATH).text
    child = coordinator.get(f"/cases/{ticket(7)}").text
    assert "Dipisahkan dari" in child
    assert fact.part_id not in child


def test_a_copy_is_told_with_its_reason(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    form = {"copy": "DLH", "reason": "Pohonnya menutupi lampu.", "revision": 2}
    assert [coordinator.post(f"{PATH}/copy", **form).status_code for _ in range(2)] == [303, 303]
    assert len(world.said(CaseCopied.TYPE)) == 1
    assert "Pohonnya menutupi lampu." in coordinator.get(PATH).text


def test_notes_are_for_colleagues_and_masked_like_the_text(world: World, officer: Visitor) -> None:
    note = "Warga menelepon dari 0812-3456-7890, minta malam."
    assert officer.post(f"{PATH}/note", note=note, revision=2).status_code == 303
    assert world.case().revision == 2, "a note makes nobody else's form old"
    assert (
        note in world.logged_in("kepala.dishub").get(PATH).text or "[telepon], minta malam." in officer.get(PATH).text
    )
    assert note in world.logged_in("koordinator").get(PATH).text
    assert "[telepon], minta malam." in world.logged_in("auditor").get(PATH).text
    assert "minta malam" not in world.logged_in("operator").get(PATH).text
    assert "minta malam" not in str(world.audited("case.note")), "the audit refers to it"


def test_an_outer_number_is_kept_once(world: World, officer: Visitor) -> None:
    assert officer.post(f"{PATH}/reference", number=" 9165816 ", revision=2).status_code == 303
    steps = world.case().steps
    officer.post(f"{PATH}/reference", number="9165816", revision=2)
    assert (world.case().external_refs, world.case().steps) == ({"sp4n": "9165816"}, steps)
    assert officer.post(f"{PATH}/reference", number="<script>", revision=2).status_code == 422


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("answer", {"answer": WORDS}),
        ("close", {"reason": WORDS}),
        ("ask", {"question": WORDS}),
        ("return", {"reason": WORDS, "suggested": "DPUPR"}),
        ("note", {"note": WORDS}),
    ],
)
def test_the_second_of_two_keeps_every_word(world: World, officer: Visitor, path: str, form: dict[str, str]) -> None:
    world.logged_in("kepala.dishub").post(f"{PATH}/answer", answer="Lebih cepat.", revision=2)
    steps = world.case().steps
    second = officer.post(f"{PATH}/{path}", **form, revision=2)
    assert second.status_code == 409
    assert "Jawaban ke-1 untuk pelapor oleh" in second.text, "what has changed"
    assert WORDS in second.text
    assert 'name="revision" value="3"' in second.text
    assert world.case().steps == steps


def test_two_coordinators_keep_their_words_too(world: World, officer: Visitor) -> None:
    coordinator = world.logged_in("koordinator")
    officer.post(f"{PATH}/answer", answer="Sudah.", revision=2)
    for path, form in (
        ("archive", {"why": "spam", "reason": WORDS}), ("copy", {"copy": "DLH", "reason": WORDS}),
        ("assign", {"agency": "DLH", "reason": WORDS}), ("split", {"part": WORDS}),
    ):  # fmt: skip
        second = coordinator.post(f"{PATH}/{path}", **form, revision=2)
        assert (second.status_code, WORDS in second.text) == (409, True), path
    assert world.case().agency == "DISHUB"


def test_whoever_lost_the_case_gets_the_own_words_back(world: World, officer: Visitor) -> None:
    world.logged_in("koordinator").post(f"{PATH}/assign", agency="DLH", reason="sampah", revision=2)
    for path, field in (("answer", "answer"), ("note", "note"), ("draft", "answer")):
        answer = officer.post(f"{PATH}/{path}", **{field: WORDS}, act="answered", revision=2)
        assert (answer.status_code, WORDS in answer.text) == (404, True), path
        assert (
            officer.post(f"/cases/{ticket(90)}/{path}", **{field: WORDS}, act="answered", revision=2).text.count(WORDS)
            == 1
        )


def test_a_case_of_others_is_denied_and_noted_once_an_hour(world: World, officer: Visitor) -> None:
    world.hear(routed(3, agency="DLH"))
    for _ in range(3):
        assert officer.get(f"/cases/{ticket(3)}").status_code == 404
    officer.post(f"/cases/{ticket(3)}/answer", answer="x", revision=2)
    (row,) = world.audited("case.denied")
    assert (row["actor"], row["subject"]) == ("petugas.dishub", ticket(3))
    world.clock.advance(3700)
    officer = world.logged_in("petugas.dishub")
    officer.get(f"/cases/{ticket(3)}")
    assert len(world.audited("case.denied")) == 2
    assert officer.get(f"/cases/{ticket(90)}").status_code == 404
    assert len(world.audited("case.denied")) == 2, "what does not exist is nobody's"


def test_odd_input_gets_a_clear_answer(world: World, officer: Visitor) -> None:
    for revision in ("", "-1", "zwei", "9" * 30, "²"):
        assert officer.post(f"{PATH}/answer", answer=WORDS, revision=revision).status_code == 400
    long = officer.post(f"{PATH}/answer", answer="ä" * 100_000, revision=2)
    assert (long.status_code, "paling panjang 20.000 huruf" in long.text) == (422, True)
    assert "ä" * 100_000 in long.text, "and nothing of it is cut away"
    for text in ("<script>alert(1)</script>", "👍", "שלום, تم الإصلاح", "\u202eterbalik"):
        revision = world.case().revision
        assert officer.post(f"{PATH}/answer", answer=text, revision=revision).status_code == 303
        page = officer.get(PATH).text
        assert html.escape(text) in page
        assert "<script>alert" not in page
    assert [fact.answer for fact in world.said(CaseAnswered.TYPE)][1] == "👍"


def test_on_paper_stands_no_contact(world: World) -> None:
    world.hear(routed())
    page = world.logged_in("koordinator").get(PATH).text
    assert (
        '<p class="complaint only-print" lang="id" dir="auto">Lampu jalan mati di Jl. Baros, hubungi saya di [telepon]'
        in page
    )
    assert 'class="complaint no-print" id="report-text"' in page
    assert '<section class="card no-print" aria-labelledby="reporter">' in page


def _clocks(world: World) -> tuple[Clock, ...]:
    with world.database.read() as connection:
        return clocks.of_case(connection, "c1")
