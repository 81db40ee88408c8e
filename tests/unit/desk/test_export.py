"""Cases for the national system: what each column says, what never leaves, and that no export fills the memory."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from services.desk.export.reading import Exporter
from services.desk.export.record import COLUMNS, Words, make_record, strongest_rules, title
from services.desk.export.wanted import Wanted, read_wanted
from services.desk.export.writing import write_csv, write_json
from services.desk.tables import audit, case_contents, case_events, cases
from shared.city_sp4n import Sp4nMapping
from shared.csv_text import harmless
from shared.errors import Refused
from tests.unit.desk.entering import PACK, EnteringDesk, FakeEntries, entering_desk

ZONE = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
"""In Cimahi that is half past one of the 21st."""
ALL = Wanted(date(2026, 11, 1), date(2026, 11, 30))
DECISION = {"agency": "DISHUB", "reasons": [{"rule": "penerangan-jalan", "phrase": "pju", "weight": 7}]}
MAPPING = Sp4nMapping(agencies={"DISHUB": "PERHUBUNGAN"}, rules={"penerangan-jalan": "PERHUBUNGAN > LAMPU"})


def case(number: int, **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": f"c{number:06d}", "ticket": f"CMH-{number:06d}", "revision": 2, "router_revision": 2,
        "state": "forwarded", "agency": "DISHUB", "assignment": 1, "assigned_by": "router", "kind": "pengaduan",
        "identity": "anonymous", "channel": "web", "kecamatan": "Cimahi Tengah", "kelurahan": "Baros",
        "latitude": None, "longitude": None, "urgent": False, "reason": "matched", "decision": DECISION,
        "external_refs": {}, "contact_ref": f"contact-{number}", "received_at": AT + timedelta(minutes=number),
        "updated_at": AT + timedelta(hours=1), **more,
    }  # fmt: skip


def content(of: int, text: str, kind: str = "report", **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": f"c{of:06d}", "ref": kind, "kind": kind, "number": 0, "text": f"BUKAN INI {text}",
        "masked": text, "place_detail": "", "photos": [], "about": {}, "at": AT, **more,
    }  # fmt: skip


def store(desk: EnteringDesk, rows: list[dict[str, Any]], contents: list[dict[str, Any]] = []) -> None:  # noqa: B006
    with desk.database.write() as tx:
        for table in (cases, case_contents):
            tx.execute(table.delete())
        tx.execute(insert(cases), rows)
        if contents:
            tx.execute(insert(case_contents), contents)


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EnteringDesk]:
    folder = tmp_path_factory.mktemp("desk")
    with entering_desk(f"sqlite:///{folder / 'desk.db'}", folder, FakeEntries()) as opened:
        yield opened


@pytest.fixture
def desk(shared_desk: EnteringDesk) -> EnteringDesk:
    shared_desk.forget()
    return shared_desk


def exporter(desk: EnteringDesk) -> Exporter:
    return Exporter(desk.database, PACK.sp4n, ZONE)


def records(desk: EnteringDesk, wanted: Wanted = ALL, page: int = 500) -> list[dict[str, str]]:
    return [record for piece in exporter(desk).pages(wanted, page=page) for record in piece]


def test_a_record_is_what_an_operator_types(desk: EnteringDesk) -> None:
    answered = AT + timedelta(days=1)
    store(
        desk,
        [case(1, state="answered", external_refs={"sp4n": "9165816"}, latitude=-6.9, longitude=107.5)],
        [
            content(1, "Lampu padam. Hubungi [telepon].", place_detail="depan rumah 0812-3456-7890"),
            content(1, "Segera diganti.", "answer", ref="answer:1", number=1),
            content(1, "Sudah diganti.", "answer", ref="answer:2", number=2, at=answered),
        ],
    )
    with desk.database.write() as tx:
        row = {"complaint_id": "c000001", "key": "entered", "at": AT, "actor": "ani", "role": "officer",
               "act": "entered", "note": "", "data": {"happened_on": "2026-11-18"}, "seq": 0}  # fmt: skip
        tx.execute(case_events.insert(), row)
    (record,) = records(desk)
    assert record == {
        "tiket": "CMH-000001", "nomor_sp4n": "9165816", "judul": "Lampu padam.",
        "isi": "Lampu padam. Hubungi [telepon].", "tanggal_kejadian": "2026-11-18",
        "lokasi": "depan rumah [telepon], Kel. Baros, Kec. Cimahi Tengah, (-6.90000, 107.50000)",
        "instansi_tujuan": "Dinas Perhubungan", "kategori": "PERHUBUNGAN > LAMPU PENERANGAN JALAN UMUM",
        "klasifikasi": "Pengaduan Tidak Berkadar Pengawasan", "anonim": "ya", "sumber": "Formulir web",
        "status": "Ditindaklanjuti", "jawaban": "Sudah diganti.", "tanggal_jawaban": "2026-11-22T01:30:00+07:00",
        "tanggal_diterima": "2026-11-21T01:31:00+07:00", "diperbarui": "2026-11-21T02:30:00+07:00",
    }  # fmt: skip


def test_a_case_whose_words_were_deleted_stays_countable(desk: EnteringDesk) -> None:
    store(desk, [case(1)])
    (record,) = records(desk)
    assert (record["judul"], record["isi"], record["tanggal_kejadian"]) == ("", "", "2026-11-21")


def test_confidential_cases_are_counted_and_stay(desk: EnteringDesk) -> None:
    store(desk, [case(1), case(2, identity="confidential")], [content(2, "Rahasia sekali")])
    assert [record["tiket"] for record in records(desk)] == ["CMH-000001"]
    counted = exporter(desk).count(ALL)
    assert (counted.count, counted.withheld) == (1, 1)
    visitor = desk.log_in("koordinator")
    assert "1 laporan rahasia tidak disertakan" in visitor.get("/export").text
    for form in ("csv", "json"):
        text = visitor.post("/export", format=form).text
        assert "CMH-000001" in text
        assert "CMH-000002" not in text
        assert "Rahasia sekali" not in text
        assert "BUKAN INI" not in text
        assert "contact-" not in text


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (ALL, [1, 2, 3, 4]),
        (replace(ALL, agency="DLH"), [2]),
        (replace(ALL, number="with"), [3]),
        (replace(ALL, number="without"), [1, 2, 4]),
        (Wanted(date(2026, 11, 21), date(2026, 11, 21)), [1, 2, 3]),
        (Wanted(date(2026, 11, 22), date(2026, 11, 22)), [4]),
        (Wanted(date(2026, 11, 20), date(2026, 11, 20)), []),
    ],
)
def test_filters_by_the_citys_days_agency_and_number(desk: EnteringDesk, wanted: Wanted, numbers: list[int]) -> None:
    rows = [case(1), case(2, agency="DLH"), case(3, external_refs={"sp4n": "1"}),
            case(4, received_at=AT + timedelta(hours=23), external_refs={"open311_service": "sp4n"})]  # fmt: skip
    store(desk, rows)
    assert [record["tiket"] for record in records(desk, wanted)] == [f"CMH-{number:06d}" for number in numbers]
    assert exporter(desk).count(wanted).count == len(numbers)


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
def test_pages_of_any_size_hold_each_case_once(desk: EnteringDesk, page: int) -> None:
    """Also those that were received in the same moment."""
    store(desk, [case(number, received_at=AT) for number in range(7)])
    assert [record["tiket"] for record in records(desk, page=page)] == [f"CMH-{number:06d}" for number in range(7)]


def test_each_export_leaves_its_trace_before_anything_leaves(desk: EnteringDesk) -> None:
    store(desk, [case(1), case(2, identity="confidential")])
    answer = desk.log_in("auditor").post(
        "/export", format="csv", agency="DISHUB", to="2026-11-24", **{"from": "2026-11-01"}
    )
    assert answer.headers["Content-Disposition"] == 'attachment; filename="laporan-sp4n_2026-11-01_2026-11-24.csv"'
    with desk.database.read() as connection:
        (act,) = connection.execute(select(*audit.c).where(audit.c.act == "cases.export")).mappings().all()
    assert (act["actor"], act["role"]) == ("auditor", "auditor")
    assert act["details"] == {
        "from": "2026-11-01", "to": "2026-11-24", "agency": "DISHUB", "sp4n": "", "format": "csv", "count": 1,
        "withheld": 1,
    }  # fmt: skip


@pytest.mark.parametrize("login", ["ani", "operator"])
def test_who_may_not_export_is_shut_out(desk: EnteringDesk, login: str) -> None:
    visitor = desk.log_in(login)
    assert visitor.get("/export").status_code == 403
    assert visitor.post("/export", format="csv").status_code == 403


def test_bad_dates_are_told_and_kept(desk: EnteringDesk) -> None:
    visitor = desk.log_in("koordinator")
    answer = visitor.get("/export?from=kemarin&to=2026-11-24")
    assert answer.status_code == 422
    assert "tidak dapat dibaca" in answer.text
    assert 'value="kemarin"' in answer.text
    assert visitor.post("/export", format="csv", to="x").status_code == 422
    assert visitor.post("/export", format="exe").status_code == 400
    assert "Tidak ada laporan yang cocok" in visitor.get("/export?from=1999-01-01&to=2000-01-02").text


def test_without_dates_the_last_thirty_days() -> None:
    today = date(2026, 11, 24)
    assert read_wanted({}, today) == Wanted(date(2026, 10, 26), today)
    with pytest.raises(Refused) as told:
        read_wanted({"from": "2026-11-24", "to": "2026-11-23"}, today)
    assert list(told.value.fields) == ["to"]
    assert read_wanted({"from": "0001-01-01", "to": "9999-12-31"}, today).last < date.max


def test_a_person_who_chose_another_agency_was_right_against_the_rules() -> None:
    assert strongest_rules(case(1)) == ["penerangan-jalan"]
    assert strongest_rules(case(1, agency="DLH")) == ()
    assert strongest_rules(case(1, agency=None)) == ()
    record = make_record(case(1, agency="DLH"), Words(), sp4n=MAPPING, agencies={}, zone=ZONE)
    assert record["kategori"] == MAPPING.other


@pytest.mark.parametrize(
    ("text", "short"),
    [("", ""), ("Satu. Dua.", "Satu."), ("Satu baris\ndua", "Satu baris"), ("  ab " * 60, "ab " * 33 + "…")],
)
def test_a_title_is_a_first_sentence(text: str, short: str) -> None:
    assert title(text) == short.replace(" …", "…")
    assert len(title(text)) <= 100


CELLS = st.text(max_size=30) | st.sampled_from(["=1+1", "+62", "-", "@x", "\t=1", " =cmd|' /C calc'!A0", "\ufeff=1"])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=4))
def test_csv_comes_back_as_it_went_and_no_cell_is_a_formula(rows: list[list[str]]) -> None:
    given_records = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    written = "".join(write_csv([given_records]))
    assert written.startswith("\ufeff")
    read = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert read[0] == list(COLUMNS)
    for row, cells in zip(rows, read[1:], strict=True):
        for before, after in zip(row, cells, strict=True):
            assert after.removeprefix("'") == before.removeprefix("'")
            assert after.lstrip(" \n\ufeff")[:1] not in ("=", "+", "-", "@", "\t", "\r")
            assert harmless(after) == after


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.fixed_dictionaries({"isi": st.text(max_size=20)}), max_size=3), max_size=4))
def test_json_is_valid_however_it_was_cut_into_pieces(pieces: list[list[dict[str, str]]]) -> None:
    read = json.loads("".join(write_json(pieces, {"a": 1})))
    assert read == {"a": 1, "cases": [record for piece in pieces for record in piece]}


def test_many_cases_take_no_more_memory_than_a_few(desk: EnteringDesk) -> None:
    """Two thousand with long texts, a hundred a page: measured is what the streaming itself holds at its fullest."""
    words = "Lampu jalan padam sejak kemarin malam. " * 25
    store(desk, [case(number) for number in range(2_000)], [content(number, words) for number in range(2_000)])
    tracemalloc.start()
    size = sum(len(piece) for piece in write_csv(exporter(desk).pages(ALL, page=100)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"2,000 cases, {size / 1e6:.1f} MB of CSV: {peak / 1e6:.1f} MB at the fullest")
    assert size > 2_000_000
    assert peak < 1_500_000
