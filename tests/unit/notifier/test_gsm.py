"""The alphabet of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.gsm import has_likeness, segments, septets, to_gsm


@settings(deadline=None)
@given(st.text(max_size=400))
def test_whatever_is_written_fits_the_alphabet_afterwards(text: str) -> None:
    rewritten = to_gsm(text)
    assert septets(rewritten) >= len(rewritten)
    assert to_gsm(rewritten) == rewritten


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [("Kota Cimahi – “112”", 'Kota Cimahi - "112"'), ("café ē", "café e"), ("é", "é"), ("你", "?"), ("[a]", "[a]")],
)
def test_signs_outside_become_their_nearest_likeness(text: str, rewritten: str) -> None:
    assert to_gsm(text) == rewritten


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
     ("a" * 152 + "€" + "a" * 10, 2)],
)  # fmt: skip
def test_segments_are_counted_as_networks_do(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [("я" * 70, 1), ("я" * 71, 2), ("я" * 134, 2), ("я" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2), ("😀" * 66, 2),
     ("я" * 66 + "😀" + "я" * 66, 3), ("a" * 69 + "я", 1), ("a" * 70 + "я", 2)],
)  # fmt: skip
def test_beyond_the_alphabet_less_than_half_fits_and_no_sign_is_split(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(("text", "readable"), [("café – ē", True), ("what?", True), ("код", False), ("ꦧ", False)])
def test_what_cannot_be_rewritten_readably_is_known(text: str, readable: bool) -> None:
    assert has_likeness(text) == readable


def test_a_foreign_sign_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="GSM"):
        septets("你")
