from hypothesis import given
from hypothesis import strategies as st

from services.desk.cases.highlighting import Piece, marked, stretch
from shared.observability.masking import mask

TEXTS = st.text(alphabet="ab 0123456789@.-+\n", max_size=60)
SPANS = st.lists(st.tuples(st.integers(-3, 70), st.integers(-3, 70)), max_size=6)


@given(TEXTS, SPANS)
def test_marking_changes_no_sign_of_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in marked(text, spans)) == text


@given(TEXTS, SPANS)
def test_marking_never_shows_more_than_masking_leaves(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in marked(text, spans, mask)) == mask(text)


def test_the_words_that_decided_are_marked_also_where_a_number_before_them_is_hidden() -> None:
    text = "Hubungi 0812-3456-7890, lampu jalan mati"
    start = text.index("lampu")
    assert marked(text, [(start, start + 11)], mask) == [
        Piece("Hubungi [telepon], ", False), Piece("lampu jalan", True), Piece(" mati", False),
    ]  # fmt: skip


def test_a_mark_inside_something_hidden_is_left_out_and_the_others_stay() -> None:
    text = "surel pju@contoh.id lampu mati"
    pieces = marked(text, [(6, 9), (20, 25)], mask)
    assert [piece.text for piece in pieces if piece.marked] == ["lampu"]
    assert "".join(piece.text for piece in pieces) == "surel [e-mail] lampu mati"


@given(TEXTS, st.tuples(st.integers(-3, 70), st.integers(-3, 70)))
def test_a_stretch_is_what_the_hidden_text_shows_there(text: str, span: tuple[int, int]) -> None:
    assert stretch(text, span) in text
    assert stretch(text, span, mask) in mask(text)


def test_a_stretch_that_cuts_through_a_number_is_not_shown() -> None:
    text = "lampu mati 0812-3456-7890 sampah"
    assert stretch(text, (0, 18), mask) == ""
    assert stretch(text, (0, 26), mask) == "lampu mati [telepon] "
