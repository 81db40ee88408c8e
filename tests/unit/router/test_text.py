from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.text import MAX_CHARACTERS, Lexicon
from shared.citypack import Spellings

LEXICON = Lexicon(
    Spellings(
        words={"jl": "jalan", "lobang": "lubang", "gak": "tidak", "gausah": "tidak usah"},
        protected=frozenset({"aspal", "kk"}),
        fillers=frozenset({"yang", "nya"}),
        no_content=frozenset({"halo"}),
    )
)


def texts(message: str) -> list[str]:
    return [word.text for word in LEXICON.read(message)]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("JL. Mawar", ["jalan", "mawar"]),
        ("jalaaaan lobaaang", ["jalan", "lubang"]),
        ("lobang2", ["lubang"]),
        ("lubang-lubang", ["lubang"]),
        ("gausah", ["tidak", "usah"]),
        ("ﬁlm ＪＬ", ["film", "jalan"]),
        ("lo\u200bbang lo\u0301bang", ["lubang"]),
        ("kk", ["kk"]),
        ("rusak\\nmohon", ["rusak", "mohon"]),
        ("", []),
        ("🙏🏽 \x00 \u202e!?", []),
    ],
)
def test_words_are_understood(message: str, expected: list[str]) -> None:
    assert texts(message) == expected


@pytest.mark.parametrize(
    ("message", "form"),
    [("airnya", "air"), ("pjuna", "pju"), ("digembok", "gembok"), ("dijalannya", "jalan"), ("lobangnya", "lubang")],
)
def test_forms_hold_the_word_without_affixes(message: str, form: str) -> None:
    assert form in LEXICON.read(message)[0].forms


def test_protected_words_keep_their_form() -> None:
    assert LEXICON.read("aspal")[0].forms == ("aspal",)


def test_offsets_survive_forms_that_change_length() -> None:
    message = "ﬃ… 🙏 ＪＬ  Lobaaaang, ya"
    word = next(word for word in LEXICON.read(message) if word.text == "lubang")
    assert message[word.start : word.end] == "Lobaaaang"


def test_signature_and_quoted_mail_are_not_read() -> None:
    message = "lampu padam\n> kabel telepon\n-- \nDinas Contoh\nperumahan"
    assert texts(message) == ["lampu", "padam"]


@pytest.mark.parametrize(
    "message",
    [
        "mohon dicek https://berita.example/lampu-jalan-mati/2026 terima kasih",
        "mohon dicek www.lampu.example/jalan, terima kasih",
        "mohon dicek (lampu.jalan@dinas.example) terima kasih",
        "mohon dicek HTTP://LAMPU.example terima kasih",
    ],
)
def test_links_and_mail_addresses_are_no_words(message: str) -> None:
    assert texts(message) == ["mohon", "dicek", "terima", "kasih"]


def test_at_signs_alone_are_no_addresses() -> None:
    assert texts("@pemkot lampu mati @ jalan") == ["pemkot", "lampu", "mati", "jalan"]
    assert texts("a" * 100_000 + "@")[0].startswith("a")
    assert texts("a@" * 50_000)[0] == "a"


def test_salutation_is_not_read_but_the_matter_is() -> None:
    assert texts("Kepada Yth. Kepala Dinas Kebersihan, got mampet") == ["got", "mampet"]
    assert texts("Yth Bapak Kepala Dinas Air mohon aspal") == ["mohon", "aspal"]
    assert "pengunjung" in texts("dia minta uang kepada pengunjung, mahal")


def test_closing_lines_end_the_message() -> None:
    assert texts("got mampet\nTerima kasih,\nBudi\nPT Listrik") == ["got", "mampet"]
    assert texts("terima kasih got sudah bersih") == ["terima", "kasih", "got", "sudah", "bersih"]


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    assert texts("a" + " " * MAX_CHARACTERS + "lubang") == ["a"]


@given(st.text(alphabet=st.characters(), max_size=300))
def test_reading_never_raises_and_offsets_fit(message: str) -> None:
    words = LEXICON.read(message)
    for word in words:
        assert 0 <= word.start < word.end <= len(message)
    assert [word.start for word in words] == sorted(word.start for word in words)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_known_word_is_found_where_it_stands(before: str, after: str) -> None:
    message = f"{before}\n\nqwerty {after}"
    found = [word for word in LEXICON.read(message) if word.text == "qwerty"]
    for word in found:
        assert unicodedata.normalize("NFKC", message[word.start : word.end]).casefold().startswith("q")


@given(st.binary(max_size=200))
def test_bytes_read_as_surrogates_do_no_harm(raw: bytes) -> None:
    LEXICON.read(raw.decode("utf-8", "surrogateescape"))
    LEXICON.read(raw.decode("utf-16-le", "surrogatepass" if len(raw) % 2 == 0 else "replace"))
