"""The clocks of a case as a page shows them: what is due first, in sentences, with a strip of days. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from services.desk.deadlines.clocks import MET, PAUSED, RUNNING, Clock
from services.desk.deadlines.counting import PAUSED as PAUSED_DAY
from services.desk.deadlines.counting import Skipped, local_day
from services.desk.deadlines.telling import SHORT_DAYS, STATES, due, outcome, provisional, reason, short_date, title
from shared.city_calendar import CityCalendar
from shared.city_deadlines import CALENDAR
from shared.sentences import Sentence, sentence

MOST_CELLS = 130
"""Sixty working days with their holidays have room; of what is longer the strip shows the last days."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the strip. `sign` is how it counts (`start counted skipped paused`), `count` its number if it counts."""

    day: date
    sign: str
    count: int
    is_due: bool
    is_today: bool
    said: Sentence
    letter: Sentence


@dataclass(frozen=True, slots=True)
class ShownClock:
    """`mark` is one word for its looks: `late`, `soon`, `running`, `paused`, `met`, `ended`."""

    clock: Clock
    title: str
    mark: str
    state: Sentence
    due: Sentence
    notes: tuple[Sentence, ...]
    skipped: tuple[tuple[Sentence, Sentence], ...]
    cells: tuple[Cell, ...]

    @property
    def is_open(self) -> bool:
        return self.clock.is_active


def show(clocks: tuple[Clock, ...], calendar: CityCalendar, now: datetime) -> tuple[ShownClock, ...]:
    """Those that run first, the earliest deadline before the others; then those that are over, the latest first."""
    still_open = sorted((clock for clock in clocks if clock.is_active), key=lambda clock: (clock.due_at, clock.name))
    over = sorted(
        (clock for clock in clocks if not clock.is_active),
        key=lambda clock: (clock.ended_at or clock.due_at, clock.name), reverse=True,
    )  # fmt: skip
    return tuple(_shown(clock, calendar, now) for clock in (*still_open, *over))


def _shown(clock: Clock, calendar: CityCalendar, now: datetime) -> ShownClock:
    mark = _mark(clock, calendar, now)
    return ShownClock(
        clock, title(clock.name), mark, _state(clock, mark), due(clock, calendar),
        (*outcome(clock, calendar, now), *provisional(clock)),
        tuple((short_date(one[0]), reason(one)) for one in clock.skipped), tuple(_cells(clock, calendar, now)),
    )  # fmt: skip


def _mark(clock: Clock, calendar: CityCalendar, now: datetime) -> str:
    if clock.is_active and clock.is_late(now):
        return "late"
    if clock.state == RUNNING and local_day(clock.due_at, calendar) == local_day(now, calendar):
        return "soon"
    return clock.state


def _state(clock: Clock, mark: str) -> Sentence:
    if mark == "late":
        return sentence("terlambat")
    if mark == "soon":
        return sentence("jatuh tempo hari ini")
    if clock.state == MET and clock.is_late(clock.due_at):
        return sentence("terpenuhi, terlambat")
    return STATES.get(clock.state, STATES[PAUSED])


def _cells(clock: Clock, calendar: CityCalendar, now: datetime) -> Iterator[Cell]:
    first, last, today = (local_day(at, calendar) for at in (clock.started_at, clock.due_at, now))
    skipped = dict(_days_of(clock.skipped))
    number, cells = 0, list[Cell]()
    for days in range((last - first).days + 1):
        day = first + timedelta(days=days)
        why = skipped.get(day)
        if days == 0 or why is not None:
            sign = "start" if days == 0 else PAUSED_DAY if why and why[1] == PAUSED_DAY else "skipped"
            said = _said(day, why) if days else _start(day)
            cells.append(Cell(day, sign, 0, day == last, day == today, said, _letter(day)))
            continue
        number += 1
        unit = _calendar_day if clock.unit == CALENDAR else _working_day
        cells.append(Cell(day, "counted", number, day == last, day == today, unit(day, number), _letter(day)))
    return iter(cells[-MOST_CELLS:])


def _days_of(skipped: tuple[Skipped, ...]) -> Iterator[tuple[date, Skipped]]:
    for one in skipped:
        day, why, name = one
        last = date.fromisoformat(name) if why == PAUSED_DAY else day
        while day <= last:
            yield day, one
            day += timedelta(days=1)


# Kept, since the days of a year are the same in all deadlines, and a page has a hundred.
@lru_cache(maxsize=8192)
def _start(day: date) -> Sentence:
    return sentence("%(day)s: mulai, tidak dihitung", day=short_date(day))


@lru_cache(maxsize=8192)
def _said(day: date, why: Skipped | None) -> Sentence:
    return sentence("%(day)s: dilewati, %(why)s", day=short_date(day), why=reason(why) if why else "")


@lru_cache(maxsize=8192)
def _working_day(day: date, number: int) -> Sentence:
    return sentence("%(day)s: hari kerja ke-%(number)s", day=short_date(day), number=number)


@lru_cache(maxsize=8192)
def _calendar_day(day: date, number: int) -> Sentence:
    return sentence("%(day)s: hari ke-%(number)s", day=short_date(day), number=number)


def _letter(day: date) -> Sentence:
    return SHORT_DAYS[day.weekday()]
