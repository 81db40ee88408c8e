"""Is there a file for every row that names one? Photos, their previews, and mails as they came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_

from services.intake.tables import attachments, complaints, raw_messages
from services.operations.facts import Gap
from services.operations.installation import Installation
from shared.blobs import BlobFolder

FILE_MISSING = "file_missing"
CHUNK = 5_000


def find_missing_files(installation: Installation, before: datetime) -> list[Gap]:
    """Only whether they are there: what is in them is looked at when somebody fetches one."""
    blobs = BlobFolder(installation.location.data / "attachments")
    gaps = []
    for row in _photos(installation):
        for what, digest in (("photo", row.sha256), ("preview", row.preview)):
            if digest and row.added_at < before and not blobs.has(digest):
                gaps.append(_gap(row.complaint_id, row.ticket, row.added_at, what, digest))
    for row in _raw_messages(installation):
        if row.received_at < before and not blobs.has(row.sha256):
            gaps.append(_gap(row.complaint_id or "", row.ticket or "", row.received_at, "raw message", row.sha256))
    return gaps


def _gap(complaint_id: str, ticket: str, since: datetime, what: str, digest: str) -> Gap:
    detail = f"the file of a {what} is not in the folder of attachments: {digest[:2]}/{digest}"
    return Gap(FILE_MISSING, "intake", complaint_id, ticket, since, detail)


def _photos(installation: Installation) -> Iterator[Row[Any]]:
    table = attachments
    columns = (table.c.complaint_id, table.c.sha256, table.c.preview, table.c.added_at, complaints.c.ticket)
    statement = select(*columns).join_from(table, complaints, complaints.c.complaint_id == table.c.complaint_id)
    yield from _rows(installation, statement, table.c.complaint_id, table.c.sha256)


def _raw_messages(installation: Installation) -> Iterator[Row[Any]]:
    table = raw_messages
    columns = (table.c.raw_id, table.c.complaint_id, table.c.sha256, table.c.received_at, complaints.c.ticket)
    joined = complaints.c.complaint_id == table.c.complaint_id
    as_files = select(*columns).join_from(table, complaints, joined, isouter=True).where(table.c.sealed == "")
    yield from _rows(installation, as_files, table.c.raw_id)


def _rows(installation: Installation, statement: Any, *order: Any) -> Iterator[Row[Any]]:
    """A chunk at a time, so that no transaction is held while files are looked for."""
    chunk = statement.order_by(*order).limit(CHUNK)
    rest = chunk
    while True:
        with installation.members["intake"].database.read() as connection:
            rows = connection.execute(rest).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        last = [getattr(rows[-1], column.name) for column in order]
        rest = chunk.where(tuple_(*order) > tuple_(*last))
