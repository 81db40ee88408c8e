"""When a message says so little that we ask back, and what a prefix tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.sms_talk.content import read_prefix, says_too_little


@pytest.mark.parametrize(
    "text",
    [
        "tolong", "Tolong!!", "pak", "min tlg dong", "halo", "haloooo", "p", "P", "test", "tes tes", "assalamualaikum",
        "selamat pagi pak", "Selamat pagi Bapak/Ibu, mohon bantuannya ya, terima kasih", "mau lapor", "lapor",
        "saya mau lapor pak", "gimana ini", "rusak", "rusak parah", "kapan?", "ok", "iya", "...", "?", "tolong bantu",
        "wkwkwk", "hehe", "Yth. admin", "keluhan", "aduan",
    ],
)  # fmt: skip
def test_too_little(text: str) -> None:
    assert says_too_little(text)


@pytest.mark.parametrize(
    "text",
    [
        "lampu", "lampu mati", "banjir", "kebakaran", "tolong kebakaran", "sampah", "jalan rusak", "macet", "pju",
        "Cibeber", "tolong jalan rusak", "min tlg sampah numpuk", "pohon tumbang", "air mati", "ktp saya", "pungli",
        "depan pasar", "parkir liar pak", "bau", "got mampet", "bansos", "RT 03", "darurat", "maling", "kecelakaan",
        "ktp", "min ktp", "kk hilang", "anjing gila", "hak saya", "hari ini hujan", "tolong ada orang pingsan",
    ],
)  # fmt: skip
def test_enough(text: str) -> None:
    assert not says_too_little(text)


@given(st.text(max_size=200))
def test_one_more_word_never_makes_it_less(text: str) -> None:
    assert not says_too_little(f"{text} lampu padam")


@pytest.mark.parametrize(
    ("text", "rest", "flags"),
    [
        ("LAPOR#jalan rusak", "jalan rusak", ("prefix:lapor",)),
        ("lapor # jalan rusak", "jalan rusak", ("prefix:lapor",)),
        ("LAPOR CIMAHI jalan rusak", "LAPOR CIMAHI jalan rusak", ("prefix:lapor_city",)),
        ("DISHUB#lampu mati", "DISHUB#lampu mati", ("prefix:dishub",)),
        ("LAPOR#DISHUB#lampu mati", "DISHUB#lampu mati", ("prefix:lapor", "prefix:dishub")),
        ("Budi#lampu mati", "Budi#lampu mati", ("prefix:other",)),
        ("lapor pak jalan rusak", "lapor pak jalan rusak", ()),
        ("jalan rusak #cimahi", "jalan rusak #cimahi", ("prefix:other",)),
        ("LAPOR#", "LAPOR#", ()),
        ("jalan rusak", "jalan rusak", ()),
    ],
)
def test_prefixes(text: str, rest: str, flags: tuple[str, ...]) -> None:
    assert read_prefix(text, "Kota Cimahi", frozenset({"DISHUB"})) == (rest, flags)
