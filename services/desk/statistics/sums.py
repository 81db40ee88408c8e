"""Figures added up, by what people ask for. Pure: a sum is always that of the figures, never changed by a difference.

A sum is of a scope (all agencies, or one) and of a value of a dimension in it. There is one with confidential cases
and one without, for whoever is not to know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.desk.cases import machine
from services.desk.statistics import spans
from services.desk.statistics.figure import Figure
from services.desk.statistics.spans import Spans

TOTAL, AGENCY, KIND, KECAMATAN, KELURAHAN, CHANNEL = "total", "agency", "kind", "kecamatan", "kelurahan", "channel"
ALL = ""
"""The scope of all agencies."""


@dataclass(slots=True)
class Sum:
    """How many: `reopened` counts cases, however often each was; `rated` ratings make `scores` together."""

    received: int = 0
    answered: int = 0
    closed: int = 0
    archived: int = 0
    withdrawn: int = 0
    respond_met: int = 0
    respond_late: int = 0
    settle_met: int = 0
    settle_late: int = 0
    reopened: int = 0
    rated: int = 0
    scores: int = 0
    answer_spans: Spans = field(default_factory=dict)
    close_spans: Spans = field(default_factory=dict)

    @property
    def open(self) -> int:
        return self.received - self.closed - self.archived - self.withdrawn

    @property
    def respond_share(self) -> float | None:
        """Of those whose first deadline is over: how many were acknowledged before it, from 0 to 1."""
        return share(self.respond_met, self.respond_met + self.respond_late)

    @property
    def settle_share(self) -> float | None:
        """Of those whose deadline for an answer is over, from 0 to 1."""
        return share(self.settle_met, self.settle_met + self.settle_late)

    @property
    def satisfaction(self) -> float | None:
        """The mean rating, from 1 to 5."""
        return share(self.scores, self.rated)

    def quantile(self, what: str, of: float) -> int | None:
        """Seconds to the first `answer`, or to the `close`."""
        return spans.quantile(self.answer_spans if what == "answer" else self.close_spans, of)

    def add(self, more: Sum) -> None:
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(more, name))
        spans.add(self.answer_spans, more.answer_spans)
        spans.add(self.close_spans, more.close_spans)


NUMBERS = tuple(name for name in Sum.__dataclass_fields__ if not name.endswith("_spans"))


class Key(NamedTuple):
    """`confidential`: with those cases; else without them."""

    scope: str
    dimension: str
    value: str
    confidential: bool


Sums = dict[Key, Sum]

VALUES: Mapping[str, Callable[[Figure], str]] = {
    TOTAL: lambda one: "",
    AGENCY: lambda one: one.office,
    KIND: lambda one: one.kind,
    KECAMATAN: lambda one: one.kecamatan,
    KELURAHAN: lambda one: one.kelurahan,
    CHANNEL: lambda one: one.channel,
}
DIMENSIONS = tuple(VALUES)


def summed(figures: Iterable[Figure]) -> Sums:
    found: Sums = {}
    for one in figures:
        alone = sum_of(one)
        told = [(name, number) for name in NUMBERS if (number := getattr(alone, name))]
        for key in keys_of(one):
            into = found.get(key)
            if into is None:
                into = found[key] = Sum()
            for name, number in told:
                setattr(into, name, getattr(into, name) + number)
            spans.add(into.answer_spans, alone.answer_spans)
            spans.add(into.close_spans, alone.close_spans)
    return found


def sum_of(one: Figure) -> Sum:
    """What one case adds."""
    return Sum(
        **{name: int(holds) for name, holds in _counted(one)},
        scores=one.rating or 0,
        answer_spans=spans.spans_of([] if one.answer_seconds is None else [one.answer_seconds]),
        close_spans=spans.spans_of([] if one.close_seconds is None else [one.close_seconds]),
    )


def added(several: Iterable[Sums]) -> Sums:
    found: Sums = {}
    for sums in several:
        for key, one in sums.items():
            found.setdefault(key, Sum()).add(one)
    return found


def keys_of(one: Figure) -> list[Key]:
    """Every sum in which a case is counted. An office of a place counts for its place and for all of its name."""
    values = [(dimension, value(one)) for dimension, value in VALUES.items()]
    places = [(ALL, dimension, value) for dimension, value in values]
    for scope in {one.agency, one.office} - {ALL}:
        places += [(scope, dimension, value) for dimension, value in values if dimension != AGENCY]
    return [Key(*place, confidential) for place in places for confidential in {True, one.confidential}]


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _counted(one: Figure) -> tuple[tuple[str, bool], ...]:
    return (
        ("received", True),
        ("answered", one.answer_seconds is not None),
        ("closed", one.state == machine.CLOSED),
        ("archived", one.state == machine.ARCHIVED),
        ("withdrawn", one.state == machine.WITHDRAWN),
        ("respond_met", one.respond_in_time is True),
        ("respond_late", one.respond_in_time is False),
        ("settle_met", one.settle_in_time is True),
        ("settle_late", one.settle_in_time is False),
        ("reopened", one.reopened > 0),
        ("rated", one.rating is not None),
    )
