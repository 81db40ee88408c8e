"""What a page of statistics shows, from the sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.desk.statistics import repository
from services.desk.statistics.figure import Figure
from services.desk.statistics.sums import KIND, Sum
from services.desk.statistics.wanted import Wanted, month_of, number_of, parts

MOST_LATE = 300


@dataclass(frozen=True)
class Line:
    """A value of the dimension that was asked for, or a month or a year; `sum` is what was counted of it."""

    value: str
    sum: Sum


@dataclass(frozen=True)
class Report:
    """`as_of` is when something was summed last, None: never yet."""

    whole: Sum
    lines: Sequence[Line]
    series: Sequence[Line]
    as_of: datetime | None


@dataclass(frozen=True)
class Recap:
    """A month of an agency beside the month before; `late` are at most `MOST_LATE`."""

    month: Sum
    before: Sum
    kinds: Sequence[Line]
    late: Sequence[Figure]
    as_of: datetime | None


def report(connection: Connection, wanted: Wanted, *, confidential: bool) -> Report:
    """`confidential`: whether such cases are counted for who asks."""
    known, months = repository.periods(connection), wanted.months
    periods = list(parts(months, {one for one, clean in known.items() if clean and len(one) == len("2026")}))
    totals = repository.by_period(
        connection, periods if wanted.by_years else months, wanted.agency, confidential=confidential
    )  # fmt: skip
    values = repository.by_value(connection, periods, wanted.agency, wanted.by, confidential=confidential)
    series = {month[:4] if wanted.by_years else month: Sum() for month in months}
    whole = Sum()
    for period, one in totals.items():
        series[period[:4] if wanted.by_years else period].add(one)
        whole.add(one)
    lines = sorted_lines([Line(value, one) for value, one in values.items()], wanted.sort)
    points = [Line(point, one) for point, one in series.items()]
    return Report(whole, lines, points, repository.summed_at(connection))


def recap(connection: Connection, office: str, month: str, *, confidential: bool) -> Recap:
    before = month_of(number_of(month) - 1)
    totals = repository.by_period(connection, [month, before], office, confidential=confidential)
    kinds = repository.by_value(connection, [month], office, KIND, confidential=confidential)
    return Recap(
        totals.get(month, Sum()),
        totals.get(before, Sum()),
        sorted_lines([Line(value, one) for value, one in kinds.items()], "-received"),
        repository.late(connection, month, office, confidential=confidential, most=MOST_LATE),
        repository.summed_at(connection),
    )


MEASURES: dict[str, Callable[[Sum], float | None]] = {
    "received": lambda one: one.received,
    "open": lambda one: one.open,
    "answer_median": lambda one: one.quantile("answer", 0.5),
    "answer_p90": lambda one: one.quantile("answer", 0.9),
    "close_median": lambda one: one.quantile("close", 0.5),
    "close_p90": lambda one: one.quantile("close", 0.9),
    "respond": lambda one: one.respond_share,
    "settle": lambda one: one.settle_share,
    "reopened": lambda one: one.reopened,
    "satisfaction": lambda one: one.satisfaction,
}
"""By the names of the columns."""


def sorted_lines(lines: Sequence[Line], sort: str) -> list[Line]:
    """By a column, with `-` downwards; what has no value there comes last, and equals by name."""
    column, down = sort.removeprefix("-"), sort.startswith("-")
    named = sorted(lines, key=lambda line: line.value)
    if column == "value":
        return named[::-1] if down else named
    measure = MEASURES[column]

    def place(line: Line) -> tuple[bool, Any]:
        found = measure(line.sum)
        return found is None, 0 if found is None else (-found if down else found)

    return sorted(named, key=place)
