"""Which cases an export is asked for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.errors import Refused
from shared.sentences import sentence

ANY, WITH, WITHOUT = "", "with", "without"
NUMBERS = (ANY, WITH, WITHOUT)
USUAL_DAYS = 30
CSV, JSON = "csv", "json"
FORMATS = (CSV, JSON)

NO_DATE = sentence("Tanggal ini tidak dapat dibaca. Contoh yang benar: 2026-11-24.")
TURNED = sentence("Tanggal akhir mendahului tanggal awal.")


@dataclass(frozen=True)
class Wanted:
    """Cases received from the first day to the last, both with them, by the city's clock. `agency` empty: all."""

    first: date
    last: date
    agency: str = ""
    number: str = ANY
    """Whether it has a number of SP4N-LAPOR!."""

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From this moment on, and before that one."""
        start = datetime.combine(self.first, time.min, zone)
        return start, datetime.combine(self.last + timedelta(days=1), time.min, zone)

    def as_dict(self) -> dict[str, str]:
        """For the audit, and for the forms and links that ask for the same again."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "agency": self.agency, "sp4n": self.number}


def read_wanted(given: Mapping[str, Any], today: date) -> Wanted:
    """Of texts by name (`from`, `to`, `agency`, `sp4n`); without dates the last 30 days.

    Raises `Refused` with a sentence for each field.
    """
    problems: dict[str, str] = {}
    last = _day(given, "to", today, problems)
    first = _day(given, "from", last - timedelta(days=USUAL_DAYS - 1), problems)
    if first > last and not problems:
        problems["to"] = TURNED
    if problems:
        raise Refused(" ".join(dict.fromkeys(problems.values())), code="invalid_fields", fields=problems)
    number = str(given.get("sp4n", ""))
    return Wanted(first, last, str(given.get("agency", ""))[:64], number if number in NUMBERS else ANY)


def _day(given: Mapping[str, Any], name: str, usual: date, problems: dict[str, str]) -> date:
    text = str(given.get(name) or "").strip()
    if not text:
        return usual
    try:
        day = date.fromisoformat(text)
        return min(max(day, date(2000, 1, 1)), date(2200, 1, 1))  # what lies beyond has no cases, and no midnight
    except ValueError:
        problems[name] = NO_DATE
        return usual
