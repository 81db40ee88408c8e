"""How long a worker rests after a batch that was not full, so that the next one holds more."""

from hypothesis import given
from hypothesis import strategies as st

from shared.workers import gathering_seconds

WORKED = st.floats(0, 100)


@given(WORKED, WORKED)
def test_the_longer_it_took_the_longer_it_gathers_within_bounds(one: float, other: float) -> None:
    for hurried, most in ((True, 0.02), (False, 0.1)):
        rests = [gathering_seconds(worked, hurried=hurried) for worked in sorted((one, other))]
        assert 0 <= rests[0] <= rests[1] <= most


@given(WORKED)
def test_where_nobody_waits_it_gathers_for_five_times_as_long(worked: float) -> None:
    assert gathering_seconds(worked, hurried=False) == 5 * gathering_seconds(worked)
