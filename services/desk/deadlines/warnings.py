"""What an operator should know about the calendars. Pure."""

from __future__ import annotations

from datetime import datetime

from services.desk.deadlines.counting import local_day
from shared.city_calendar import CityCalendar

_LOOKS_AHEAD_FROM_MONTH = 10
"""From October on, deadlines of sixty working days reach into the next year."""


def calendar_warnings(calendar: CityCalendar, now: datetime) -> list[str]:
    """Sentences for the readiness page: years without a calendar, and one in use that nobody reviewed."""
    today = local_day(now, calendar)
    years = [today.year, today.year + 1] if today.month >= _LOOKS_AHEAD_FROM_MONTH else [today.year]
    found = [
        f"there is no calendar for {year}, deadlines in it are provisional: tanggap pack calendar {year}"
        for year in years
        if year not in calendar.years
    ]
    found += [
        f"the calendar of {year} has not been reviewed: compare it with the decree, then set reviewed: true"
        for year in years
        if year in calendar.years and not calendar.years[year].reviewed
    ]
    return found
