"""Suggestions for the public, and what in a text looks personal. Nothing here asks a database."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.cases.case import Case
from services.desk.publishing.checking import check_draft, draft_problems
from services.desk.publishing.draft import Draft, clean, draft
from services.desk.publishing.exclusion import (
    CONFIDENTIAL,
    ENDED,
    NOT_ALLOWED,
    NOT_YET,
    Subject,
    why_never,
    why_not_now,
)
from services.desk.publishing.personal import find_personal, pieces, redact
from services.desk.publishing.places import coarse
from services.desk.publishing.suggestion import suggest
from shared.city_publishing import CityPublishing
from shared.errors import Refused
from tests.unit.desk.world import PACK

POLICY = PACK.publishing


def subject(**more: Any) -> Subject:
    usual = {
        "state": "answered", "identity": "anonymous", "kind": "pengaduan", "agency": "DISHUB", "service": "",
        "rules": frozenset(), "text": "Lampu mati.",
    }  # fmt: skip
    return Subject(**{**usual, **more})


def case(text: str, **more: Any) -> Case:
    at = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    usual = {
        "complaint_id": "c1", "ticket": "CMH-1", "revision": 2, "router_revision": 2, "state": "answered",
        "agency": "DISHUB", "assignment": 1, "assigned_by": "router", "kind": "pengaduan", "identity": "anonymous",
        "channel": "web", "kecamatan": "Cimahi Tengah", "kelurahan": "Baros", "latitude": -6.8841,
        "longitude": 107.5412, "urgent": False, "reason": "", "contact_ref": None, "received_at": at,
        "updated_at": at, "text": text,
    }  # fmt: skip
    return Case(**{**usual, **more})


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("hub 0812-3456-7890 atau budi@contoh.id", "hub [telepon] atau [surel]"),
        ("NIK 3277 0123 4567 8901", "NIK [nomor identitas]"),
        ("pak budi parkir sembarangan", "pak [nama] parkir sembarangan"),
        ("Ibu Siti Aminah dan bapak lurah", "Ibu [nama] dan bapak lurah"),
        ("Nama saya Rina Kartika, warga Baros", "Nama saya [nama], warga Baros"),
        ("a.n. Joko Susilo", "a.n. [nama]"),
        ("ibu hamil dan pak RT", "ibu hamil dan pak RT"),
        ("di Jl. Ibu Ganirah dan Jalan H. Amir Machmud", "di Jl. Ibu Ganirah dan Jalan H. Amir Machmud"),
        ("mobil D 1234 ABC di trotoar", "mobil [pelat nomor] di trotoar"),
        ("motor d 5678 xy", "motor [pelat nomor]"),
        ("Jl. Baros no. 12A", "Jl. Baros [nomor rumah]"),
        ("Blok C3 nomor 7", "[nomor rumah] [nomor rumah]"),
        ("RT 03/RW 05", "RW 05"),
        ("RT 03/05", "RW 05"),
        ("rt.02 rw.11", "rw.11"),
        ("rekening 1234567890", "rekening [nomor]"),
        ("biaya Rp 1.500.000 pada 24-11-2026", "biaya Rp 1.500.000 pada 24-11-2026"),
        ("lihat https://contoh.id/x dan @akunsaya", "lihat [tautan] dan [akun]"),
        ("lahir 12-05-1990", "[tanggal lahir]"),
        ("telepon nomor 112 pada 2024 ada", "telepon nomor 112 pada 2024 ada"),
    ],
)
def test_what_looks_personal_is_left_out(text: str, public: str) -> None:
    assert redact(text) == public
    assert "".join(piece for piece, _ in pieces(text, find_personal(text))) == text


def test_contacts_of_offices_may_stay() -> None:
    text = "Hubungi dlh@cimahi.example, 0811 222 3333, atau warga@contoh.id."
    assert redact(text, ("DLH@cimahi.example", "+62 811-222-3333")) == (
        "Hubungi dlh@cimahi.example, 0811 222 3333, atau [surel]."
    )


@given(
    st.text(max_size=200),
    st.sampled_from(["0812-3456-7890", "3277012345678901", "ani@contoh.id"]),
    st.text(max_size=40),
)
def test_no_number_or_address_survives_wherever_it_stands(before: str, secret: str, after: str) -> None:
    text = f"{before} {secret} {after}"
    assert secret not in redact(text)
    found = find_personal(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    assert redact("".join(piece for piece, _ in pieces(text, found))) == redact(text)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"identity": "open"}, None),
        ({"identity": "confidential"}, CONFIDENTIAL),
        ({"agency": "DP3AP2KB"}, "Kekerasan"),
        ({"agency": "INSPEKTORAT"}, "aparatur"),
        ({"rules": frozenset({"perempuan-dan-anak"})}, "Kekerasan"),
        ({"text": "ada yang MEMPERKOSA"}, "Kekerasan"),
        ({"text": "kekerasan\n  seksual"}, "Kekerasan"),
        ({"text": "tetangga kena HIV."}, "kesehatan"),
        ({"text": "archive"}, None),
        ({"state": "archived"}, ENDED),
        ({"state": "withdrawn"}, ENDED),
        ({"state": "triage"}, NOT_YET),
        ({"state": "waiting"}, NOT_YET),
        ({"state": "referred"}, None),
    ],
)
def test_what_is_never_public(more: dict[str, Any], why: str | None) -> None:
    found = why_not_now(subject(**more), POLICY)
    assert (found is None) if why is None else (found is not None and why in found)


def test_what_is_public_may_go_back_to_a_coordinator_but_not_away() -> None:
    assert why_not_now(subject(state="triage"), POLICY, is_public=True) is None
    assert why_not_now(subject(state="archived"), POLICY, is_public=True) == ENDED
    assert why_never(subject(), CityPublishing()) == NOT_ALLOWED


@given(st.floats(-7.2, -6.6), st.floats(107.2, 107.8), st.sampled_from([100, 200, 250]))
def test_a_point_moves_little_and_says_little(latitude: float, longitude: float, metres: int) -> None:
    spot = coarse(latitude, longitude, metres)
    assert spot is not None
    assert abs(spot[0] - latitude) * 111_320 <= metres * 0.51
    assert abs(spot[1] - longitude) * 110_600 <= metres * 0.51
    assert coarse(*spot, metres) == spot  # the middle of its own square: nothing of the true point is left in it


def test_no_point_without_a_grid() -> None:
    assert coarse(-6.88, 107.54, 0) is coarse(None, None, 200) is None


def test_a_suggestion_is_plain_and_without_names() -> None:
    text = "Yth. Bapak Walikota. Nama saya Siti. Lampu jalan mati di depan rumah Pak Dadang no. 7 RT 02/RW 05. Makasih."
    found = suggest(case(text), "Yth. Ibu Siti,\n\nLampu sudah diganti.\n\nHormat kami,\nAsep Sunandar", PACK)
    assert found.service == "lampu-jalan"
    assert found.summary == (
        "Laporan warga tentang lampu jalan padam di Kelurahan Baros: "
        "Lampu jalan mati di depan rumah Pak [nama] [nomor rumah] RW 05."
    )
    assert found.answer == "Lampu sudah diganti."


@pytest.mark.parametrize("text", ["", "   ", "?", "tolong", "a" * 5000, "\n\n\n"])
def test_a_suggestion_can_be_made_of_anything(text: str) -> None:
    found = suggest(case(text, kelurahan=None, kecamatan=None, agency="SETDA"), "", PACK)
    assert found.summary.startswith("Laporan warga tentang")
    assert len(found.summary) < 500
    assert PACK.services.service(found.service)


def test_the_service_that_was_picked_holds() -> None:
    assert suggest(case("lampu mati", external_refs={"open311_service": "sampah"}), "", PACK).service == "sampah"


def drafted(**more: Any) -> Draft:
    usual = {"summary": "Lampu mati.", "answer": "", "service": "lampu-jalan", "point": True}
    return draft(case("x"), PACK, **{**usual, **more})


def test_a_draft_holds_what_the_public_may_know_and_no_more() -> None:
    made = drafted()
    assert (made.place.detail, made.place.kelurahan) == (None, "Baros")
    assert (made.latitude, made.longitude) == coarse(-6.8841, 107.5412, 200)
    assert made.requested_at.isoformat() == "2026-11-25T00:00:00+07:00"  # 24 Nov, 20.15 UTC: the day, not the minute
    assert drafted(point=False).latitude is None
    assert drafted(service="gibtsnicht").service == ""
    assert drafted(service="").external_refs == {}


def test_each_thing_that_the_public_sees_changes_the_digest() -> None:
    made = drafted()
    others = [
        replace(made, summary="x"), replace(made, answer="x"), replace(made, service=""), replace(made, state="closed"),
        replace(made, agency=None), replace(made, latitude=None), replace(made, kelurahan="Utama"),
    ]  # fmt: skip
    assert len({one.digest for one in [made, *others]}) == 8
    assert drafted().digest == made.digest


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ({"summary": " \u200b"}, "summary", "Tulis ringkasan"),
        ({"summary": "x" * 2001}, "summary", "2.000"),
        ({"answer": "x" * 5001}, "answer", "5.000"),
        ({"summary": "0812-3456-7890"}, "summary", "nomor telepon"),
        ({"answer": "NIK 3277012345678901"}, "answer", "nomor identitas"),
        ({"answer": "a@contoh.id"}, "answer", "alamat surel"),
    ],
)
def test_what_can_never_be_confirmed(more: dict[str, str], field: str, told: str) -> None:
    made = drafted(**more)
    assert told in draft_problems(made, ())[field]
    with pytest.raises(Refused) as refused:
        check_draft(made, (), seen=made.digest, checked=True)
    assert field in refused.value.fields


def test_only_what_was_seen_and_looked_at_is_published() -> None:
    made = drafted(summary="Pak Budi parkir.")
    for seen, checked, code in ((drafted().digest, True, "not_seen"), (made.digest, False, "not_checked")):
        with pytest.raises(Refused) as refused:
            check_draft(made, (), seen=seen, checked=checked)
        assert refused.value.code == code
    check_draft(made, (), seen=made.digest, checked=True)
    check_draft(drafted(), (), seen=drafted().digest, checked=False)


def test_blanks_are_tidied() -> None:
    assert clean("  a  b \r\n\r\n\r\n\tc\n") == "a b\n\nc"
