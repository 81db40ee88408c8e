"""Pages of a long list that stay where they are while cases come and go.

A place in a list is the case beside which a page ended, not a number of rows. A list may have several parts, one after
the other: what has a deadline, then what has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from services.desk.inbox.conditions import Sought
from services.desk.tables import cases

WALKED = 1_500
"""So many cases are looked at one by one for the words of a search, before the index of words is asked: of words that
many complaints have the page is full by then, and the index would have to bring all of them together first."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """A part of a list, in the order of one moment of the case. `name` stands for it in addresses."""

    name: str
    by: ColumnElement[datetime]
    where: tuple[ColumnElement[bool], ...] = ()
    falls: bool = False


@dataclass(frozen=True)
class Place:
    """Beside a case: where a page ends or begins."""

    part: str
    at: datetime
    complaint_id: str

    def __str__(self) -> str:
        return f"{self.part}.{(self.at - _EPOCH) // timedelta(microseconds=1)}.{self.complaint_id}"


@dataclass(frozen=True)
class Found:
    """The ids of a page in their order, and where the pages beside it begin; empty: there is none."""

    ids: list[str]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Wish:
    """Which cases, in which parts; `within` holds for all of them. `walked`: see `WALKED`."""

    parts: Sequence[Part]
    within: Sequence[ColumnElement[bool]]
    sought: Sought | None = None
    after: str = ""
    before: str = ""
    walked: int = WALKED


def turn(connection: Connection, wish: Wish, limit: int) -> Found:
    """The page after one place or before another; the first one where that place is none."""
    before = read_place(wish.before, wish.parts)
    if before is not None:
        places = _collect(connection, wish, before, limit + 1, back=True)
        if len(places) > limit:
            kept = list(reversed(places[:limit]))
            return Found([one.complaint_id for one in kept], str(kept[-1]), str(kept[0]))
        before = None  # less than a page is left before it: that is the first page
    after = read_place(wish.after, wish.parts)
    places = _collect(connection, wish, after, limit + 1, back=False)
    kept = places[:limit]
    following = str(kept[-1]) if len(places) > limit else ""
    earlier = str(kept[0]) if kept and after is not None else ""
    return Found([one.complaint_id for one in kept], following, earlier)


def read_place(text: str, parts: Sequence[Part]) -> Place | None:
    """None for whatever is no place in this list: people edit addresses, and then see the first page."""
    name, _, rest = text.partition(".")
    microseconds, _, complaint_id = rest.partition(".")
    if name not in {part.name for part in parts} or not complaint_id:
        return None
    if not (microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 17):
        return None
    return Place(name, _EPOCH + timedelta(microseconds=int(microseconds)), complaint_id)


def _collect(connection: Connection, wish: Wish, place: Place | None, limit: int, *, back: bool) -> list[Place]:
    """Through the parts from the place on, forwards or backwards, until there are enough."""
    parts = list(reversed(wish.parts)) if back else list(wish.parts)
    if place is not None:
        names = [part.name for part in parts]
        parts = parts[names.index(place.part) :]
    found: list[Place] = []
    for part in parts:
        beside = place if place is not None and place.part == part.name else None
        rows = _rows(connection, wish, part, beside, limit - len(found), back=back)
        found += [Place(part.name, row.at, row.complaint_id) for row in rows]
        if len(found) >= limit:
            break
    return found


def _rows(
    connection: Connection, wish: Wish, part: Part, place: Place | None, limit: int, *, back: bool
) -> Sequence[Any]:  # fmt: skip
    falls = part.falls is not back
    key = tuple_(part.by, cases.c.complaint_id)
    statement = select(cases.c.complaint_id, part.by.label("at")).where(*wish.within, *part.where)
    if place is not None:
        there = tuple_(place.at, place.complaint_id)
        statement = statement.where(key < there if falls else key > there)
    ordered = _ordered(statement, part.by, cases.c.complaint_id, falls=falls)
    if not wish.sought:
        return connection.execute(ordered.limit(limit)).all()
    return _searched(connection, wish, statement, part, limit, falls=falls)


def _searched(
    connection: Connection, wish: Wish, statement: Select[Any], part: Part, limit: int, *, falls: bool
) -> Sequence[Any]:  # fmt: skip
    """First some cases are walked through; what is too rare for that is looked up by its words."""
    assert wish.sought is not None
    sought, ordered = wish.sought, _ordered(statement, part.by, cases.c.complaint_id, falls=falls)
    found = sought.found()
    if found is None:  # only words that must not be there: nearly every case is one
        return connection.execute(ordered.where(sought.holds()).limit(limit)).all()
    if connection.dialect.name == "postgresql":
        walked = ordered.limit(wish.walked).subquery("walked")
        some = select(cases.c.complaint_id, walked.c.at).join(walked, walked.c.complaint_id == cases.c.complaint_id)
        some = _ordered(some.where(sought.holds()), walked.c.at, walked.c.complaint_id, falls=falls).limit(limit)
        rows = connection.execute(some).all()
        if len(rows) == limit:
            return rows
        rarest = _rarest(connection, sought, walked).found()
        found = found if rarest is None else rarest
    words = found.cte("words").prefix_with("MATERIALIZED")
    statement = statement.join(words, words.c.complaint_id == cases.c.complaint_id).where(sought.holds())
    return connection.execute(_ordered(statement, part.by, cases.c.complaint_id, falls=falls).limit(limit)).all()


def _rarest(connection: Connection, sought: Sought, walked: Any) -> Sought:
    """The search by its rarest word alone, as far as the cases that were walked through tell: to bring together all
    that hold a common word, only to leave out nearly all of them again, takes seconds."""
    terms = sought.wanted_terms
    if len(terms) < 2 or sought.ticket_part:
        return sought
    asked = [func.count().filter(sought.led_by(term).holds()) for term in terms]
    joined = select(*asked).select_from(cases).join(walked, walked.c.complaint_id == cases.c.complaint_id)
    numbers = connection.execute(joined).one()
    return sought.led_by(terms[min(range(len(terms)), key=lambda place: numbers[place])])


def _ordered(statement: Select[Any], *columns: ColumnElement[Any], falls: bool) -> Select[Any]:
    return statement.order_by(*(column.desc() if falls else column.asc() for column in columns))
