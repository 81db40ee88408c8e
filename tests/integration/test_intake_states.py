"""The states of a case as citizens see them: in whatever order the facts come, and however often."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import tables
from services.intake.submission import Addition, Contact
from shared.contracts.complaint import ComplaintAdded
from shared.errors import Rejected, Transient
from tests.integration.case_facts import Case, hear
from tests.integration.web_browser import FormBrowser, hidden_fields
from tests.unit.intake.building import Intake, intake, submission


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def accepted(built: Intake, text: str = "Lampu jalan padam tiga malam.", **changes: Any) -> Any:
    return built.door.accept(submission(text, contact=Contact("siti@example.org", "0812 0000 1234", "Siti"), **changes))


def row_of(built: Intake, receipt: Any) -> dict[str, Any]:
    return next(row for row in built.rows(tables.complaints) if row["complaint_id"] == receipt.complaint_id)


def timeline(built: Intake, receipt: Any) -> list[tuple[str, str]]:
    answer = built.client.get(
        f"/api/v1/complaints/{receipt.ticket}", headers={"X-Tracking-Code": receipt.tracking_code}
    )
    return [(entry["event"], entry["note"]) for entry in answer.json["timeline"]]


def page(built: Intake, receipt: Any, language: str = "") -> str:
    path = f"/complaints/{receipt.ticket}?code={receipt.tracking_code}"
    return html.unescape(FormBrowser(built, language).get(path).text)


def whole_course(case: Case) -> list[Any]:
    return [
        case.routed(2), case.acknowledged(1), case.asked(3), case.resumed(4, "forwarded"), case.returned(5),
        case.assigned(6, "KELURAHAN", 2), case.archived(7), case.reopened(8, None), case.assigned(9, "DISHUB", 3),
        case.acknowledged(3),
    ]  # fmt: skip


def kept(built: Intake, receipt: Any) -> Any:
    """Everything that is kept of one complaint."""
    rows = [built.rows(table) for table in (tables.complaints, tables.timeline, tables.answers, tables.questions)]
    return [sorted(str(row) for row in found if row["complaint_id"] == receipt.complaint_id) for found in rows]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(10)), again=st.lists(st.integers(0, 9), max_size=6))
def test_any_order_and_any_doubles_end_alike(built: Intake, order: list[int], again: list[int]) -> None:
    """Each example has a complaint of its own, in the same intake."""
    receipt = accepted(built, f"Lampu nomor {len(built.rows(tables.complaints))} padam.")
    said = whole_course(Case(built, receipt.complaint_id))
    hear(built, *(said[number] for number in (*order, *again)))
    row = row_of(built, receipt)
    ends = [row[name] for name in ("status", "agency", "revision", "assignment", "acknowledged")]
    assert ends == ["in_progress", "DISHUB", 9, 3, 3]
    events = [event for event, _ in timeline(built, receipt)]
    assert events.count("acknowledged") == 2
    assert [event for event in events if event != "acknowledged"] == [
        "received", "routed", "asked", "resumed", "returned", "assigned", "archived", "reopened", "assigned",
    ]  # fmt: skip
    once = kept(built, receipt)
    hear(built, *said)
    assert kept(built, receipt) == once


@pytest.mark.parametrize(
    ("make", "status", "note"),
    [
        (lambda case: [case.routed(2)], "routed", "Laporan diteruskan kepada Dinas Perhubungan."),
        (lambda case: [case.routed(2), case.acknowledged()], "in_progress", "Instansi sudah membuka laporan ini."),
        (lambda case: [case.routed(2), case.acknowledged(2)], "routed", "Instansi sudah membuka laporan ini."),
        (
            lambda case: [case.assigned(3, "BPN")], "referred",
            "Laporan diteruskan kepada Kantor Pertanahan, di luar pemerintah kota. Keputusannya di sana.",
        ),
        (lambda case: [case.asked(3)], "waiting", "Kami meminta keterangan dari pelapor.\n\nLampu yang mana?"),
        (lambda case: [case.asked(3), case.resumed(4, "forwarded")], "routed", "Penanganan laporan dilanjutkan."),
        (
            lambda case: [case.archived(3, "not_ours", "BPN")], "archived",
            "Laporan diarsipkan karena bukan wewenang pemerintah kota. Yang berwenang: Kantor Pertanahan.\n\nCatatan.",
        ),
        (lambda case: [case.archived(3, "spam")], "archived", "Laporan diarsipkan dan tidak ditindaklanjuti."),
        (lambda case: [case.reopened(3)], "in_progress", "Petugas membuka lagi laporan ini."),
        (
            lambda case: [case.reopened(3, None, "citizen")], "triage",
            "Laporan dibuka lagi karena pelapor menyatakan masalahnya belum selesai.",
        ),
        (
            lambda case: [case.returned(3)], "triage",
            "Petugas meninjau kembali instansi yang tepat untuk laporan ini.",
        ),
    ],
)  # fmt: skip
def test_each_state_has_its_word_and_its_line(built: Intake, make: Any, status: str, note: str) -> None:
    receipt = accepted(built)
    hear(built, *make(Case(built, receipt.complaint_id)))
    assert row_of(built, receipt)["status"] == status
    assert timeline(built, receipt)[-1][1] == note
    assert "dapur" not in str(timeline(built, receipt))
    assert "bukan kami" not in page(built, receipt)


def test_an_unknown_complaint_is_put_in_front_of_a_person(built: Intake) -> None:
    receipt = accepted(built)
    case = Case(built, receipt.complaint_id)
    case.about["complaint_id"] = "somebody-elses"
    for fact in (case.asked(2), case.acknowledged(), case.archived(2), case.split(2), case.merged(2, receipt)):
        with pytest.raises(Rejected):
            hear(built, fact)


def answers(built: Intake) -> list[tuple[str, str]]:
    return [(fact.what, fact.addition) for fact in built.said() if isinstance(fact, ComplaintAdded)]


def test_the_question_is_answered_on_the_tracking_page(built: Intake) -> None:
    receipt = accepted(built)
    case = Case(built, receipt.complaint_id)
    hear(built, case.routed(2), case.asked(3, question="Lampu <b>yang</b> mana?"))
    browser = FormBrowser(built)
    shown = browser.get(f"/complaints/{receipt.ticket}?code={receipt.tracking_code}").text
    assert "Lampu &lt;b&gt;yang&lt;/b&gt; mana?" in shown
    assert 'value="answer"' in shown
    assert 'value="not_solved"' not in shown
    assert "4 Desember 2026" in shown
    form = {**hidden_fields(shown), "text": "Yang di tikungan", "what": "answer"}
    sent = browser.send(form, f"/complaints/{receipt.ticket}/additions")
    assert sent.status_code == 303
    assert answers(built) == [("answer", "Yang di tikungan")]
    again = page(built, receipt)
    assert 'id="pertanyaan"' not in again
    assert 'value="addition"' in again


@pytest.mark.parametrize("what", ["addition", "not_solved"])
def test_whatever_the_sender_says_meanwhile_is_the_answer_once(built: Intake, what: str) -> None:
    receipt = accepted(built)
    hear(built, Case(built, receipt.complaint_id).asked(2))
    additions = built.service.web.view_functions["additions.add"].__self__.additions  # type: ignore[union-attr]
    for number, text in enumerate(("Yang di tikungan", "Dan satu lagi")):
        additions.add(Addition(receipt.complaint_id, what, "api", "v1", text, provider_id=str(number)))
    assert answers(built) == [("answer", "Yang di tikungan"), (what, "Dan satu lagi")]
    hear(built, Case(built, receipt.complaint_id).asked(5, 2, "Sejak kapan?"))
    additions.add(Addition(receipt.complaint_id, what, "api", "v1", "Senin", provider_id="9"))
    assert answers(built)[-1] == ("answer", "Senin")


def test_a_strangers_word_is_no_answer(built: Intake) -> None:
    receipt = accepted(built)
    hear(built, Case(built, receipt.complaint_id).asked(2))
    additions = built.service.web.view_functions["additions.add"].__self__.additions  # type: ignore[union-attr]
    additions.add(Addition(receipt.complaint_id, "addition", "email", "a", "Saya juga", by_sender=False))
    assert answers(built) == [("addition", "Saya juga")]
    assert 'id="pertanyaan"' in page(built, receipt)


def test_a_text_message_after_a_question_is_its_answer_and_no_new_complaint(built: Intake) -> None:
    receipt = accepted(built)
    hear(built, Case(built, receipt.complaint_id).asked(2))
    built.clock.pass_by(hours=1)
    query = {"from": "081200001234", "to": "1234", "text": "yang di tikungan depan warung", "id": "m1"}
    for _ in range(2):
        assert built.client.get("/sms/kannel", query_string=query).status_code == 200
    assert answers(built) == [("answer", "yang di tikungan depan warung")]
    assert len(built.rows(tables.complaints)) == 1
    stranger = {**query, "from": "081299998888", "id": "m2", "text": "sampah menumpuk di depan pasar antri"}
    built.client.get("/sms/kannel", query_string=stranger)
    assert len(built.rows(tables.complaints)) == 2


def test_programs_read_the_question_and_partners_without_the_code_do_not(built: Intake) -> None:
    receipt = accepted(built)
    path = f"/api/v1/complaints/{receipt.ticket}"
    headers = {"X-Tracking-Code": receipt.tracking_code}
    assert "question" not in built.client.get(path, headers=headers).json
    hear(built, Case(built, receipt.complaint_id).asked(2))
    question = built.client.get(path, headers=headers).json["question"]
    assert (question["text"], question["until"]) == ("Lampu yang mana?", "2026-12-04T03:00:00+00:00")


@pytest.mark.parametrize("status", ["archived", "withdrawn"])
def test_every_end_can_be_objected_to(built: Intake, status: str) -> None:
    receipt = accepted(built)
    case = Case(built, receipt.complaint_id)
    hear(built, case.withdrawn(3) if status == "withdrawn" else case.archived(3))
    assert 'value="not_solved"' in page(built, receipt)


class Desk:
    """What the desk says about deadlines; None: it is away."""

    def __init__(self) -> None:
        self.titles: list[str] | None = []

    def get(self, path: str) -> Any:
        if self.titles is None:
            raise Transient("away", code="service_away")
        row = {"due_at": "2026-12-15T09:00:00+00:00", "state": "running", "late": False, "told": ["14 hari <kerja>."]}
        return {"deadlines": [{**row, "title": title} for title in self.titles]}


def test_the_page_shows_deadlines_and_works_without_them(built: Intake) -> None:
    desk, receipt = Desk(), accepted(built)
    track = built.service.web.view_functions["track.show"].__self__  # type: ignore[union-attr]
    track.deadlines.client = lambda: desk
    hear(built, Case(built, receipt.complaint_id).routed(2))
    desk.titles = ["Penyelesaian laporan"]
    shown = page(built, receipt)
    assert "Penyelesaian laporan" in shown
    assert "Paling lambat 15 Desember 2026" in shown
    assert "<kerja>" in shown  # the reader unescapes it: it is shown as text
    desk.titles = None
    away = page(built, receipt)
    assert "Batas waktunya tidak dapat ditampilkan saat ini" in away
    assert "Laporan diteruskan kepada Dinas Perhubungan." in away
    hear(built, Case(built, receipt.complaint_id).archived(3))
    assert "Batas waktu" not in page(built, receipt)
