"""What is public of a case, version by version, and where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from services.desk.tables import publications
from shared.storage.database import Transaction

PUBLIC, WITHDRAWN, PASSED = "public", "withdrawn", "passed"
"""It can be read by anybody; it no longer can; a coordinator looked and left it private."""


@dataclass(frozen=True)
class Publication:
    """One version. `agency`, `case_state` and the place are the case's when it was made; the point is coarse.

    `published_at` is when it became public, kept over changes; None when it is not. `made_by` is a login, or `system`.
    """

    complaint_id: str
    revision: int
    state: str
    summary: str
    answer: str
    service: str
    kind: str
    agency: str | None
    case_state: str
    kecamatan: str | None
    kelurahan: str | None
    latitude: float | None
    longitude: float | None
    requested_at: datetime
    published_at: datetime | None
    seen_revision: int
    made_at: datetime
    made_by: str
    name: str
    reason: str

    @property
    def is_public(self) -> bool:
        return self.state == PUBLIC


_COLUMNS = tuple(publications.c[field.name] for field in fields(Publication))


def add(tx: Transaction, publication: Publication) -> None:
    """As the latest version. The caller holds the case, so that no number is given twice."""
    mine = publications.c.complaint_id == publication.complaint_id
    tx.execute(update(publications).where(mine, publications.c.latest).values(latest=False))
    tx.execute(publications.insert(), {**_row(publication), "latest": True})


def latest(connection: Connection, complaint_id: str) -> Publication | None:
    mine = publications.c.complaint_id == complaint_id
    row = connection.execute(select(*_COLUMNS).where(mine, publications.c.latest)).mappings().first()
    return None if row is None else Publication(**row)


def version(connection: Connection, complaint_id: str, revision: int) -> Publication | None:
    mine = publications.c.complaint_id == complaint_id, publications.c.revision == revision
    row = connection.execute(select(*_COLUMNS).where(*mine)).mappings().first()
    return None if row is None else Publication(**row)


def versions(connection: Connection, complaint_id: str) -> Sequence[Publication]:
    """All of a case, the last one first."""
    statement = select(*_COLUMNS).where(publications.c.complaint_id == complaint_id)
    rows = connection.execute(statement.order_by(publications.c.revision.desc())).mappings()
    return [Publication(**row) for row in rows]


def _row(publication: Publication) -> dict[str, Any]:
    return {field.name: getattr(publication, field.name) for field in fields(Publication)}
