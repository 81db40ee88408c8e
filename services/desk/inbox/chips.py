"""When a case is due, in as few words as a list has room for. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.desk.cases.machine import ANSWERED, REFERRED, SETTLED, WAITING
from services.desk.deadlines.counting import local_day, working_days_between
from services.desk.deadlines.telling import MONTHS, short_date
from shared.city_calendar import CityCalendar
from shared.sentences import sentence

_DAYS_BY_NAME = 6


@dataclass(frozen=True)
class Chip:
    """`mark` is one word for its looks: `late`, `soon`, `running`, `paused`."""

    mark: str
    words: str


def chip(state: str, due_at: datetime | None, calendar: CityCalendar, now: datetime) -> Chip | None:
    """None where nothing runs: the case is settled, or it was answered and nobody waits for the city."""
    if due_at is None:
        return _REST.get(state)
    if state in SETTLED:
        return None
    if due_at < now:
        return _late(working_days_between(due_at, now, calendar))
    return _coming(due_at, calendar, now)


_REST = {
    WAITING: Chip("paused", sentence("tenggat dijeda: menunggu pelapor")),
    REFERRED: Chip("paused", sentence("tenggat dijeda: di badan luar")),
    ANSWERED: Chip("running", sentence("sudah dijawab")),
}


def _late(days: int) -> Chip:
    if not days:
        return Chip("late", sentence("terlambat"))
    return Chip("late", sentence("terlambat %(days)s hari kerja", days=days))


def _coming(due_at: datetime, calendar: CityCalendar, now: datetime) -> Chip:
    day, local = local_day(due_at, calendar), due_at.astimezone(ZoneInfo(calendar.timezone))
    hour = f"{local:%H}.{local:%M}"
    away = (day - local_day(now, calendar)).days
    if away == 0:
        return Chip("soon", sentence("jatuh tempo hari ini %(hour)s", hour=hour))
    if away == 1:
        return Chip("soon", sentence("jatuh tempo besok %(hour)s", hour=hour))
    if away <= _DAYS_BY_NAME:
        return Chip("running", sentence("jatuh tempo %(day)s", day=short_date(day)))
    month = MONTHS[day.month - 1]
    return Chip("running", sentence("jatuh tempo %(day)s %(month)s", day=str(day.day), month=month))
