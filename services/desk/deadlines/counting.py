"""Counting days. Pure.

The day of the event does not count. Working days: due at the end of the office hours of the last day. Calendar days:
due one second before the midnight that ends the last day. Days are those of the city's time zone; all moments are
aware UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.city_calendar import USUAL_WEEK, CityCalendar, Hours
from shared.city_deadlines import CALENDAR, WORKING

WEEKEND, PAUSED = "weekend", "paused"
_NIGHT = time(23, 59, 59)

Skipped = tuple[date, str, str]
"""(day, why, name): why is `weekend`, the kind of a special day, or `paused`, whose name is the last day of the pause
in ISO 8601."""

Pause = tuple[date, date]
"""First and last day; neither counts, nor what lies between."""


@dataclass(frozen=True, slots=True)
class Span:
    """`days` is 1 or more; `unit` is `working` or `calendar`."""

    days: int
    unit: str = WORKING


@dataclass(frozen=True, slots=True)
class Counted:
    """`calendar` is the hash of the calendar, `provisional` the years that it does not have."""

    due_at: datetime
    skipped: tuple[Skipped, ...]
    calendar: str
    provisional: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Year:
    """What is asked of a year, so that counting is looking up. `passed[i]`: the working days before day i, from 0."""

    first: int
    working: tuple[int, ...]
    closing: tuple[datetime, ...]
    passed: tuple[int, ...]
    skipped: tuple[Skipped, ...]


def count(start: datetime, span: Span, calendar: CityCalendar, pauses: Sequence[Pause] = ()) -> Counted:
    """When so many days after `start` are over. `pauses` are in order; days in them do not count."""
    return _count(local_day(start, calendar), span, calendar, tuple(pauses))


@lru_cache(maxsize=4096)
def _count(day: date, span: Span, calendar: CityCalendar, pauses: tuple[Pause, ...]) -> Counted:
    """Kept, since all that comes on one day is due on the same few days."""
    first, left, skipped = day, span.days, list[Skipped]()
    for begins, ends in pauses:
        before = max(day, begins - timedelta(days=1))
        used = _number(day, before, span.unit, calendar)
        if used >= left:
            break
        if span.unit == WORKING:
            skipped += _between(day, before, calendar)
        skipped.append((begins, PAUSED, ends.isoformat()))
        left, day = left - used, max(day, ends)
    last, due_at = _after(day, left, span.unit, calendar)
    if span.unit == WORKING:
        skipped += _between(day, last, calendar)
    return Counted(due_at, tuple(skipped), calendar.hash, _unknown(first, last, span.unit, calendar))


def working_days_between(start: datetime, end: datetime, calendar: CityCalendar) -> int:
    """The inverse of `count`: working days after the day of `start`, up to and with that of `end`; 0 if not later."""
    return _number(local_day(start, calendar), local_day(end, calendar), WORKING, calendar)


def office_hours(day: date, calendar: CityCalendar) -> Hours:
    """When the offices are open on that day; empty on a day that is no working day."""
    known = calendar.years.get(day.year)
    if known is None:
        week = calendar.week_of(day.year)
        return (week[day.weekday()] or USUAL_WEEK[day.weekday()]) if day.weekday() < 5 else ()
    special = known.days.get(day)
    if special is not None:
        return special.hours
    usual = known.week[day.weekday()]
    for period in known.periods:
        if period.first <= day <= period.last:
            return period.week[day.weekday()] if usual else ()
    return usual


def next_office_moment(at: datetime, calendar: CityCalendar) -> datetime:
    """`at` itself when the offices are open then, else when they open next. The moment of closing is not open."""
    day = local_day(at, calendar)
    for _ in range(800):
        for opens, closes in office_hours(day, calendar):
            if at < _moment(day, closes, calendar):
                return max(at, _moment(day, opens, calendar))
        day += timedelta(days=1)
    return at  # two years without an open office: no calendar that can be read has them


@lru_cache(maxsize=4096)
def opening(due_at: datetime, days: int, calendar: CityCalendar) -> datetime:
    """When the offices open on the working day so many after the day of `due_at`; less than 0: before it."""
    day, step = local_day(due_at, calendar), timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        left -= bool(office_hours(day, calendar))
    hours = office_hours(day, calendar)
    return _moment(day, hours[0][0] if hours else time(0), calendar)


def closing(at: datetime, calendar: CityCalendar) -> datetime:
    """The end of the first working day that ends after `at`."""
    day = local_day(at, calendar) - timedelta(days=1)
    due_at = at
    while due_at <= at:
        last, due_at = _after(day, 1, WORKING, calendar)
        day = last
    return due_at


def local_day(at: datetime, calendar: CityCalendar) -> date:
    return at.astimezone(_zone(calendar.timezone)).date()


def _after(day: date, days: int, unit: str, calendar: CityCalendar) -> tuple[date, datetime]:
    if unit == CALENDAR:
        last = day + timedelta(days=days)
        return last, _moment(last, _NIGHT, calendar)
    following = day.toordinal() + 1
    number = date.fromordinal(following).year
    year = _year(calendar, number)
    used = year.passed[following - year.first]
    while used + days > len(year.working):
        days -= len(year.working) - used
        number, used = number + 1, 0
        year = _year(calendar, number)
    index = used + days - 1
    return date.fromordinal(year.working[index]), year.closing[index]


def _number(day: date, until: date, unit: str, calendar: CityCalendar) -> int:
    """Days in (day, until] that count."""
    if until <= day:
        return 0
    if unit == CALENDAR:
        return (until - day).days
    if day.year == until.year:
        return _passed(until, calendar) - _passed(day, calendar)
    whole = sum(len(_year(calendar, year).working) for year in range(day.year, until.year))
    return whole + _passed(until, calendar) - _passed(day, calendar)


def _passed(day: date, calendar: CityCalendar) -> int:
    """Working days of its year up to and with that day."""
    year = _year(calendar, day.year)
    return year.passed[day.toordinal() - year.first + 1]


def _between(day: date, until: date, calendar: CityCalendar) -> list[Skipped]:
    """Days in (day, until] that are no working days."""
    found: list[Skipped] = []
    for number in range(day.year, until.year + 1):
        year = _year(calendar, number)
        begin = max(0, day.toordinal() + 1 - year.first)
        end = min(len(year.passed) - 1, until.toordinal() + 1 - year.first)
        if begin < end:
            found += year.skipped[begin - year.passed[begin] : end - year.passed[end]]
    return found


def _unknown(day: date, last: date, unit: str, calendar: CityCalendar) -> tuple[int, ...]:
    if unit == CALENDAR:
        return ()
    return tuple(year for year in range(day.year, last.year + 1) if year not in calendar.years)


@lru_cache(maxsize=512)
def _year(calendar: CityCalendar, number: int) -> _Year:
    first, after = date(number, 1, 1).toordinal(), date(number + 1, 1, 1).toordinal()
    known = calendar.years.get(number)
    working, closes, passed, skipped = list[int](), list[datetime](), [0], list[Skipped]()
    for ordinal in range(first, after):
        day = date.fromordinal(ordinal)
        hours = office_hours(day, calendar)
        if hours:
            working.append(ordinal)
            closes.append(_moment(day, hours[-1][1], calendar))
        else:
            special = known.days.get(day) if known else None
            skipped.append((day, special.kind, special.name) if special else (day, WEEKEND, ""))
        passed.append(len(working))
    return _Year(first, tuple(working), tuple(closes), tuple(passed), tuple(skipped))


def _moment(day: date, at: time, calendar: CityCalendar) -> datetime:
    return datetime.combine(day, at, _zone(calendar.timezone)).astimezone(UTC)


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
