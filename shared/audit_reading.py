"""Reading audit rows: their digests for the sealer, and pages of them for whoever may see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from shared.audit import row_digest

MOST_ROWS = 1000
"""A page, at most."""


@dataclass(frozen=True)
class Digest:
    """One row as the sealer needs it."""

    seq: int
    at: datetime
    digest: str


@dataclass(frozen=True)
class Wanted:
    """Which rows; what is empty or None does not count. `since` belongs to the span, `until` no longer.

    `before` pages: rows with lower numbers.
    """

    actor: str = ""
    act: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def digests(connection: Connection, audit: Table, after: int, limit: int) -> list[Digest]:
    """The rows with numbers above `after`, by number."""
    return [Digest(row["seq"], row["at"], row_digest(row)) for row in rows_after(connection, audit, after, limit)]


def rows_after(connection: Connection, audit: Table, after: int, limit: int) -> Sequence[Any]:
    """As mappings, by number."""
    statement = select(*audit.c).where(audit.c.seq > after).order_by(audit.c.seq).limit(limit)
    return connection.execute(statement).mappings().all()


def every_row(connection: Connection, audit: Table, page: int = 5000) -> Iterator[Sequence[Any]]:
    """All of them, a page at a time, by number."""
    after = 0
    while rows := rows_after(connection, audit, after, page):
        yield rows
        after = rows[-1]["seq"]


def find_rows(connection: Connection, audit: Table, wanted: Wanted, limit: int) -> Sequence[Any]:
    """As mappings, the highest number first."""
    statement = select(*audit.c).where(*_conditions(audit, wanted)).order_by(audit.c.seq.desc()).limit(limit)
    return connection.execute(statement).mappings().all()


def _conditions(audit: Table, wanted: Wanted) -> list[ColumnElement[bool]]:
    column = audit.c
    texts = ((column.actor, wanted.actor), (column.act, wanted.act), (column.subject, wanted.subject))
    found: list[ColumnElement[bool]] = [one == value for one, value in texts if value]
    if wanted.since is not None:
        found.append(column.at >= wanted.since)
    if wanted.until is not None:
        found.append(column.at < wanted.until)
    if wanted.before is not None:
        found.append(column.seq < wanted.before)
    return found
