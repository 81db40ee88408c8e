"""Cases that may be about the same matter: near each other in place and time, with words in common."""

from __future__ import annotations

import math
import sys
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, tuple_

from services.desk.cases.case import Case
from services.desk.inbox.conditions import IS_OPEN, IS_REPORT
from services.desk.inbox.words import in_common, long_words, telling_words
from services.desk.tables import case_contents, cases
from shared.observability.masking import mask

NEAR_METRES = 150.0
WITHIN = timedelta(days=30)
MOST_LIKES = 3
_METRES_OF_DEGREE = 111_320.0
_MOST_ROWS = 200
_MOST_KNOWN = 20_000
_READ_SIGNS = 600
_LEAST_SHARED, _MOST_WORDS = 2, 4


@dataclass(frozen=True)
class Like:
    """Another open case. `metres` is None when one of the two has no point on the map; it is of the same kelurahan
    then, and with the same agency or with none."""

    ticket: str
    agency: str | None
    received_at: datetime
    metres: int | None
    words: tuple[str, ...]


class KnownWords:
    """The telling part of the texts that pages have compared, kept for the next ones. For all threads of a process.

    A later version of a text is read anew. What is kept of one that was deleted since is never looked at: a case
    without its report is no candidate.
    """

    def __init__(self, most: int = _MOST_KNOWN) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int], tuple[str, ...]] = OrderedDict()

    def of(self, connection: Connection, versions: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """By the id of the case, of which the version is given; read by one question where some are not known."""
        with self._lock:
            found = {one: self._known[key] for one in versions if (key := (one, versions[one])) in self._known}
            for one in found:
                self._known.move_to_end((one, versions[one]))
        if unknown := sorted(versions.keys() - found.keys()):
            fresh = {one: _kept(masked) for one, masked in connection.execute(_MASKED, {"ids": unknown}).all()}
            found |= fresh
            self._keep({(one, versions[one]): words for one, words in fresh.items()})
        return found

    def _keep(self, fresh: Mapping[tuple[str, int], tuple[str, ...]]) -> None:
        with self._lock:
            self._known |= fresh
            while len(self._known) > self._most:
                self._known.popitem(last=False)


def _kept(masked: str) -> tuple[str, ...]:
    """One copy of each word for all texts."""
    return tuple(sys.intern(word) for word in telling_words(long_words(masked)))


def like_these(
    connection: Connection, waiting: Sequence[Case], known: KnownWords, now: datetime
) -> dict[str, list[Like]]:
    """For each of them, by its id, the most alike first. Three questions for the whole page at most.

    Confidential cases neither get nor are any: nobody may learn of one by another.
    """
    asked = [case for case in waiting if case.identity != "confidential" and case.text]
    rows = {row.complaint_id: row for row in _candidates(connection, asked, now - WITHIN)}
    around = _Around(rows.values())
    near = {case.complaint_id: list(around.of(case)) for case in asked}
    compared = {row.complaint_id: row.router_revision for rows_near in near.values() for row, _ in rows_near}
    words = known.of(connection, compared)
    found: dict[str, list[Like]] = {case.complaint_id: [] for case in waiting}
    for case in asked:
        own = telling_words(long_words(mask(case.text or "")[:_READ_SIGNS]))
        pairs = [
            pair for row, metres in near[case.complaint_id]
            if (pair := _pair(row, metres, own.intersection(words.get(row.complaint_id, ())))) is not None
        ]  # fmt: skip
        found[case.complaint_id] = [pair.like() for pair in nsmallest(MOST_LIKES, pairs, key=_most_alike)]
    return found


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Of two points that are near each other: latitude, longitude in degrees."""
    north = (one[0] - other[0]) * _METRES_OF_DEGREE
    east = (one[1] - other[1]) * _METRES_OF_DEGREE * math.cos(math.radians(one[0]))
    return math.hypot(north, east)


def _candidates(connection: Connection, waiting: Sequence[Case], since: datetime) -> Iterator[Any]:
    placed = [case for case in waiting if case.kelurahan]
    points = [_box(case.latitude, case.longitude) for case in waiting if None not in (case.latitude, case.longitude)]
    if placed:
        names = sorted({case.kelurahan for case in placed if case.kelurahan})
        pairs = sorted({(case.kelurahan, suggested) for case in placed if (suggested := case.suggested)})
        yield from connection.execute(_IN_PLACES, {"since": since, "names": names, "pairs": pairs}).all()
    if points:
        asked = {f"{name}{number}": degrees for number, box in enumerate(points) for name, degrees in box.items()}
        yield from connection.execute(_at_points(len(points)), {"since": since, **asked}).all()


def _box(latitude: Any, longitude: Any) -> dict[str, float]:
    north = NEAR_METRES / _METRES_OF_DEGREE
    east = north / max(0.1, math.cos(math.radians(latitude)))
    return {"south": latitude - north, "north": latitude + north, "west": longitude - east, "east": longitude + east}


def _that(condition: ColumnElement[bool]) -> Select[Any]:
    """The newest first, of those whose report is still there."""
    names = ("complaint_id", "router_revision", "ticket", "agency", "kelurahan", "latitude", "longitude", "received_at")
    recent = cases.c.received_at >= bindparam("since"), cases.c.identity != "confidential"
    newest = select(*(cases.c[name] for name in names)).where(IS_OPEN, condition, *recent)
    found = newest.order_by(cases.c.received_at.desc()).limit(_MOST_ROWS).subquery("found")
    report = and_(case_contents.c.complaint_id == found.c.complaint_id, IS_REPORT)
    return select(*found.c).join_from(found, case_contents, report).order_by(found.c.received_at.desc())


# Built once, as building a statement costs more than running it.
_IN_PLACES = _that(or_(
    and_(cases.c.kelurahan.in_(bindparam("names", expanding=True)), cases.c.agency.is_(None)),
    tuple_(cases.c.kelurahan, cases.c.agency).in_(bindparam("pairs", expanding=True)),
))  # fmt: skip


_MASKED = select(
    case_contents.c.complaint_id, func.substr(case_contents.c.masked, 1, _READ_SIGNS)
).where(case_contents.c.complaint_id.in_(bindparam("ids", expanding=True)), IS_REPORT)  # fmt: skip


@lru_cache(maxsize=100)
def _at_points(number: int) -> Select[Any]:
    boxes = (
        and_(
            cases.c.latitude.between(bindparam(f"south{one}"), bindparam(f"north{one}")),
            cases.c.longitude.between(bindparam(f"west{one}"), bindparam(f"east{one}")),
        )
        for one in range(number)
    )
    return _that(and_(cases.c.latitude.is_not(None), or_(*boxes)))


@dataclass(frozen=True)
class _Pair:
    row: Any
    metres: int | None
    common: frozenset[str]

    def like(self) -> Like:
        row, words = self.row, in_common(self.common)
        return Like(row.ticket, row.agency, row.received_at, self.metres, tuple(words[:_MOST_WORDS]))


def _pair(row: Any, metres: int | None, common: frozenset[str]) -> _Pair | None:
    """None when the two have too few words in common."""
    return _Pair(row, metres, common) if len(common) >= (_LEAST_SHARED if metres is None else 1) else None


class _Around:
    """The candidates of a page by where they are: most pairs are far apart, and nobody need look at those."""

    def __init__(self, rows: Iterable[Any]) -> None:
        placed: dict[str, list[Any]] = {}
        points = list[Any]()
        for row in rows:
            placed.setdefault(row.kelurahan or "", []).append(row)
            if row.latitude is not None and row.longitude is not None:
                points.append(row)
        self._placed = placed
        self._points = sorted(points, key=_latitude)

    def of(self, case: Case) -> Iterator[tuple[Any, int | None]]:
        """Those near its point, with their metres, and those without a point, or all if it has none, of its place."""
        has_point = case.latitude is not None and case.longitude is not None
        for row in self._beside(case.latitude or 0) if has_point else ():
            metres = round(metres_between((case.latitude or 0, case.longitude or 0), (row.latitude, row.longitude)))
            if metres <= NEAR_METRES and row.complaint_id != case.complaint_id:
                yield row, metres
        suggested = case.suggested
        for row in self._placed.get(case.kelurahan, ()) if case.kelurahan else ():
            is_measured = has_point and row.latitude is not None and row.longitude is not None
            if not is_measured and row.agency in (None, suggested) and row.complaint_id != case.complaint_id:
                yield row, None

    def _beside(self, latitude: float) -> Sequence[Any]:
        reach = 1.1 * NEAR_METRES / _METRES_OF_DEGREE
        first = bisect_left(self._points, latitude - reach, key=_latitude)
        return self._points[first : bisect_right(self._points, latitude + reach, key=_latitude)]


def _latitude(row: Any) -> float:
    return float(row.latitude)


def _most_alike(pair: _Pair) -> tuple[int, int, float]:
    metres = pair.metres if pair.metres is not None else round(NEAR_METRES)
    return -min(len(pair.common), _MOST_WORDS), metres, -pair.row.received_at.timestamp()
