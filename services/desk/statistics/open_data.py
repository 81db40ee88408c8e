"""The numbers of a month that everybody may see: made once, when the month is over. Pure.

Confidential complaints are in none of them. Each dimension is a table of its values by kind; all tables have the totals
of the kinds in common, so those are decided first, and when one of them may not show no kinds show at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from services.desk.statistics.figure import Figure
from services.desk.statistics.sums import AGENCY, CHANNEL, KECAMATAN, TOTAL
from services.desk.statistics.suppression import LEAST, Table, hidden_in
from shared.contracts.statistics import PublicCount, StatisticsPublished

DIMENSIONS = (AGENCY, KECAMATAN, CHANNEL)
"""Names of fields of a figure. All offices of places together are one agency: they would tell the place as well."""
ALL = "all"
"""The one column of a table without kinds."""

Name = Callable[[str, str], str]
"""What the value of a dimension is called in public."""


def published(month: str, figures: Iterable[Figure], name: Name, now: datetime) -> StatisticsPublished:
    counted = [one for one in figures if not one.confidential]
    return StatisticsPublished(month=month, counts=list(_counts(counted, name)), counted_at=now)


def tables(figures: Iterable[Figure]) -> dict[str, Table]:
    """By dimension; none when there are less than five in all."""
    counted = list(figures)
    if len(counted) < LEAST:
        return {}
    kinds = sorted({one.kind for one in counted})
    with_kinds = all(sum(one.kind == kind for one in counted) >= LEAST for kind in kinds)
    return {dimension: _table(counted, dimension, kinds if with_kinds else [ALL]) for dimension in DIMENSIONS}


def fixed_of(table: Table) -> frozenset[tuple[str | None, str | None]]:
    """The totals that all tables have in common: they show."""
    return frozenset((None, column) for column in (*table.columns, None))


def _counts(counted: list[Figure], name: Name) -> Iterator[PublicCount]:
    for place, (dimension, table) in enumerate(tables(counted).items()):
        hidden = hidden_in(table, fixed_of(table))
        for (row, column), number in table.numbers.items():
            if (row, column) in hidden or column == ALL or (row is None and place):
                continue
            kind = column or ""
            if row is None:
                yield PublicCount(TOTAL, "", "", kind, number)
            else:
                yield PublicCount(dimension, row, name(dimension, row), kind, number)


def _table(counted: list[Figure], dimension: str, columns: list[str]) -> Table:
    inner: dict[tuple[str, str], int] = {}
    for one in counted:
        key = getattr(one, dimension), one.kind if one.kind in columns else ALL
        inner[key] = inner.get(key, 0) + 1
    return Table(tuple(sorted({row for row, _ in inner})), tuple(columns), inner)
