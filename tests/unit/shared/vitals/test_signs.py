"""Signs, their limits, and how they travel."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.thresholds import (
    CERTIFICATE_SECONDS,
    DATABASE_SECONDS,
    DISK_FREE_RATIO,
    OK,
    OUTBOX_SECONDS,
    PROBLEM,
    UNKNOWN,
    WARNING,
    Limit,
    worst,
)
from shared.vitals.board import Board
from shared.vitals.sign import STATES, Sign, judged, read_sign
from shared.vitals.table import Process

BEGAN = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
signs = st.builds(
    Sign, name=st.sampled_from(["broker", "disk"]), state=st.sampled_from(STATES), value=st.none() | numbers,
    unit=st.just("seconds"), about=st.text(max_size=20), since=st.none() | st.just(BEGAN),
    facts=st.dictionaries(st.text(min_size=1, max_size=20), st.integers() | numbers | st.text(max_size=50), max_size=3),
)  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "value", "state"),
    [
        (DATABASE_SECONDS, 0.49, OK), (DATABASE_SECONDS, 0.5, WARNING), (DATABASE_SECONDS, 2.0, PROBLEM),
        (OUTBOX_SECONDS, 19.9, OK), (OUTBOX_SECONDS, 60.0, PROBLEM),
        (DISK_FREE_RATIO, 0.10, OK), (DISK_FREE_RATIO, 0.099, WARNING), (DISK_FREE_RATIO, 0.049, PROBLEM),
        (CERTIFICATE_SECONDS, 21 * 86_400, OK), (CERTIFICATE_SECONDS, 20 * 86_400, WARNING),
        (CERTIFICATE_SECONDS, -1, PROBLEM),
    ],
)  # fmt: skip
def test_a_limit_begins_where_it_says(limit: Limit, value: float, state: str) -> None:
    assert limit.judge(value) == state


def test_the_gravest_counts() -> None:
    assert worst([]) == OK
    assert worst([OK, UNKNOWN]) == UNKNOWN
    assert worst([PROBLEM, OK, WARNING]) == PROBLEM


@given(signs)
def test_a_sign_arrives_as_it_left(sign: Sign) -> None:
    assert read_sign(sign.as_dict()) == sign


@pytest.mark.parametrize("told", [None, [], {}, {"name": "x"}, {**Sign("x", OK).as_dict(), "state": "fine"}])
def test_what_is_no_sign_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match=r"sign|state"):
        read_sign(told)


def test_a_sign_keeps_since_when_it_has_been_so() -> None:
    board = Board(Process("p", "router", "1", BEGAN, BEGAN))
    later = BEGAN.replace(minute=1)
    board.note_signs([judged("database", 0.1, DATABASE_SECONDS)], BEGAN)
    board.note_signs([judged("database", 0.2, DATABASE_SECONDS)], later)
    assert [(sign.value, sign.since) for sign in board.seen.signs] == [(0.2, BEGAN)]
    board.note_signs([judged("database", 3.0, DATABASE_SECONDS)], later)
    assert [(sign.state, sign.since) for sign in board.seen.signs] == [(PROBLEM, later)]
