"""How long a channel is tried, when next, and when nobody's telephone is to ring."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.delivery import CASE_NOTICE, CASE_UPDATE, CONTACT_CODE, FOLLOW_RECEIPT, RECEIPT
from services.notifier.planning.citizens import plan_receipt
from services.notifier.sending.policy import GiveUp, Retry, next_step, policy_of
from services.notifier.sending.quiet import day_begins_at, quiet_until, sleeps_until
from shared.city_notifications import Notifications
from tests.unit.notifier.samples import NOW, as_delivery, received

POLICY = policy_of(Notifications())
HOUR = timedelta(hours=1)
JAKARTA = "Asia/Jakarta"
moments = st.floats(0, 5 * 365 * 86400).map(lambda seconds: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(0, seconds))
times = st.times().map(lambda at: at.replace(microsecond=0))


def tries_until(span: timedelta, *, others: bool, key: str) -> tuple[int, timedelta]:
    """How many times a message is tried again until it is given up, and after how long."""
    at, tries = NOW, 1
    while isinstance(step := next_step(POLICY, at, since=NOW, tries=tries, key=key, others=others), Retry):
        assert step.at > at
        at, tries = step.at, tries + 1
        assert at - NOW < span + HOUR
    return tries - 1, at - NOW


@given(key=st.uuids().map(str))
def test_about_48_retries_in_four_hours_then_the_next_channel(key: str) -> None:
    retries, passed = tries_until(4 * HOUR, others=True, key=key)
    assert 42 <= retries <= 56
    assert 4 * HOUR <= passed < 4.2 * HOUR


@given(key=st.uuids().map(str))
def test_the_last_channel_is_tried_for_a_day(key: str) -> None:
    retries, passed = tries_until(24 * HOUR, others=False, key=key)
    assert 200 <= retries <= 330
    assert 24 * HOUR <= passed < 24.2 * HOUR


@given(
    tries=st.integers(1, 1000),
    key=st.text(max_size=10),
    wish=st.floats(0, 1e9) | st.none(),
    passed=st.floats(0, 80_000),
)
def test_the_wait_heeds_the_other_sides_wish_within_bounds(
    tries: int, key: str, wish: float | None, passed: float
) -> None:
    now = NOW + timedelta(seconds=passed)
    step = next_step(POLICY, now, since=NOW, tries=tries, key=key, others=False, retry_after_seconds=wish)
    assert isinstance(step, Retry)
    wait = (step.at - now).total_seconds()
    assert wait >= min(wish or 0, 3600) - 1e-3
    assert 1 <= wait <= max(400, min(wish or 0, 3600)) + 1e-3


@given(tries=st.integers(1, 60), one=st.uuids(), other=st.uuids())
def test_what_failed_together_does_not_come_back_together(tries: int, one: Any, other: Any) -> None:
    steps = [next_step(POLICY, NOW, since=NOW, tries=tries, key=str(key), others=True) for key in (one, other)]
    assert (steps[0] == steps[1]) is (one == other) or tries < 5


def test_another_channel_shortens_the_patience_and_never_lengthens_it() -> None:
    short = policy_of(Notifications(fail_over_after_hours=30, give_up_after_hours=2))
    late = NOW + 2 * HOUR
    assert next_step(short, late, since=NOW, tries=9, key="", others=True) == GiveUp()
    assert isinstance(next_step(POLICY, late, since=NOW, tries=9, key="", others=True), Retry)
    assert isinstance(next_step(POLICY, NOW + 5 * HOUR, since=NOW, tries=9, key="", others=False), Retry)


@given(now=moments, start=times, end=times)
def test_quiet_hours_end_when_they_say_and_last_less_than_a_day(now: datetime, start: time, end: time) -> None:
    until = quiet_until(start, end, JAKARTA, now)
    if until is None:
        return
    assert now < until <= now + timedelta(days=1)
    assert until.astimezone(ZoneInfo(JAKARTA)).time() == end
    assert quiet_until(start, end, JAKARTA, until) is None
    assert quiet_until(start, end, JAKARTA, until - timedelta(microseconds=1)) == until


@pytest.mark.parametrize(
    ("local", "end"),
    [("20:59", None), ("21:00", "06:00"), ("23:59", "06:00"), ("00:00", "06:00"), ("05:59", "06:00"), ("06:00", None)],
)
def test_the_usual_night(local: str, end: str | None) -> None:
    hour, minute = map(int, local.split(":"))
    now = datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo(JAKARTA))
    until = quiet_until(time(21), time(6), JAKARTA, now)
    assert (until and f"{until.astimezone(ZoneInfo(JAKARTA)):%H:%M}") == end
    assert quiet_until(time(6), time(6), JAKARTA, now) is None


@pytest.mark.parametrize(
    ("message", "channel", "changes", "sleeps"),
    [
        (f"{CASE_UPDATE}.2", "sms", {}, True),
        (f"{CASE_UPDATE}.2", "email", {}, False),
        (f"{CASE_UPDATE}.2", "sms", {"urgent": True}, False),
        (RECEIPT, "sms", {}, False),
        (FOLLOW_RECEIPT, "sms", {}, False),
        (CONTACT_CODE, "sms", {}, False),
        (CASE_NOTICE, "sms", {"recipient": "DPUPR"}, False),
    ],
)
def test_only_what_can_wait_sleeps(message: str, channel: str, changes: dict[str, Any], sleeps: bool) -> None:
    delivery = dataclasses.replace(as_delivery(plan_receipt(received(), NOW)), message=message, **changes)
    night = datetime(2026, 11, 24, 22, 0, tzinfo=ZoneInfo(JAKARTA))
    assert (sleeps_until(delivery, channel, Notifications(), JAKARTA, night) is not None) is sleeps


@given(now=moments)
def test_the_day_begins_at_local_midnight(now: datetime) -> None:
    begin = day_begins_at(JAKARTA, now)
    assert begin <= now < begin + timedelta(days=1)
    assert begin.astimezone(ZoneInfo(JAKARTA)).time() == time()
