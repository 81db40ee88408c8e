"""What is still to be removed; what was removed is marked in `erasures`, which every service has."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from services.intake.tables.base import metadata
from shared.storage.types import UtcDateTime

# Complaints whose sender asked for their end while they were going on: text and photos go when the case has ended.
erasure_wishes = Table(
    "erasure_wishes", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("wished_at", UtcDateTime, nullable=False),
)  # fmt: skip

# Files that no row needs any more, from the transaction that removed the rows until the file is gone too.
unwanted_files = Table(
    "unwanted_files", metadata,
    Column("sha256", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip
