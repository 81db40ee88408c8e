"""When two complaints near each other are offered as the same. The words are invented."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.similar import (
    MOST_OFFERS,
    Known,
    degrees_around,
    likeness,
    metres_between,
    most_similar,
    telling_words,
)

SPELLINGS = {"pju": "lampu jalan", "padam": "mati", "smph": "sampah"}
WORDS = st.frozensets(st.text("abcdef", min_size=3, max_size=5), max_size=8)
PLACES = st.tuples(st.floats(-85, 85), st.floats(-179, 179))


def offered(text: str, *others: str) -> list[str]:
    known = [Known(str(number), other, float(number)) for number, other in enumerate(others)]
    return [known[int(one.complaint_id)].text for one in most_similar(text, known, SPELLINGS, {"baros"})]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lampu jalan mati sejak Senin", "PJU padam di depan masjid, gelap"),
        ("Lubang besar di Jl. Mawar, motor jatuh", "jalan mawar berlubang, ada lubang dalam, motor terperosok"),
        ("Sampah menumpuk di pasar", "smph numpuk dekat pasar"),
        ("BANJIR", "Banjir lagi di gang kami sejak pagi"),
        ("Lampunya mati", "lampu mati"),
    ],
)
def test_the_same_matter_in_other_words_is_offered(one: str, other: str) -> None:
    assert offered(one, other) == [other]
    assert offered(other, one) == [one]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lampu jalan mati", "Sampah menumpuk di pasar"),
        ("Mohon segera diperbaiki, sudah lama sekali di Baros", "Tolong segera, sudah lama sekali di Baros"),
        ("min tlg dong", "min tolong dong"),
        ("Lampu jalan mati di depan sekolah, sangat gelap", "Lampu lalu lintas terlalu lama merah, kendaraan antre"),
        ("", "Lampu jalan mati"),
    ],
)
def test_another_matter_is_not(one: str, other: str) -> None:
    assert offered(one, other) == []


def test_at_most_three_the_most_similar_first_and_then_the_latest() -> None:
    others = ["lampu mati gelap tiang", "lampu mati", "lampu mati", "lampu mati gelap", "lampu mati gelap tiang miring"]
    found = [one.complaint_id for one in most_similar(
        "lampu mati gelap tiang", [Known(str(n), text, n) for n, text in enumerate(others)], {}
    )]  # fmt: skip
    assert len(found) == MOST_OFFERS
    assert found == ["4", "3", "2"]


def test_only_the_beginning_of_a_long_text_counts() -> None:
    assert "lampu" not in telling_words("sampah " * 200 + "lampu", {})


@given(WORDS, WORDS)
def test_likeness_is_a_share_and_the_same_both_ways(one: frozenset[str], other: frozenset[str]) -> None:
    share = likeness(one, other)
    assert share == likeness(other, one)
    assert 0 <= share <= 1
    assert likeness(one, one) == (1 if one else 0)


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    words = telling_words(text, SPELLINGS)
    assert all(len(word) >= 3 for word in words)
    assert most_similar(text, [Known("1", text, 0.0)], SPELLINGS) == (() if not words else (Known("1", text, 0.0),))


@given(PLACES, st.floats(0, 2 * math.pi), st.floats(0, 300))
def test_whatever_is_within_the_distance_is_within_the_box(
    place: tuple[float, float], towards: float, metres: float
) -> None:
    high, wide = degrees_around(place[0])
    step = math.degrees(metres / 6_371_000)
    there = (
        place[0] + step * math.cos(towards),
        place[1] + step * math.sin(towards) / math.cos(math.radians(place[0])),
    )
    assert metres_between(place, there) == pytest.approx(metres, abs=0.05 + metres * 0.01)
    assert metres_between(place, there) == pytest.approx(metres_between(there, place))
    if metres <= 295:
        assert abs(there[0] - place[0]) <= high
        assert abs(there[1] - place[1]) <= wide
