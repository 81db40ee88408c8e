"""A city's working days and office hours: the files `calendar/YEAR.yaml` of its pack, as values.

Nothing here counts; it only says what is known of a day. A year without a file is allowed: Monday to Friday are then
working days, and whoever counts says that the result is provisional.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from types import MappingProxyType

from shared.marked_yaml import Problem, Section, suggest

CALENDAR_FOLDER = "calendar"
HOLIDAY, JOINT_LEAVE, LOCAL = "holiday", "joint_leave", "local"
KINDS = (HOLIDAY, JOINT_LEAVE, LOCAL)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_YEAR, LAST_YEAR = 2000, 2199
_CLOSED = frozenset({"closed", "tutup"})
_SPAN = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3])[:.]([0-5]\d)")
_INSTEAD_HOURS = 'Write for instance `"07:30-12:00, 13:00-16:00"`, or `closed`.'

Hours = tuple[tuple[time, time], ...]
"""The spans of one day in which the offices are open, in order, local time; empty: closed."""

Week = tuple[Hours, ...]
"""Of Monday to Sunday."""

_MORNING, _AFTERNOON = (time(7, 30), time(12)), (time(13), time(16))
_FRIDAY: Hours = ((time(7, 30), time(11, 30)), (time(13), time(16, 30)))
USUAL_WEEK: Week = ((_MORNING, _AFTERNOON),) * 4 + (_FRIDAY, (), ())
"""Where no file says anything: 37.5 hours."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not as its weekday. With `hours` it is a working day (half a day, say), without it is none."""

    on: date
    name: str
    kind: str
    confirm: bool = False
    hours: Hours = ()


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included, with office hours of their own (Ramadan). It makes no day free that is not."""

    name: str
    first: date
    last: date
    week: Week
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """`reviewed`: a person compared it with the decrees."""

    year: int
    week: Week = USUAL_WEEK
    days: Mapping[date, SpecialDay] = field(default_factory=lambda: MappingProxyType({}))
    periods: tuple[Period, ...] = ()
    reviewed: bool = False


@dataclass(frozen=True)
class CityCalendar:
    """`hash` names what counts: days, kinds, hours and time zone; not names, comments or whether it was reviewed."""

    timezone: str = "Asia/Jakarta"
    years: Mapping[int, CalendarYear] = field(default_factory=lambda: MappingProxyType({}))
    hash: str = ""

    def __hash__(self) -> int:
        return hash(self.hash)

    @staticmethod
    def of(timezone: str, years: Sequence[CalendarYear]) -> CityCalendar:
        by_year = {one.year: one for one in sorted(years, key=lambda one: one.year)}
        return CityCalendar(timezone, MappingProxyType(by_year), _fingerprint(timezone, list(by_year.values())))

    def week_of(self, year: int) -> Week:
        """The usual hours of a year; for one without a file those of the nearest before it, else after it."""
        if year in self.years:
            return self.years[year].week
        before, after = [y for y in self.years if y < year], [y for y in self.years if y > year]
        nearest = max(before) if before else min(after) if after else None
        return USUAL_WEEK if nearest is None else self.years[nearest].week

    def gaps(self) -> tuple[int, ...]:
        """Years without a file between two that have one."""
        known = sorted(self.years)
        return tuple(year for year in range(known[0], known[-1])[1:] if year not in self.years) if known else ()


def read_calendar_year(part: Section, year: int) -> CalendarYear:
    """What a file says. Never raises; what is wrong is noted in the section's problems."""
    written = part.integer("year", default=year)
    if written != year:
        what = f"The file is for {year}, and `year` says {written}."
        part.complain(what, f"Write `year: {year}`, or rename the file.", part.line_of("year"))
    hours = part.section("hours")
    week = _week(hours, USUAL_WEEK) if hours.entries else USUAL_WEEK
    if not any(week):
        part.complain("No day of the week is open.", _INSTEAD_HOURS, part.line_of("hours"))
        week = USUAL_WEEK
    days = _days(part, year)
    periods = _periods(part, year, week)
    found = CalendarYear(year, week, MappingProxyType(days), periods, part.flag("reviewed"))
    part.finish()
    return found


