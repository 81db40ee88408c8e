"""Ready-made texts of a pack: what is wrong is told with its line, and what is put in is put in once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.desk.cases.case import Case
from services.desk.working.ready import texts_for, unfilled
from shared.city_answers import ANSWERS_FILE, MOST_CHARACTERS, PLACEHOLDERS, CityAnswers, read_city_answers
from shared.citypack import load_pack
from shared.marked_yaml import Problem, read_section

RECEIVED = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
PACK = load_pack(Path(__file__).parents[2] / "deploy" / "cities" / "cimahi")
CASE = Case(
    complaint_id="c1", ticket="CMH-1", revision=1, router_revision=1, state="in_progress", agency="DISHUB",
    assignment=1, assigned_by="router", kind="pengaduan", identity="anonymous", channel="web", kecamatan=None,
    kelurahan=None, latitude=None, longitude=None, urgent=False, reason="", contact_ref=None, received_at=RECEIVED,
    updated_at=RECEIVED,
)  # fmt: skip
VALUES = {"ticket": "CMH-1", "place": "Kelurahan {ticket}", "agency": "Dishub"}


def read(text: str) -> tuple[CityAnswers, list[Problem]]:
    problems: list[Problem] = []
    return read_city_answers(read_section(ANSWERS_FILE, text, problems), ["DISHUB", "DLH"]), problems


def one(**changes: str) -> str:
    fields = {"id": "satu", "title": "Satu", "use": "answer", "text": "Halo."} | changes
    return "answers:\n  - " + "\n    ".join(f"{name}: {value}" for name, value in fields.items())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (one(id="Satu!"), "cannot be an id"),
        (one(use="jawaban"), "There is no `jawaban`"),
        (one(agencies="DISHUP"), "Did you mean `DISHUB`?"),
        (one(kinds="keluhan"), "There is no `keluhan`"),
        (one(why="spam"), "only for texts of archiving"),
        (one(text='"Halo {nama}"'), "`{nama}` is not known"),
        (one(text='"Halo {ticket"'), "without its other half"),
        (one(text="x" * 501, use="closing"), "too long"),
        (one(teks="x"), "`teks` is not known here"),
        (one() + "\n" + one().removeprefix("answers:\n"), "two texts `satu`"),
        ("answers: []\nlain: 1", "`lain` is not known"),
        ("", "`answers` is missing"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    _, problems = read(text)
    assert any(told in str(problem) for problem in problems), problems
    assert all(problem.file == ANSWERS_FILE for problem in problems)


def test_what_is_offered_fits_the_case_and_is_filled_once() -> None:
    answers, problems = read(
        "answers:\n"
        "  - {id: umum, title: Umum, use: answer, text: 'Laporan {ticket} di {place}.', text_en: 'Report {ticket}.'}\n"
        "  - {id: lampu, title: Lampu, use: answer, agencies: DISHUB, text: 'Oleh {agency}.'}\n"
        "  - {id: sampah, title: Sampah, use: answer, agencies: DLH, text: Halo.}\n"
        "  - {id: tanya, title: Tanya, use: answer, kinds: permintaan_informasi, text: Halo.}\n"
        "  - {id: batas, title: Batas, use: answer, text: 'Sampai {due}.'}\n"
        "  - {id: lain, title: Lain, use: question, text: Halo.}\n"
    )
    assert not problems
    offers = texts_for(answers, CASE, "answer", {"id": VALUES, "en": VALUES})
    assert [(offer.key, offer.text) for offer in offers] == [
        ("lampu", "Oleh Dishub."),
        ("umum", "Laporan CMH-1 di Kelurahan {ticket}."),
        ("umum:en", "Report CMH-1."),
    ], "the agency's own first; none for a deadline that does not run"
    due = {"id": VALUES | {"due": "besok"}, "en": VALUES}
    assert "batas" in [offer.key for offer in texts_for(answers, CASE, "answer", due)]
    other = replace(CASE, agency=None, kind="permintaan_informasi")
    assert [offer.key for offer in texts_for(answers, other, "answer", {"id": VALUES, "en": VALUES})] == [
        "umum", "umum:en", "tanya",
    ]  # fmt: skip


def test_the_citys_own_texts_can_be_used_by_every_agency_and_promise_nothing() -> None:
    full = dict.fromkeys(PLACEHOLDERS, "x" * 60)
    for agency in PACK.agencies:
        for kind in ("pengaduan", "aspirasi", "permintaan_informasi"):
            case = replace(CASE, agency=agency.code, kind=kind)
            for use, most in MOST_CHARACTERS.items():
                offers = texts_for(PACK.answers, case, use, {"id": full, "en": full})
                assert all(len(offer.text) <= most for offer in offers)
                assert len({offer.key for offer in offers}) == len(offers)
    assert len(PACK.answers.texts) >= 12
    for text in PACK.answers.texts:
        words = text.text.lower()
        assert not any(word in words for word in ("secepatnya", "segera", "akan diperbaiki", "hari kerja")), text.id


def test_a_blank_that_nobody_filled_is_found() -> None:
    assert unfilled(PACK.answers, "Pada [tanggal] dan [tanggal], [telepon] [nomor 3].") == ("[tanggal]",)
    assert unfilled(CityAnswers(), "[tanggal]") == ()
