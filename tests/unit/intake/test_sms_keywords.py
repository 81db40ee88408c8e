"""Keywords count only when they are meant: an ordinary complaint is never swallowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.sms_talk.keywords import ADD, HELP, NOT_YET, START, STATUS, STOP, Keyword, read_keyword
from shared.ids import new_ticket

TICKET = "CMH-4K7M-92RX"


def ticket() -> str:
    """One that reads as one: the sign at its end is right."""
    return new_ticket("CMH")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("STATUS", STATUS),
        ("status?", STATUS),
        ("  Status.  ", STATUS),
        ("TAMBAH", ADD),
        ("Belum!", NOT_YET),
        ("belum...", NOT_YET),
        ("STOP", STOP),
        ("stop.", STOP),
        ("Berhenti", STOP),
        ("MULAI", START),
        ("BANTUAN", HELP),
        ("help", HELP),
        ("Info?", HELP),
        ("*STATUS*", STATUS),
        ('"stop"', STOP),
    ],
)
def test_a_keyword_alone(text: str, word: str) -> None:
    assert read_keyword(text, "CMH") == Keyword(word)


@pytest.mark.parametrize(
    ("shape", "word", "rest"),
    [
        ("STATUS {}", STATUS, ""),
        ("status {}", STATUS, ""),
        ("Status: {}.", STATUS, ""),
        ("STATUS#{}", STATUS, ""),
        ("status {} ya pak", STATUS, "ya pak"),
        ("TAMBAH {} lokasinya di depan SD 2", ADD, "lokasinya di depan SD 2"),
        ("tambah {}: depan pasar", ADD, "depan pasar"),
        ("Tambah {}\ndepan pasar", ADD, "depan pasar"),
        ("BELUM {}", NOT_YET, ""),
        ("belum {}, masih gelap", NOT_YET, "masih gelap"),
        ("STOP {}", STOP, ""),
    ],
)
def test_a_keyword_with_a_ticket_in_every_way_of_writing_it(shape: str, word: str, rest: str) -> None:
    known = ticket()
    bare = known.replace("-", "")
    for written in (known, known.lower(), bare, known.replace("-", " "), known.replace("-", ".")):
        found = read_keyword(shape.format(written), "CMH")
        assert found == Keyword(word, known, rest), written


def test_a_ticket_without_its_prefix_needs_digits() -> None:
    tickets = [ticket() for _ in range(200)]
    with_digits = [one for one in tickets if sum(sign.isdigit() for sign in one) >= 2]
    assert len(with_digits) > 150
    for known in with_digits:
        assert read_keyword(f"status {known[4:]}", "CMH") == Keyword(STATUS, known)
    for known in set(tickets) - set(with_digits):
        assert read_keyword(f"status {known[4:]}", "CMH") is None


@pytest.mark.parametrize(
    "text",
    [
        "Status jalan di Baros gimana, rusak terus",
        "status pengangkutan sampah rw 5 kok belum",
        "Stop kontak PJU rusak di gang Masjid",
        "stop pembuangan limbah ke sungai cibabat",
        "STOP PUNGLI DI KELURAHAN",
        "Berhenti angkut sampah sejak senin",
        "Belum ada perbaikan jalan di Cibeber",
        "belum diangkut sampahnya",
        "Tambah lampu di gang 3 rt 05",
        "Tambah 2 lampu jalan",
        "Tambahan: jalannya berlubang",
        "Mulai kemarin air PDAM mati",
        "mulai jam 7 macet di Gandawijaya",
        "Bantuan sosial saya belum cair",
        "bantuan beras tidak sampai",
        "Info lowongan kerja di disnaker",
        "info: pohon tumbang di jl. Baros",
        "help pohon tumbang",
        "statusnya apa",
        "stopkontak",
        "Status 12 rumah terendam",
        "Status RT 05 RW 12",
        "belum 2 minggu sudah rusak lagi",
        "STATUS jalan 1234 5678",
        "",
        "???",
        "CMH-4K7M-92RX",
        "status cmh selatan gimana",
        "Belum CMH banget",
    ],
)
def test_complaints_are_not_swallowed(text: str) -> None:
    assert read_keyword(text, "CMH") is None


@pytest.mark.parametrize("known", ["CMH-4K7M-92RX", "CMH-0000-0000", "CMH-KAMR-MUXA", "CMH-A7AK-AMRA", "CMH-UUUU-1UUU"])
def test_a_ticket_that_cannot_be_read_is_still_no_complaint(known: str) -> None:
    wrong = known[:-1] + ("A" if known[-1] != "A" else "J")
    assert read_keyword(f"STATUS {wrong}", "CMH") == Keyword(STATUS, None, "", misread=True)
    assert read_keyword(f"TAMBAH {wrong} depan pasar", "CMH") == Keyword(ADD, None, "depan pasar", misread=True)
    assert read_keyword(f"TAMBAH {known[:-2]}, depan pasar", "CMH") == Keyword(ADD, None, "depan pasar", misread=True)


@given(st.text(max_size=300))
def test_reading_never_fails(text: str) -> None:
    read_keyword(text, "CMH")


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", min_size=3, max_size=60),
    st.sampled_from(["status", "belum", "stop"]),
)
def test_words_after_a_keyword_make_a_complaint(words: str, keyword: str) -> None:
    """Whatever Indonesian words follow, as long as none of them is a ticket with its prefix."""
    if words.strip() and "cmh" not in words.replace(" ", ""):
        assert read_keyword(f"{keyword} {words}", "CMH") is None
