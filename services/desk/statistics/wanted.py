"""What a page of statistics is asked for: read from an address, and written back into one. Pure.

Whatever is in an address that means nothing is as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from services.desk.people.person import Person
from services.desk.statistics.figure import office_of
from services.desk.statistics.sums import AGENCY, CHANNEL, KECAMATAN, KELURAHAN, KIND

BY = (AGENCY, KIND, KECAMATAN, KELURAHAN, CHANNEL)
COLUMNS = (
    "value", "received", "open", "answer_median", "answer_p90", "close_median", "close_p90", "respond", "settle",
    "reopened", "satisfaction",
)  # fmt: skip
USUAL_MONTHS = 12
MOST_MONTHS = 600
MOST_POINTS = 36
"""A picture of more months than that shows years."""
_MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """`first` and `last` are months, both included. `agency` empty: all. `sort` is a column; with `-` downwards."""

    first: str
    last: str
    agency: str = ""
    by: str = AGENCY
    sort: str = "-received"

    @property
    def months(self) -> list[str]:
        return [month_of(number) for number in range(number_of(self.first), number_of(self.last) + 1)]

    @property
    def by_years(self) -> bool:
        """Whether a picture of it shows years rather than months."""
        return len(self.months) > MOST_POINTS

    def args(self, **changes: str) -> dict[str, str]:
        """For the address of the same page with these changes; an empty value takes one away."""
        kept = {"from": self.first, "to": self.last, "agency": self.agency, "by": self.by, "sort": self.sort}
        return {name: value for name, value in {**kept, **changes}.items() if value}

    def sorting(self, column: str) -> dict[str, str]:
        """For the link at the head of a column: numbers begin with the largest, and once more turns it round."""
        first = column if column == "value" else f"-{column}"
        second = f"-{column}" if column == "value" else column
        return self.args(sort=second if self.sort == first else first)


def read_wanted(given: Callable[[str, int], str], *, month: str, own: str | None) -> Wanted:
    """`given(name, most)` is the query's value, cut; `month` is this one. `own` is the agency of who sees no other."""
    last = _month(given("to", 7)) or month
    first = _month(given("from", 7)) or month_of(number_of(last) - USUAL_MONTHS + 1)
    first, last = sorted((first, last))
    first = max(first, month_of(number_of(last) - MOST_MONTHS + 1))
    agency = given("agency", 170) if own is None else own
    possible = BY if not agency else BY[1:]
    by, sort = given("by", 20), given("sort", 20)
    return Wanted(
        first, last, agency, by if by in possible else possible[0],
        sort if sort.removeprefix("-") in COLUMNS else "-received",
    )  # fmt: skip


def own_office(person: Person) -> str | None:
    """The agency, or the office of a place, whose statistics a person sees; None: of all."""
    if not person.bound_to_agency:
        return None
    return office_of(person.agency, person.kecamatan, person.kelurahan)


def is_month(text: str) -> bool:
    return _MONTH.fullmatch(text) is not None


def parts(months: list[str], clean: Collection[str]) -> Iterator[str]:
    """The periods to be added up for these months, all in a row: whole years where their sums are up to date."""
    known = set(months)
    for month in months:
        year = month[:4]
        if year in clean and f"{year}-01" in known and f"{year}-12" in known:
            if month.endswith("-01"):
                yield year
        else:
            yield month


def number_of(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def month_of(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _month(text: str) -> str:
    return text if is_month(text) else ""
