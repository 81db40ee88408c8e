"""What is public."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from services.intake.tables.base import metadata
from shared.storage.types import UtcDateTime

# What the desk published, one row a complaint: nothing here comes from the complaint itself. `number` is its public
# one. A row that is no longer public keeps only its revision, so that a late fact does not bring it back.
published = Table(
    "published", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("number", String(20), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("is_public", Boolean, nullable=False),
    Column("summary", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("service_code", String(40), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("state", String(64), nullable=False),
    Column("status", String(10), nullable=False),
    Column("agency_name", String(250), nullable=False),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("published_requested", published.c.is_public, published.c.requested_at, published.c.number)
Index("published_updated", published.c.is_public, published.c.updated_at, published.c.number)
