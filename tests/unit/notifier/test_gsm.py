"""The alphabet of text messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.gsm import segments, septets, to_gsm


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


def test_a_foreign_sign_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="GSM"):
        septets("你")
