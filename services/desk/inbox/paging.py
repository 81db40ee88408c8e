"""Pages of a long list that stay where they are while cases come and go.

A place in a list is the case beside which a page ended, not a number of rows. A list may have several parts, one after
the other: what has a deadline, then what has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from services.desk.inbox.sought import Slot, counts
from services.desk.inbox.wishes import (
    Part,
    Way,
    Wish,
    held,
    how_often,
    looked_up,
    plain,
    reached_beyond,
    together,
    walked_through,
)

WALKED = 1_500
"""So many cases are looked at one by one for words that many complaints have, before the index of words is asked: the
page is full by then, and the index would have to bring all of them together first."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """The rows of a page in their order, and where the pages beside it begin; empty: there is none."""

    rows: Sequence[Any]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Turn:
    """Which page of a wish: the one after or before a place, as `Found` has them; `values` of its parameters.

    `walked`: see `WALKED`.
    """

    after: str = ""
    before: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    walked: int = WALKED


def turn(connection: Connection, wish: Wish, to: Turn, limit: int) -> Found:
    """The page after one place or before another; the first one where that place is none."""
    before = read_place(to.before, wish.parts)
    if before is not None:
        found = _collect(connection, wish, to, before, limit + 1, back=True)
        if len(found) > limit:
            shown = list(reversed(found[:limit]))
            return Found([row for _, row in shown], _place_of(*shown[-1]), _place_of(*shown[0]))
        before = None  # less than a page is left before it: that is the first page
    after = read_place(to.after, wish.parts)
    found = _collect(connection, wish, to, after, limit + 1, back=False)
    shown = found[:limit]
    following = _place_of(*shown[-1]) if len(found) > limit else ""
    earlier = _place_of(*shown[0]) if shown and after is not None else ""
    return Found([row for _, row in shown], following, earlier)


def _place_of(part: Part, row: Any) -> str:
    return str(Place(part.name, row.at, row.complaint_id))


def read_place(text: str, parts: Sequence[Part]) -> Place | None:
    """None for whatever is no place in this list: people edit addresses, and then see the first page."""
    name, _, rest = text.partition(".")
    microseconds, _, complaint_id = rest.partition(".")
    if name not in {part.name for part in parts} or not complaint_id:
        return None
    if not (microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 17):
        return None
    return Place(name, _EPOCH + timedelta(microseconds=int(microseconds)), complaint_id)


def _collect(
    connection: Connection, wish: Wish, to: Turn, place: Place | None, limit: int, *, back: bool
) -> list[tuple[Part, Any]]:  # fmt: skip
    """Through the parts from the place on, forwards or backwards, until there are enough."""
    parts = list(reversed(wish.parts)) if back else list(wish.parts)
    if place is not None:
        names = [part.name for part in parts]
        parts = parts[names.index(place.part) :]
    ways = tuple(
        Way(part, part.falls is not back, place is not None and place.part == part.name, limit, to.walked)
        for part in parts
    )
    there = {"place_at": place.at, "place_id": place.complaint_id} if place else {}
    if wish.is_plain and len({way.falls for way in ways}) == 1:
        rows = connection.execute(wish.statement(together, ways), {**to.values, **there}).all()
        return [(ways[row.part].part, row) for row in rows[:limit]]
    found: list[tuple[Part, Any]] = []
    for way in ways:
        rows = _rows(connection, wish, way, {**to.values, **(there if way.placed else {})})
        found += [(way.part, row) for row in rows[: limit - len(found)]]
        if len(found) >= limit:
            break
    return found


def _rows(connection: Connection, wish: Wish, way: Way, values: Mapping[str, Any]) -> Sequence[Any]:
    """With a search for common words some cases are walked through first; other words are looked up."""
    if not wish.sought:
        return connection.execute(wish.statement(plain, way), values).all()
    must = wish.sought.wanted_slots
    if not must and not wish.sought.has_part:  # only words that must not be there: nearly every case is one
        return connection.execute(wish.statement(held, way), values).all()
    lead = None
    if must and connection.dialect.name == "postgresql":
        rarest, share = _rarest(connection, wish, must, values)
        if share * way.walked >= way.most:
            rows = connection.execute(wish.statement(walked_through, way), values).all()
            if len(rows) == way.most or connection.execute(wish.statement(reached_beyond, way), values).first() is None:
                return rows
        # To bring together all that hold a common word, only to leave out nearly all of them by another, takes seconds.
        lead = rarest if len(must) > 1 and not wish.sought.has_part else None
    return connection.execute(wish.statement(looked_up, way, lead), values).all()


def _rarest(
    connection: Connection, wish: Wish, must: Sequence[Slot], values: Mapping[str, Any]
) -> tuple[Slot, float]:  # fmt: skip
    """Of the words that must be there, and the share of texts that may hold it. One that is also the name of a place is
    taken for common."""
    each, of_all = counts(connection.execute(wish.statement(how_often), values).scalar_one())
    found = [of_all if slot.places else number for slot, number in zip(must, each, strict=True)]
    place = min(range(len(found)), key=found.__getitem__)
    return must[place], found[place] / max(1, of_all)
