"""The agency directory."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

agencies = Table(
    "agencies", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("places", String(20), nullable=False),
    Column("endpoints", Json, nullable=False),
    Column("channels", Json, nullable=False),
    Column("language", String(8), nullable=False),
    Column("reminders", Boolean, nullable=False),
    Column("aliases", Json, nullable=False),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Column("seeded", String(64), nullable=False),
)  # fmt: skip
