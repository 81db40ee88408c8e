"""Entering a complaint at the desk: the form, its errors, the receipt, and what is noted of it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from services.desk.assisted.entries import Answer, Outcome
from services.desk.assisted.square_code import draw_square_code
from services.desk.assisted.typed import MOST_PHOTO_BYTES, Typed
from services.desk.people.person import Person
from services.desk.tables import audit, case_events
from shared.errors import Refused
from tests.unit.desk.entering import CODE, RECEIPT, SIMILAR, EnteringDesk, FakeEntries, a_file, entering_desk
from tests.unit.desk.test_export import case, store
from tests.unit.desk.world import Visitor

FORM = {
    "text": "Lampu jalan padam di depan SD.", "kelurahan": "Baros", "detail": "Jl. Baros 2", "channel": "phone",
    "office": "Loket 3", "kind": "pengaduan", "identity": "open", "name": "Budi", "phone": "0812 3456 7890",
    "email": "", "sp4n": "", "received_at": "", "happened_on": "", "position": "", "key": "k" * 24,
}  # fmt: skip


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EnteringDesk, FakeEntries]]:
    folder, entries = tmp_path_factory.mktemp("desk"), FakeEntries()
    with entering_desk(f"sqlite:///{folder / 'desk.db'}", folder, entries) as opened:
        yield opened, entries


@pytest.fixture
def entries(shared_desk: tuple[EnteringDesk, FakeEntries]) -> FakeEntries:
    shared_desk[1].reset()
    return shared_desk[1]


@pytest.fixture
def desk(shared_desk: tuple[EnteringDesk, FakeEntries], entries: FakeEntries) -> EnteringDesk:
    shared_desk[0].forget()
    return shared_desk[0]


def noted(desk: EnteringDesk) -> tuple[list[Any], list[Any]]:
    """Audit rows and lines of the timeline."""
    with desk.database.read() as connection:
        acts = connection.execute(select(*audit.c).where(audit.c.act == "case.enter")).mappings().all()
        lines = connection.execute(select(*case_events.c).where(case_events.c.act == "entered")).mappings().all()
    return list(acts), list(lines)


def typed_of(page: str) -> dict[str, str]:
    """What a form page would send again."""
    fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', page))
    text = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    return {**fields, "text": text[1] if text else ""}


def test_the_form_is_for_the_keyboard_and_remembers_the_last_channel(desk: EnteringDesk) -> None:
    visitor = desk.log_in()
    page = visitor.get("/enter").text
    assert re.search(r'<textarea id="text"[^>]* autofocus', page)
    assert re.search(r'value="counter" checked', page)
    assert 'value="Dinas Perhubungan"' in page
    visitor.post("/enter", **FORM)
    page = visitor.get("/enter").text
    assert re.search(r'value="phone" checked', page)
    assert 'value="Loket 3"' in page
    visitor.client.set_cookie("tanggap_entry", '["<b>", 1', path="/enter")
    assert re.search(r'value="counter" checked', visitor.get("/enter").text)


def test_the_receipt_says_what_the_law_asks_for(desk: EnteringDesk, entries: FakeEntries) -> None:
    answer = desk.log_in().post("/enter", **FORM)
    assert answer.status_code == 200
    words = " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
    for told in (
        "CMH-1XZU-X7RK", CODE, "24 November 2026 pukul 09.15 WIB (UTC+07:00)", "Tempat Loket 3", "Melalui Telepon",
        "Petugas penerima Ani Petugas, Dinas Perhubungan", "Pelapor Budi", "Ringkasan Lampu jalan padam.",
        "tidak dipungut biaya", "112", "https://lapor.example/track",
    ):  # fmt: skip
        assert told in words, told
    assert "081" not in words
    assert 'src="data:image/svg+xml' in answer.text
    (body,) = entries.asked
    assert body["entered_by"] == {"login": "ani", "name": "Ani Petugas", "role": "officer", "agency": "DISHUB"}
    assert body["contact"] == {"name": "Budi", "phone": "0812 3456 7890", "email": ""}
    assert (body["idempotency_key"], body["separate"], "language" in body) == ("k" * 24, False, False)


@pytest.mark.parametrize("identity", ["anonymous", "confidential"])
def test_who_is_not_open_is_kept_secret_on_paper(desk: EnteringDesk, entries: FakeEntries, identity: str) -> None:
    entries.answer = Answer(Outcome.STORED, replace(RECEIPT, identity=identity, name=""))
    page = desk.log_in().post("/enter", **FORM).text
    assert "Dirahasiakan" in page
    assert "Budi" not in page


def test_it_is_noted_once_and_without_words_or_code(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    visitor.post("/enter", **FORM)
    entries.answer = Answer(Outcome.KNOWN, RECEIPT)
    again = visitor.post("/enter", **FORM)
    assert "Tidak ada yang dicatat dua kali" in again.text
    assert CODE in again.text
    (act,), (line,) = noted(desk)
    assert (act["actor"], act["subject"], act["details"]["channel"]) == ("ani", RECEIPT.ticket, "phone")
    assert (line["complaint_id"], line["data"]["name"], line["data"]["office"]) == ("c1", "Ani Petugas", "Loket 3")
    with desk.database.read() as connection:
        for table in (audit, case_events):
            everything = str(connection.execute(select(*table.c)).all())
            assert CODE not in everything
            assert "Lampu" not in everything


def test_what_was_changed_after_it_was_stored_is_said_to_be_lost(desk: EnteringDesk, entries: FakeEntries) -> None:
    entries.answer = Answer(Outcome.CHANGED, RECEIPT)
    page = desk.log_in().post("/enter", **{**FORM, "text": "Tambahan: dua lampu."}).text
    assert "Perubahan Anda sesudahnya tidak disimpan" in page
    assert "Tambahan: dua lampu." in page


def test_errors_keep_everything_that_was_typed(desk: EnteringDesk, entries: FakeEntries) -> None:
    entries.refuses = Refused("x", code="invalid_fields", fields={"phone": "Nomor telepon ini tidak dikenali."})
    answer = desk.log_in().post("/enter", **{**FORM, "text": "Baris satu\r\n<b>dua</b>", "phone": "12"})
    assert answer.status_code == 422
    assert 'href="#phone"' in answer.text
    assert re.search(r'id="phone"[^>]*value="12" aria-invalid="true" aria-describedby="phone-error"', answer.text)
    again = typed_of(answer.text)
    assert again["text"] == "Baris satu\n&lt;b&gt;dua&lt;/b&gt;"
    assert {name: again[name] for name in ("detail", "name", "phone", "key", "office")} == {
        "detail": "Jl. Baros 2", "name": "Budi", "phone": "12", "key": "k" * 24, "office": "Loket 3",
    }  # fmt: skip
    assert noted(desk) == ([], [])


def test_intake_away_loses_nothing_and_the_same_key_is_sent_again(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    entries.away = True
    answer = visitor.post("/enter", **FORM)
    assert answer.status_code == 503
    assert "belum pasti tersimpan" in answer.text
    entries.away = False
    assert visitor.post("/enter", **{**FORM, "key": typed_of(answer.text)["key"]}).status_code == 200
    assert [body["idempotency_key"] for body in entries.asked] == ["k" * 24] * 2


def test_similar_ones_are_offered_and_joined_or_not(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    entries.answer = Answer(Outcome.SIMILAR, similar=(SIMILAR,))
    page = visitor.post("/enter", **FORM).text
    assert "Ikut laporan ini" in page
    assert typed_of(page)["text"] == FORM["text"]
    assert page.index('class="skip" tabindex="-1"') < page.index('name="join"'), "Enter in a field must not join"
    entries.answer = Answer(Outcome.STORED, RECEIPT)
    visitor.post("/enter", **FORM, join=SIMILAR.token)
    visitor.post("/enter", **FORM, separate="1")
    assert [(body["join"], body["separate"]) for body in entries.asked] == [
        ("", False),
        (SIMILAR.token, False),
        ("", True),
    ]


@pytest.mark.parametrize(("login", "sees"), [("koordinator", True), ("ani", False)])
def test_a_number_that_is_known_shows_the_ticket_instead(
    desk: EnteringDesk, entries: FakeEntries, login: str, sees: bool
) -> None:
    entries.answer = Answer(Outcome.KNOWN_NUMBER, ticket="CMH-0000-000A")
    answer = desk.log_in(login).post("/enter", **{**FORM, "sp4n": "9165816"})
    assert answer.status_code == 409
    assert "CMH-0000-000A" in answer.text
    assert ("/cases/CMH-0000-000A" in answer.text) is sees
    assert typed_of(answer.text)["sp4n"] == "9165816"


def test_a_number_that_was_added_at_the_desk_is_known_too(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    store(desk, [case(1, external_refs={"sp4n": "9165816"}), case(2, external_refs={"sp4n": "19165816"})])
    answer = visitor.post("/enter", **{**FORM, "sp4n": "#9165816"})
    assert (answer.status_code, entries.asked) == (409, [])
    assert "CMH-000001" in answer.text
    assert visitor.post("/enter", **{**FORM, "sp4n": "916581"}).status_code == 200
    entries.answer = Answer(Outcome.STORED, replace(RECEIPT, ticket="CMH-000002", complaint_id="c000002"))
    visitor.post("/enter", **FORM)
    entries.answer = Answer(Outcome.KNOWN, replace(RECEIPT, ticket="CMH-000002", complaint_id="c000002"))
    assert visitor.post("/enter", **{**FORM, "sp4n": "19165816"}).status_code == 200, "loading the receipt again"
    assert visitor.post("/enter", **{**FORM, "sp4n": "19165816", "key": "n" * 24}).status_code == 409


def test_photos_are_kept_even_when_the_rest_is_wrong(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    entries.refuses = Refused("x", code="invalid_fields", fields={"text": "Isi laporan masih kosong."})
    page = visitor.post("/enter", **{**FORM, "text": ""}, photos=[a_file(), a_file(b"other")]).text
    assert re.findall(r'name="photo" value="([^"]+)"', page) == ["token-1", "token-2"]
    entries.refuses = None
    visitor.post("/enter", **FORM, photo=["token-1", "token-2"], drop_photo="1")
    assert entries.asked[-1]["photos"] == ["token-2"]


def test_photos_that_are_too_many_or_too_large_or_none(desk: EnteringDesk, entries: FakeEntries) -> None:
    visitor = desk.log_in()
    six = visitor.post("/enter", **FORM, photos=[a_file() for _ in range(6)])
    assert six.status_code == 422
    assert "Paling banyak 5 foto" in six.text
    assert len(entries.photos) == 5
    large = visitor.post("/enter", **FORM, photos=[a_file(b"x" * (4 * MOST_PHOTO_BYTES))])
    assert large.status_code == 422
    assert "paling besar 10 MB" in large.text
    entries.bad_photo = "Berkas ini bukan foto yang dapat diterima."
    assert "bukan foto" in visitor.post("/enter", **FORM, photos=[a_file(b"%PDF")]).text
    entries.away = True
    away = visitor.post("/enter", **FORM, photos=[a_file()])
    assert away.status_code == 503
    assert "pilih lagi fotonya" in away.text
    assert entries.asked == []


def test_a_request_beyond_all_measure_is_refused(desk: EnteringDesk) -> None:
    answer = desk.log_in().post("/enter", **FORM, photos=[a_file(b"x" * 56_000_000)])
    assert answer.status_code == 413


def test_what_is_folded_away_is_open_when_something_is_wrong_with_it(desk: EnteringDesk, entries: FakeEntries) -> None:
    entries.refuses = Refused("x", code="invalid_fields", fields={"position": "Titik lokasi salah."})
    answer = desk.log_in().post("/enter", **{**FORM, "position": "depan SD"})
    assert answer.status_code == 422
    assert '<details class="card" open>' in answer.text
    assert typed_of(answer.text)["position"] == "depan SD"
    assert entries.asked[0]["place"]["position"] == "depan SD"


@pytest.mark.parametrize(
    ("given", "sent"),
    [("2026-11-23T08:00", "2026-11-23T08:00:00+07:00"), ("2026-11-23T08:00+09:00", "2026-11-23T08:00:00+09:00"),
     ("kemarin", "kemarin"), ("", "")],
)  # fmt: skip
def test_a_time_is_the_citys(given: str, sent: str) -> None:
    typed = Typed.read({**FORM, "received_at": given}, [], [])
    body = typed.body(Person("a", "A", "officer"), ZoneInfo("Asia/Jakarta"), join="", separate=False)
    assert body["received_at"] == sent


@pytest.mark.parametrize("login", ["auditor", "operator"])
def test_who_may_not_enter_is_shut_out(desk: EnteringDesk, entries: FakeEntries, login: str) -> None:
    visitor = desk.log_in(login)
    assert visitor.get("/enter").status_code == 403
    assert visitor.post("/enter", **FORM).status_code == 403
    assert entries.asked == []


def test_without_a_session_or_a_token_nothing_is_entered(desk: EnteringDesk, entries: FakeEntries) -> None:
    assert Visitor(desk.service.web.test_client()).bare_post("/enter", **FORM).status_code == 303
    assert desk.log_in().bare_post("/enter", **FORM).status_code == 400
    assert entries.asked == []


def test_a_form_without_a_key_gets_one(desk: EnteringDesk, entries: FakeEntries) -> None:
    desk.log_in().post("/enter", **{**FORM, "key": "<x>"})
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", entries.asked[0]["idempotency_key"])


def test_the_square_code_holds_an_address_of_any_length() -> None:
    short, long = (draw_square_code(f"https://x.example/{'a' * length}") for length in (1, 400))
    assert short.startswith("data:image/svg+xml")
    assert len(long) > len(short)