def year_of_file(name: str, problems: list[Problem]) -> int | None:
    """The year of `YEAR.yaml`."""
    found = re.fullmatch(r"(\d{4})\.yaml", name)
    if found and FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return int(found[1])
    what = f"A calendar is called after its year, {FIRST_YEAR} to {LAST_YEAR}."
    problems.append(Problem(f"{CALENDAR_FOLDER}/{name}", 0, what, "Rename it, for instance to `2027.yaml`."))
    return None


def _days(part: Section, year: int) -> dict[date, SpecialDay]:
    found: dict[date, SpecialDay] = {}
    for row in part.sections("days"):
        on = _date(row, "date", year)
        kind = row.text("kind")
        if kind and kind not in KINDS:
            row.complain(f"`kind: {kind}` is not known.", suggest(kind, KINDS), row.line_of("kind"))
        text = row.text("hours", required=False)
        hours = _hours(row, "hours", text, row.line_of("hours")) if text else ()
        day = SpecialDay(on or date(year, 1, 1), row.text("name"), kind, row.flag("confirm"), hours)
        row.finish()
        if on is None:
            continue
        if on in found:
            row.complain(f"{on} stands here twice ({found[on].name}, {day.name}).", "Keep one, with both names.")
        found[on] = day
    return found


def _periods(part: Section, year: int, usual: Week) -> tuple[Period, ...]:
    found: list[Period] = []
    for row in part.sections("periods"):
        first, last = _date(row, "from", year), _date(row, "to", year)
        week = _week(row.section("hours", required=True), usual, partly=True)
        name, confirm = row.text("name"), row.flag("confirm")
        row.finish()
        if first is None or last is None:
            continue
        if last < first:
            row.complain(f"The period `{name}` ends before it begins.", "Exchange `from` and `to`.", row.line_of("to"))
            continue
        for number, weekday in enumerate(WEEKDAYS):
            if bool(week[number]) != bool(usual[number]):
                row.complain(
                    f"A period changes hours, it neither opens nor closes a {weekday}.", "Use `days` for that."
                )
        for other in found:
            if first <= other.last and other.first <= last:
                row.complain(f"The periods `{other.name}` and `{name}` overlap.", "End one before the other begins.")
        found.append(Period(name, first, last, week, confirm))
    return tuple(found)


def _date(row: Section, key: str, year: int) -> date | None:
    text = row.text(key)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        row.complain(f"`{text}` is no date.", f"Write year-month-day, for instance {year}-08-17.", row.line_of(key))
        return None
    if found.year != year:
        instead = f"Correct the year, or write it into {CALENDAR_FOLDER}/{found.year}.yaml."
        row.complain(f"{text} does not lie in {year}.", instead, row.line_of(key))
        return None
    return found


def _week(part: Section, usual: Week, *, partly: bool = False) -> Week:
    """`partly`: a weekday that is not named is as usual; else it is closed."""
    week = []
    for number, name in enumerate(WEEKDAYS):
        text = part.text(name, required=False)
        if text:
            week.append(_hours(part, name, text, part.line_of(name)))
        else:
            week.append(usual[number] if partly else ())
    part.finish()
    return tuple(week)


def _hours(part: Section, key: str, text: str, line: int) -> Hours:
    if text.lower() in _CLOSED:
        return ()
    spans: list[tuple[time, time]] = []
    for piece in text.split(","):
        found = _SPAN.fullmatch(piece.strip())
        if found is None:
            part.complain(f"`{key}: {text}` is no office hours.", _INSTEAD_HOURS, line)
            return ()
        first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if last <= first or (spans and first < spans[-1][1]):
            what = f"`{key}: {text}` goes back in time."
            part.complain(what, "Each span ends after it begins, and the next begins after that.", line)
            return ()
        spans.append((first, last))
    return tuple(spans)


def _fingerprint(timezone: str, years: list[CalendarYear]) -> str:
    said = [
        [
            one.year,
            [_plain(hours) for hours in one.week],
            [[str(on), one.days[on].kind, _plain(one.days[on].hours)] for on in sorted(one.days)],
            [
                [str(period.first), str(period.last), [_plain(hours) for hours in period.week]]
                for period in sorted(one.periods, key=lambda period: period.first)
            ],
        ]
        for one in years
    ]
    return hashlib.sha256(json.dumps([timezone, said]).encode()).hexdigest()[:16]


def _plain(hours: Hours) -> list[str]:
    return [f"{first:%H:%M}-{last:%H:%M}" for first, last in hours]
