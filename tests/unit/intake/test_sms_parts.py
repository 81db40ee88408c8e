"""Parts of long messages: which may be one, what is ready, and in what order they are put together."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.sms_talk.parts import (
    LONGEST_WAIT,
    WAIT,
    Part,
    breaks_off,
    fills_a_message,
    in_order,
    is_complete,
    join_arrived,
    join_numbered,
    ready_groups,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def part(number: int, total: int = 0, *, sender: str = "s", reference: str = "", seconds: float = 0) -> Part:
    at = NOW + timedelta(seconds=seconds)
    return Part(f"{sender}{reference}{number}{seconds}", sender, "kannel", reference, number, total, at, at + WAIT)


@pytest.mark.parametrize(
    ("text", "fills"),
    [
        ("a" * 142, False),
        ("a" * 143, True),
        ("a" * 153, True),
        ("a" * 160, True),
        ("a" * 161, False),
        ("a" * 306, False),
        ("€" * 71, False),
        ("€" * 72, True),  # takes two places each
        ("💥" * 28, False),
        ("ж" * 56, False),
        ("ж" * 57, True),
        ("ж" * 70, True),
        ("ж" * 71, False),
        ("", False),
    ],
)
def test_what_fills_a_message(text: str, fills: bool) -> None:
    assert fills_a_message(text) is fills


def test_a_full_message_that_ends_like_a_sentence_does_not_break_off() -> None:
    assert breaks_off("a" * 153)
    assert not breaks_off("a" * 152 + ".")
    assert not breaks_off("kurang panjang")


def test_a_group_is_ready_when_it_is_complete_or_has_waited() -> None:
    two = [part(2, 2, reference="7"), part(1, 2, reference="7", seconds=1)]
    assert ready_groups(two, NOW) == [in_order(two)]
    assert is_complete(two)
    alone = [part(1, 2, reference="7")]
    assert ready_groups(alone, NOW + WAIT - timedelta(seconds=1)) == []
    assert ready_groups(alone, NOW + WAIT) == [alone]


def test_a_new_part_prolongs_the_wait_but_not_for_ever() -> None:
    parts = [part(1), part(2, seconds=15)]
    assert ready_groups(parts, NOW + WAIT) == []
    assert ready_groups(parts, NOW + timedelta(seconds=35)) == [parts]
    many = [part(number, seconds=15.0 * number) for number in range(9)]
    assert ready_groups(many, NOW + LONGEST_WAIT) == [many]


def test_senders_and_references_are_kept_apart() -> None:
    parts = [part(1, 2, reference="7"), part(2, 2, reference="8"), part(2, 2, sender="t", reference="7")]
    assert ready_groups(parts, NOW) == []
    assert len(ready_groups(parts, NOW + WAIT)) == 3


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8), st.randoms())
def test_numbered_parts_make_the_whole_in_any_order(texts: list[str], random: object) -> None:
    numbered = list(enumerate(texts, start=1))
    random.shuffle(numbered)  # type: ignore[attr-defined]
    assert join_numbered(numbered, len(texts)) == ("".join(texts).strip(), False)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([(1, "lampu"), (3, "Baros")], "lampu […] Baros"),
        ([(2, "mati di"), (3, " Baros")], "[…] mati di Baros"),
        ([(1, "lampu")], "lampu […]"),
    ],
)
def test_what_is_missing_is_marked(parts: list[tuple[int, str]], whole: str) -> None:
    assert join_numbered(parts, 3) == (whole, True)


def test_a_part_doubled_by_the_network_is_one() -> None:
    assert join_numbered([(1, "lampu "), (1, "lampu "), (2, "mati")], 2) == ("lampu mati", False)


def test_parts_without_numbers() -> None:
    full, short = "a" * 153, "b" * 150
    assert join_arrived([full, "tail"]) == f"{full}tail"  # cut inside a word
    assert join_arrived([short, "tail"]) == f"{short} tail"  # cut between two
    assert join_arrived(["alone"]) == "alone"
