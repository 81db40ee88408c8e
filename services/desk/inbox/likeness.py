"""Cases that may be about the same matter: near each other in place and time, with words in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_

from services.desk.cases.case import Case
from services.desk.cases.contents import REPORT
from services.desk.inbox.conditions import IS_OPEN
from services.desk.inbox.words import masked_words, shared_words, telling_words
from services.desk.tables import case_contents, cases
from shared.observability.masking import mask

NEAR_METRES = 150.0
WITHIN = timedelta(days=30)
MOST_LIKES = 3
_METRES_OF_DEGREE = 111_320.0
_MOST_ROWS = 200
_READ_SIGNS = 600
_LEAST_SHARED = 2


@dataclass(frozen=True)
class Like:
    """Another open case. `metres` is None when one of the two has no point on the map; it is of the same kelurahan
    then, and with the same agency or with none."""

    ticket: str
    agency: str | None
    received_at: datetime
    metres: int | None
    words: tuple[str, ...]


def like_these(connection: Connection, waiting: Sequence[Case], now: datetime) -> dict[str, list[Like]]:
    """For each of them, by its id, the most alike first. Two questions for the whole page.

    Confidential cases neither get nor are any: nobody may learn of one by another.
    """
    asked = [case for case in waiting if case.identity != "confidential" and case.text]
    conditions = [one for one in (_same_place(asked), _same_point(asked)) if one is not None]
    rows: dict[str, Any] = {}
    for condition in conditions:
        rows |= {row.complaint_id: row for row in connection.execute(_candidates(condition, now))}
    read = _Words(rows)
    found: dict[str, list[Like]] = {case.complaint_id: [] for case in waiting}
    for case in asked:
        own = telling_words(masked_words(mask(case.text or "")[:_READ_SIGNS]))
        likes = [_like(case, own, row, read) for row in rows.values() if _may_be_there(case, row)]
        ordered = sorted((one for one in likes if one), key=_most_alike)
        found[case.complaint_id] = ordered[:MOST_LIKES]
    return found


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Of two points that are near each other: latitude, longitude in degrees."""
    north = (one[0] - other[0]) * _METRES_OF_DEGREE
    east = (one[1] - other[1]) * _METRES_OF_DEGREE * math.cos(math.radians(one[0]))
    return math.hypot(north, east)


def _candidates(condition: ColumnElement[bool], now: datetime) -> Any:
    report = and_(case_contents.c.complaint_id == cases.c.complaint_id, case_contents.c.ref == REPORT)
    masked = func.substr(case_contents.c.masked, 1, _READ_SIGNS).label("masked")
    names = ("complaint_id", "ticket", "agency", "kelurahan", "latitude", "longitude", "received_at")
    statement = select(*(cases.c[name] for name in names), masked).join_from(cases, case_contents, report)
    recent = cases.c.received_at >= now - WITHIN, cases.c.identity != "confidential"
    return statement.where(IS_OPEN, condition, *recent).order_by(cases.c.received_at.desc()).limit(_MOST_ROWS)


def _same_place(waiting: Iterable[Case]) -> ColumnElement[bool] | None:
    """Said in one shape however many there are: a statement of another shape is compiled anew."""
    placed = [case for case in waiting if case.kelurahan]
    names = sorted({case.kelurahan for case in placed if case.kelurahan})
    pairs = sorted({(case.kelurahan, case.suggested) for case in placed if case.kelurahan and case.suggested})
    free = and_(cases.c.kelurahan.in_(names), cases.c.agency.is_(None))
    return or_(free, tuple_(cases.c.kelurahan, cases.c.agency).in_(pairs)) if names else None


def _same_point(waiting: Iterable[Case]) -> ColumnElement[bool] | None:
    boxes = []
    for case in waiting:
        if case.latitude is not None and case.longitude is not None:
            north = NEAR_METRES / _METRES_OF_DEGREE
            east = north / max(0.1, math.cos(math.radians(case.latitude)))
            boxes.append(and_(
                cases.c.latitude.between(case.latitude - north, case.latitude + north),
                cases.c.longitude.between(case.longitude - east, case.longitude + east),
            ))  # fmt: skip
    return and_(cases.c.latitude.is_not(None), or_(*boxes)) if boxes else None


class _Words:
    """Those of each row, read when somebody asks for them."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self._rows, self._read = rows, dict[str, frozenset[str]]()

    def of(self, complaint_id: str) -> frozenset[str]:
        if complaint_id not in self._read:
            self._read[complaint_id] = frozenset(masked_words(self._rows[complaint_id].masked))
        return self._read[complaint_id]


def _may_be_there(case: Case, row: Any) -> bool:
    """Roughly: most pairs of a page are far apart, and need not be measured."""
    if case.latitude is None or row.latitude is None:
        return bool(row.kelurahan == case.kelurahan)
    return bool(abs(case.latitude - row.latitude) < 2 * NEAR_METRES / _METRES_OF_DEGREE)


def _like(case: Case, own: frozenset[str], row: Any, words: _Words) -> Like | None:
    if row.complaint_id == case.complaint_id:
        return None
    metres = None
    if None not in (case.latitude, case.longitude, row.latitude, row.longitude):
        metres = round(metres_between((case.latitude or 0, case.longitude or 0), (row.latitude, row.longitude)))
    is_near = metres is not None and metres <= NEAR_METRES
    same_place = metres is None and row.kelurahan == case.kelurahan and row.agency in (None, case.suggested)
    if not (is_near or (same_place and case.kelurahan)):
        return None
    common = shared_words(own, words.of(row.complaint_id))
    if len(common) < (1 if is_near else _LEAST_SHARED):
        return None
    return Like(row.ticket, row.agency, row.received_at, metres, tuple(common[:4]))


def _most_alike(like: Like) -> tuple[int, int, float]:
    return (
        -len(like.words),
        like.metres if like.metres is not None else round(NEAR_METRES),
        -like.received_at.timestamp(),
    )
