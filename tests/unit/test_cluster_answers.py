"""How gaps are counted by the proof on three brokers."""

from hypothesis import given
from hypothesis import strategies as st

from tests.cluster.answers import Answer, gap_of_acceptance, longest_pause, refused

TIMES = st.floats(0, 1000, allow_nan=False)
STATUSES = st.sampled_from([201, 503, 0])
ANSWERS = st.lists(st.builds(lambda due, wait, status: Answer(due, due + wait, status), TIMES, TIMES, STATUSES))


def test_there_is_no_gap_when_all_get_a_receipt() -> None:
    assert gap_of_acceptance([Answer(due, due + 3, 201) for due in range(5)]) == 0
    assert gap_of_acceptance([]) == 0


def test_a_gap_ends_with_anybody_s_receipt() -> None:
    answers = [Answer(0, 0.1, 201), Answer(1, 1.1, 503), Answer(2, 10, 0), Answer(3, 4.5, 201)]
    assert gap_of_acceptance(answers) == 3.5
    assert refused(answers) == 2


def test_without_any_receipt_the_gap_lasts_to_the_end() -> None:
    assert gap_of_acceptance([Answer(0, 1, 503), Answer(5, 6, 503)]) == 6


@given(ANSWERS)
def test_a_gap_is_never_longer_than_the_whole(answers: list[Answer]) -> None:
    gap = gap_of_acceptance(answers)
    assert gap >= 0
    assert gap <= max((one.at for one in answers), default=0) - min((one.due_at for one in answers), default=0)


def test_the_longest_pause_begins_within_the_window() -> None:
    assert longest_pause([0, 1, 2, 6, 7, 30], 1, 8) == 23
    assert longest_pause([0, 1, 2, 6, 7, 30], 1, 6.5) == 4
    assert longest_pause([5, 6], 1, 8) == 4
    assert longest_pause([0], 1, 8) == 7
