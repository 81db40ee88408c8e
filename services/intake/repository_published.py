"""What is public of complaints: kept by revision, read by everybody. Only this module reads or writes that table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from services.intake.tables import published
from shared.storage.database import Transaction
from shared.storage.upsert import upsert

PAGE = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Published:
    """A published complaint, as anybody may see it. `requested_at` is only a day; a point is coarse."""

    number: str
    summary: str
    answer: str
    service_code: str
    kind: str
    state: str
    status: str
    agency_name: str
    kecamatan: str | None
    kelurahan: str | None
    latitude: float | None
    longitude: float | None
    requested_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Filter:
    """What a list is asked for; nothing given means all. Spans include both ends."""

    numbers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    kelurahan: str = ""
    since: datetime | None = None
    until: datetime | None = None
    updated_after: datetime | None = None


@dataclass(frozen=True)
class Page:
    """`next` is the place in the list where the next page begins; empty: there is none."""

    found: list[Published]
    next: str


_COLUMNS = tuple(published.c[name] for name in Published.__dataclass_fields__)


def apply(tx: Transaction, row: dict[str, Any]) -> bool:
    """Unless the same or a newer revision is known. Whether it was new."""
    return upsert(tx, published, row, key=("complaint_id",), where=published.c.revision < row["revision"])


def one(connection: Connection, number: str) -> Published | None:
    found = connection.execute(_select(Filter(numbers=(number,)))).mappings().first()
    return None if found is None else Published(**found)


def newest(connection: Connection, wanted: Filter, *, after: str = "") -> Page:
    """Those that came last first, a page of them."""
    statement = _select(wanted)
    place = _read_place(after)
    position = tuple_(published.c.requested_at, published.c.number)
    if place is not None:
        statement = statement.where(position < tuple_(*place))
    statement = statement.order_by(published.c.requested_at.desc(), published.c.number.desc()).limit(PAGE + 1)
    found = [Published(**row) for row in connection.execute(statement).mappings()]
    return Page(found[:PAGE], _place_of(found[PAGE - 1]) if len(found) > PAGE else "")


def numbered(connection: Connection, wanted: Filter, *, page: int, size: int) -> list[Published]:
    """The page of so many rows; those that came last first, or what changed first when changes are asked for."""
    columns = published.c.requested_at.desc(), published.c.number.desc()
    if wanted.updated_after is not None:
        columns = published.c.updated_at.asc(), published.c.number.asc()
    statement = _select(wanted).order_by(*columns).limit(size).offset((page - 1) * size)
    return [Published(**row) for row in connection.execute(statement).mappings()]


def by_numbers(connection: Connection, numbers: Sequence[str]) -> dict[str, Published]:
    if not numbers:
        return {}
    rows = connection.execute(_select(Filter(numbers=tuple(sorted(set(numbers)))))).mappings()
    return {row["number"]: Published(**row) for row in rows}


def values_of(connection: Connection, column: str) -> list[str]:
    """Those values of `kelurahan` or `service_code` that something public has, sorted."""
    which = published.c[column]
    statement = select(which).where(published.c.is_public, which.is_not(None), which != "").distinct().order_by(which)
    return [row[0] for row in connection.execute(statement)]


def count(connection: Connection) -> int:
    return int(
        connection.execute(select(func.count()).select_from(published).where(published.c.is_public)).scalar_one()
    )


def _select(wanted: Filter) -> Select[Any]:
    column = published.c
    conditions: list[ColumnElement[bool]] = [column.is_public]
    if wanted.numbers:
        conditions.append(column.number.in_(wanted.numbers))
    if wanted.statuses:
        conditions.append(column.status.in_(wanted.statuses))
    if wanted.services:
        conditions.append(column.service_code.in_(wanted.services))
    if wanted.kelurahan:
        conditions.append(column.kelurahan == wanted.kelurahan)
    if wanted.since is not None:
        conditions.append(column.requested_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(column.requested_at <= wanted.until)
    if wanted.updated_after is not None:
        conditions.append(column.updated_at >= wanted.updated_after)
    return select(*_COLUMNS).where(*conditions)


def _place_of(last: Published) -> str:
    return f"{(last.requested_at - _EPOCH) // timedelta(seconds=1)}.{last.number}"


def _read_place(after: str) -> tuple[datetime, str] | None:
    """None for whatever is no place in a list: people edit addresses, and then see the first page."""
    seconds, _, number = after.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11) or "\0" in number:
        return None
    return _EPOCH + timedelta(seconds=int(seconds)), number[:20]
