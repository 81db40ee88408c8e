import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.mail.parts import decode_declared
from services.intake.text import CUT_MARK, clean_line, clean_text, cut, decode_bytes, says_something, summary

ANYTHING = st.text(st.characters(codec=None))


@given(ANYTHING)
def test_a_cleaned_text_can_be_stored_sent_and_cleaned_again(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode("utf-8")
    assert "\x00" not in cleaned
    assert "\r" not in cleaned
    assert clean_text(cleaned) == cleaned
    assert "\n" not in clean_line(text)


def test_surrogates_nul_and_line_ends() -> None:
    assert clean_text("a\x00b\ud800c\r\nd\re\u2028f") == "abc\nd\ne\nf"
    assert clean_text("cafe\u0301") == "café"


@pytest.mark.parametrize(
    ("text", "says"), [("", False), (" \n", False), ("\u200b\u2060", False), ("?", True), ("👍", True)]
)
def test_what_says_something(text: str, says: bool) -> None:
    assert says_something(text) is says


@given(ANYTHING, st.integers(min_value=100, max_value=400))
def test_a_cut_text_is_short_enough_and_says_so(text: str, most: int) -> None:
    shorter = cut(text, most)
    assert len(shorter) <= most
    assert shorter == text or shorter.endswith(CUT_MARK)


@given(
    st.binary(),
    st.sampled_from([None, "utf-8", "latin-1", "utf-16", "nonsense", "a\x00b", "punycode", "undefined", "zlib"]),
)
def test_bytes_are_always_readable(data: bytes, charset: str | None) -> None:
    assert isinstance(decode_bytes(data, charset), str)


def test_the_order_of_charsets() -> None:
    assert decode_bytes("café".encode("latin-1"), "latin-1") == "café"
    assert decode_bytes("café".encode(), "us-ascii") == "café"
    assert decode_bytes("café".encode("latin-1"), "utf-8") == "café"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b"abc-", "-punycode"), (b"abc-", "punycode "), (b"xn--4ca", "_idna"), (b"xn--4ca", "(idna)"),
        (b"\\x41", "unicode escape"), (b"\\u0041", "raw-unicode_escape "),
    ],
)  # fmt: skip
def test_a_codec_that_is_not_for_text_is_known_by_any_of_its_names(data: bytes, charset: str) -> None:
    assert decode_bytes(data, charset) == data.decode()
    assert decode_declared(data, charset).text == data.decode()


def test_a_summary_is_one_short_line() -> None:
    assert summary("satu\ndua") == "satu dua"
    assert len(summary("kata " * 500)) <= 160
    assert summary("kata " * 500).endswith("…")
