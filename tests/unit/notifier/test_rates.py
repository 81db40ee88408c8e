"""How many messages a second a destination gets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.sending.rates import Bucket

rates = st.floats(0.05, 200)
waits = st.lists(st.floats(0, 3), min_size=1, max_size=60)


@given(rate=rates, waits=waits)
def test_never_more_than_the_rate_and_one_full_bucket(rate: float, waits: list[float]) -> None:
    """Whoever always takes what is ready."""
    bucket, at, taken = Bucket.full(rate, 0.0), 0.0, 0
    for wait in waits:
        number = bucket.ready(at)
        bucket, taken = bucket.take(number, at), taken + number
        at += wait
    assert taken <= max(1.0, rate) + rate * at + 1e-6


@given(rate=rates, over=st.integers(0, 50))
def test_after_the_wait_one_is_ready_and_not_before(rate: float, over: int) -> None:
    bucket = Bucket.full(rate, 0.0).take(int(max(1.0, rate)) + over, 0.0)
    wait = bucket.wait_seconds(0.0)
    assert bucket.ready(wait + 1e-6) >= 1
    assert wait == 0.0 or bucket.ready(max(0.0, wait - 0.01)) == 0 or wait < 0.02


def test_a_clock_that_stands_still_gives_nothing_new() -> None:
    bucket = Bucket.full(2.0, 5.0)
    assert bucket.ready(5.0) == 2
    assert bucket.take(2, 5.0).ready(5.0) == 0
    assert bucket.take(2, 5.0).ready(4.0) == 0
    assert bucket.ready(500.0) == 2
