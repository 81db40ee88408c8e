"""Numbers from 1 to 5 at the beginning of what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.reply import NOT_SOLVED, read_purpose
from services.intake.scores import Score, read_bare_score, read_first_line, read_score
from services.intake.sms_talk.keywords import RATE, Keyword, read_keyword
from shared.ids import new_ticket


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4", Score(4)),
        ("4 cepat sekali", Score(4, "cepat sekali")),
        (" *5/5* mantap", Score(5, "mantap")),
        ("3 - lumayan", Score(3, "lumayan")),
        ("1,belum apa-apa", Score(1, "belum apa-apa")),
        ("2\nlama", Score(2, "lama")),
        ("", None),
        ("0", None),
        ("6", None),
        ("12", None),
        ("4/10", None),
        ("4a", None),
        ("bagus 5", None),
    ],
)
def test_a_score_and_words(text: str, found: Score | None) -> None:
    assert read_score(text) == found


@given(st.sampled_from("12345"), st.sampled_from(["", ".", " ", "!", "/5", "\n"]), st.sampled_from(["", " ", "("]))
def test_a_bare_number(digit: str, behind: str, before: str) -> None:
    assert read_bare_score(f"{before}{digit}{behind}") == int(digit)


@given(st.text())
def test_any_text_is_read_and_a_bare_number_holds_nothing_else(text: str) -> None:
    found, bare = read_score(text), read_bare_score(text)
    assert found is None or 1 <= found.score <= 5
    assert read_first_line(text) in (None, found)
    assert bare is None or (found is not None and bare == found.score)
    assert bare is None or sum(map(str.isalnum, text)) <= 2


@pytest.mark.parametrize("text", ["4 lampu masih padam", "2 hari belum diangkut", "5 orang jatuh di sini"])
def test_a_letter_that_begins_with_a_count_is_no_rating(text: str) -> None:
    assert read_first_line(text) is None


@pytest.mark.parametrize("text", ["5", "5.", "4, sudah terang", "5 terima kasih", "1 tidak puas", "3\n2 lampu padam"])
def test_a_letter_that_begins_with_a_rating(text: str) -> None:
    found = read_first_line(text)
    assert found is not None
    assert read_purpose(found.words, awaited=False) != NOT_SOLVED or "tidak puas" in text


def test_the_keyword_with_a_ticket_in_any_writing() -> None:
    ticket = new_ticket("CMH")
    for written in (ticket, ticket.lower(), ticket.replace("-", " "), ticket.replace("-", "")):
        assert read_keyword(f"NILAI {written} 4 cepat", "CMH") == Keyword(RATE, ticket, "4 cepat")
        assert read_keyword(f"nilai: {written}", "CMH") == Keyword(RATE, ticket)
    assert read_keyword("NILAI", "CMH") == Keyword(RATE)
    assert read_keyword("Nilai 4!", "CMH") == Keyword(RATE, rest="4")


@pytest.mark.parametrize("text", ["Nilai 4 anak saya hilang", "Nilai rapor salah", "nilai jual tanah", "NILAI 45"])
def test_a_complaint_about_marks_at_school_is_a_complaint(text: str) -> None:
    assert read_keyword(text, "CMH") is None
