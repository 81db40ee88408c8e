"""Counting days: against what was counted by hand, and what must hold for any calendar and any start."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.deadlines.counting import (
    Skipped,
    Span,
    closing,
    count,
    local_day,
    next_office_moment,
    office_hours,
    opening,
    working_days_between,
)
from shared.city_calendar import CityCalendar
from tests.unit.deadlines.counted_by_hand import COUNTED, PAUSED
from tests.unit.deadlines.made_calendar import CALENDAR, YEAR_2026, calendar, local

LETTERS = {"weekend": "w", "holiday": "h", "joint_leave": "j", "local": "l", "paused": "p"}
BERLIN = calendar(zone="Europe/Berlin")
NEW_YORK = calendar(zone="America/New_York")
ZONES = st.sampled_from([CALENDAR, BERLIN, NEW_YORK])
MOMENTS = st.datetimes(datetime(2025, 11, 1), datetime(2028, 3, 1), timezones=st.just(UTC))  # noqa: DTZ001 - aware by timezones
DAYS = st.integers(1, 90)


def short(skipped: tuple[Skipped, ...]) -> str:
    return " ".join(f"{day.day}/{day.month}{LETTERS[why]}" for day, why, _ in skipped)


@pytest.mark.parametrize(("start", "days", "unit", "due", "left_out"), COUNTED)
def test_it_is_counted_as_by_hand(start: str, days: int, unit: str, due: str, left_out: str) -> None:
    counted = count(local(start), Span(days, unit), CALENDAR)
    assert counted.due_at == local(due)
    assert short(counted.skipped) == left_out
    if unit == "working":
        assert working_days_between(local(start), counted.due_at, CALENDAR) == days


@pytest.mark.parametrize(("start", "days", "unit", "pauses", "due", "left_out"), PAUSED)
def test_pauses_do_not_count(start: str, days: int, unit: str, pauses: str, due: str, left_out: str) -> None:
    ends = [pause.split(">") for pause in pauses.split()]
    spans = [(date.fromisoformat(first), date.fromisoformat(last)) for first, last in ends]
    counted = count(local(start), Span(days, unit), CALENDAR, spans)
    assert counted.due_at == local(due)
    assert short(counted.skipped) == left_out


def test_what_was_left_out_has_its_name() -> None:
    named = {day: name for day, _, name in count(local("2026-12-07 10:00"), Span(14), CALENDAR).skipped}
    assert named[date(2026, 12, 9)] == "Pilkada"
    assert named[date(2026, 12, 12)] == ""


def test_a_year_without_a_calendar_makes_the_result_provisional() -> None:
    assert count(local("2027-12-30 10:00"), Span(3), CALENDAR).provisional == (2028,)
    assert count(local("2027-12-30 10:00"), Span(1), CALENDAR).provisional == ()
    assert count(local("2025-12-30 10:00"), Span(3), CALENDAR).provisional == (2025,)
    assert count(local("2027-12-30 10:00"), Span(30, "calendar"), CALENDAR).provisional == ()
    without = count(local("2026-12-24 10:00"), Span(1), CityCalendar.of("Asia/Jakarta", []))
    assert (without.due_at, without.provisional) == (local("2026-12-25 16:30"), (2026,))


def test_a_year_without_a_calendar_has_no_working_saturdays() -> None:
    six_days = calendar(year_2026=YEAR_2026.replace('  friday: "07', '  saturday: "08:00-12:00"\n  friday: "07', 1))
    assert count(local("2026-11-27 10:00"), Span(1), six_days).due_at == local("2026-11-28 12:00")
    assert count(local("2025-11-28 10:00"), Span(1), six_days).due_at == local("2025-12-01 16:00")


def test_the_day_is_that_of_the_city() -> None:
    midnight = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 00.00 of the 25th in Jakarta
    assert count(midnight, Span(1), CALENDAR).due_at == local("2026-11-26 16:00")
    assert count(midnight - timedelta(seconds=1), Span(1), CALENDAR).due_at == local("2026-11-25 16:00")


def test_the_clock_change_moves_no_deadline() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 10, 23, 10, tzinfo=berlin)  # a Friday; the clocks go back on Sunday
    assert count(before, Span(1), BERLIN).due_at == datetime(2026, 10, 26, 16, tzinfo=berlin)
    assert count(before, Span(2, "calendar"), BERLIN).due_at == datetime(2026, 10, 25, 23, 59, 59, tzinfo=berlin)


@pytest.mark.parametrize(
    ("at", "open_at"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00"),
        ("2026-11-24 03:00", "2026-11-24 07:30"),
        ("2026-11-24 12:00", "2026-11-24 13:00"),  # the break
        ("2026-11-24 16:00", "2026-11-25 07:30"),  # the moment of closing
        ("2026-11-27 16:29", "2026-11-27 16:29"),
        ("2026-11-27 16:30", "2026-11-30 07:30"),
        ("2026-12-31 12:00", "2027-01-04 07:30"),  # half a day, then New Year and a weekend
        ("2026-03-18 15:00", "2026-03-25 07:30"),  # Ramadan, then Lebaran
        ("2026-02-20 07:45", "2026-02-20 08:00"),
        ("2028-01-01 10:00", "2028-01-03 07:30"),
    ],
)
def test_the_offices_open(at: str, open_at: str) -> None:
    assert next_office_moment(local(at), CALENDAR) == local(open_at)


def test_working_days_before_and_after_a_deadline() -> None:
    due = local("2026-12-10 16:00")
    assert opening(due, -1, CALENDAR) == local("2026-12-08 07:30")  # the 9th is free
    assert opening(due, 2, CALENDAR) == local("2026-12-14 07:30")
    assert opening(local("2026-12-27 23:59:59"), 1, CALENDAR) == local("2026-12-28 07:30")
    assert closing(local("2026-12-08 10:00"), CALENDAR) == local("2026-12-08 16:00")
    assert closing(local("2026-12-08 16:00"), CALENDAR) == local("2026-12-10 16:00")


def test_only_what_counts_changes_the_calendar_s_name() -> None:
    noted = calendar(year_2026="# a comment\n" + YEAR_2026.replace("reviewed: true", "reviewed: false"))
    assert noted.hash == CALENDAR.hash
    assert calendar(year_2026=YEAR_2026.replace("name: Pilkada", "name: Pemilu")).hash == CALENDAR.hash
    assert calendar(year_2026=YEAR_2026.replace("2026-12-09", "2026-12-10")).hash != CALENDAR.hash
    assert calendar(year_2026=YEAR_2026.replace("to: 2026-03-18", "to: 2026-03-17")).hash != CALENDAR.hash
    assert calendar(zone="Asia/Makassar").hash != CALENDAR.hash


@settings(max_examples=150, deadline=None)
@given(MOMENTS, MOMENTS, DAYS, ZONES)
def test_who_begins_later_is_not_due_earlier(one: datetime, other: datetime, days: int, where: CityCalendar) -> None:
    first, second = sorted([one, other])
    for unit in ("working", "calendar"):
        span = Span(days, unit)
        assert count(first, span, where).due_at <= count(second, span, where).due_at


@settings(max_examples=150, deadline=None)
@given(MOMENTS, DAYS, ZONES)
def test_one_day_more_is_later_and_the_inverse_holds(start: datetime, days: int, where: CityCalendar) -> None:
    counted, longer = count(start, Span(days), where), count(start, Span(days + 1), where)
    assert start < counted.due_at < longer.due_at
    assert working_days_between(start, counted.due_at, where) == days
    assert longer.skipped[: len(counted.skipped)] == counted.skipped
    last = local_day(counted.due_at, where)
    assert office_hours(last, where)
    assert last not in {day for day, _, _ in counted.skipped}
    whole = (last - local_day(start, where)).days
    assert whole == days + len(counted.skipped)  # every day counts or is told


@settings(max_examples=150, deadline=None)
@given(MOMENTS, ZONES)
def test_the_next_office_moment_is_in_office_hours(at: datetime, where: CityCalendar) -> None:
    found = next_office_moment(at, where)
    assert found >= at
    assert next_office_moment(found, where) == found
    clock = found.astimezone(ZoneInfo(where.timezone))
    assert any(opens <= clock.time() < closes for opens, closes in office_hours(clock.date(), where))


@settings(max_examples=100, deadline=None)
@given(MOMENTS, DAYS, st.integers(0, 40), st.integers(1, 40), ZONES)
def test_a_pause_only_makes_it_later(start: datetime, days: int, after: int, long: int, where: CityCalendar) -> None:
    begins = local_day(start, where) + timedelta(days=after)
    plain = count(start, Span(days), where)
    paused = count(start, Span(days), where, [(begins, begins + timedelta(days=long))])
    assert paused.due_at >= plain.due_at
    inside = begins <= local_day(plain.due_at, where)
    assert ("paused" in {why for _, why, _ in paused.skipped}) == inside
