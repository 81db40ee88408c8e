"""What people have begun to write and not sent yet."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

# One for each person, case and kind of text (`answer`, `question`, `note`). Nobody else sees it; it goes when it is
# sent, or when it grows old. `revision` counts the savings, so that two windows do not overwrite each other.
drafts = Table(
    "drafts", metadata,
    Column("login", String(64), primary_key=True),
    Column("complaint_id", String(64), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("text", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("drafts_saved", drafts.c.saved_at)
