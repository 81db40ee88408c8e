"""What a page of a list asks the database, as statements that are built once for all lists of a shape.

Building one costs more than running it. What differs between lists of a shape (words, numbers, moments, places) are
parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Select,
    String,
    Subquery,
    TextClause,
    bindparam,
    literal_column,
    select,
    tuple_,
    union_all,
)

from services.desk.inbox.sought import Slot, Sought
from services.desk.tables import cases

_Built = TypeVar("_Built", bound=Executable)


@dataclass(frozen=True)
class Part:
    """A part of a list, in the order of one moment of the case. `name` stands for it in addresses."""

    name: str
    by: ColumnElement[datetime]
    where: tuple[ColumnElement[bool], ...] = ()
    falls: bool = False


@dataclass(frozen=True)
class Wish:
    """Which cases, in which parts; `within` holds for all of them.

    `columns` of the case come with its `complaint_id` and the moment `at` of its part; `dress` may join more to the
    statement that finds them, in any order. A wish is made once for all lists of its shape, and keeps its statements:
    one is sooner run than built. What differs between them are parameters.
    """

    parts: Sequence[Part]
    within: Sequence[ColumnElement[bool]]
    sought: Sought | None = None
    columns: Sequence[ColumnElement[Any]] = ()
    dress: Callable[[Subquery], Select[Any]] | None = None
    kept: dict[tuple[Any, ...], Any] = field(default_factory=dict, repr=False)

    @property
    def is_plain(self) -> bool:
        """Nothing is sought, and nothing joined: a part costs next to nothing then."""
        return self.sought is None and self.dress is None

    def statement(self, build: Callable[..., _Built], *how: Any) -> _Built:
        """What `build` makes for this wish, made at the first time."""
        key = build, *how
        if key not in self.kept:
            self.kept[key] = build(self, *how)
        built: _Built = self.kept[key]
        return built


@dataclass(frozen=True)
class Way:
    """Through a part of a list: `falls` says in which direction, `placed` that it begins beside a case, `most` how far.

    The numbers are written out: of a parameter PostgreSQL expects a tenth of all cases, and gets ready for that.
    """

    part: Part
    falls: bool
    placed: bool
    most: int
    walked: int


def plain(wish: Wish, way: Way) -> Select[Any]:
    return _dressed(wish, way, _first(_from(wish, way), way))


def together(wish: Wish, ways: Sequence[Way]) -> Select[Any]:
    """Through several parts at once, all in the same direction: their rows one part after the other, with the number of
    their way as `part`. Looking into a part in vain costs less than asking twice."""
    found = [
        _first(_from(wish, way), way).add_columns(_number(number).label("part")).subquery()
        for number, way in enumerate(ways)
    ]
    whole = union_all(*(select(*one.c) for one in found)).subquery("whole")
    ordered = select(*whole.c).order_by(whole.c.part)
    return _ordered(ordered, whole.c.at, whole.c.complaint_id, falls=ways[0].falls)


def held(wish: Wish, way: Way) -> Select[Any]:
    return _dressed(wish, way, _first(_from(wish, way).where(_sought(wish).holds()), way))


def walked_through(wish: Wish, way: Way) -> Select[Any]:
    walked = _walk(wish, way)
    some = select(cases.c.complaint_id, walked.c.at, *wish.columns).where(_sought(wish).holds())
    some = some.join(walked, walked.c.complaint_id == cases.c.complaint_id)
    found = _ordered(some, walked.c.at, walked.c.complaint_id, falls=way.falls).limit(_number(way.most))
    return _dressed(wish, way, found)


def reached_beyond(wish: Wish, way: Way) -> Select[Any]:
    """A row if there are more cases than were walked through."""
    few = _from(wish, way).with_only_columns(cases.c.complaint_id)
    ordered = _ordered(few, way.part.by, cases.c.complaint_id, falls=way.falls)
    return ordered.offset(_number(way.walked)).limit(_number(1))


def how_often(wish: Wish) -> TextClause:
    """See `Sought.how_often`."""
    return _sought(wish).how_often()


def looked_up(wish: Wish, way: Way, lead: Slot | None) -> Select[Any]:
    """By all words that must be there, or by the one that leads."""
    sought = _sought(wish)
    found = (sought if lead is None else sought.led_by(lead)).found()
    assert found is not None
    words = found.cte("words").prefix_with("MATERIALIZED")
    statement = _from(wish, way).join(words, words.c.complaint_id == cases.c.complaint_id).where(sought.holds())
    return _dressed(wish, way, _first(statement, way))


def _sought(wish: Wish) -> Sought:
    assert wish.sought is not None
    return wish.sought


def _from(wish: Wish, way: Way) -> Select[Any]:
    """All behind the place, in no order."""
    part = way.part
    statement = select(cases.c.complaint_id, part.by.label("at"), *wish.columns).where(*wish.within, *part.where)
    if not way.placed:
        return statement
    there = tuple_(bindparam("place_at", type_=cases.c.received_at.type), bindparam("place_id", type_=String))
    key = tuple_(part.by, cases.c.complaint_id)
    return statement.where(key < there if way.falls else key > there)


def _walk(wish: Wish, way: Way) -> Subquery:
    few = _from(wish, way).with_only_columns(cases.c.complaint_id, way.part.by.label("at"))
    ordered = _ordered(few, way.part.by, cases.c.complaint_id, falls=way.falls)
    return ordered.limit(_number(way.walked)).subquery("walked")


def _first(statement: Select[Any], way: Way) -> Select[Any]:
    ordered = _ordered(statement, way.part.by, cases.c.complaint_id, falls=way.falls)
    return ordered.limit(_number(way.most))


def _dressed(wish: Wish, way: Way, found: Select[Any]) -> Select[Any]:
    """What is joined comes after the page has been found, and so for its rows alone."""
    if wish.dress is None:
        return found
    page = found.subquery("found")
    return _ordered(wish.dress(page), page.c.at, page.c.complaint_id, falls=way.falls)


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


def _ordered(statement: Select[Any], *columns: ColumnElement[Any], falls: bool) -> Select[Any]:
    return statement.order_by(*(column.desc() if falls else column.asc() for column in columns))
