"""Numbers of months that are open to everybody, as the desk said them; what it hid is not here."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from services.intake.tables.base import metadata
from shared.storage.types import UtcDateTime

open_months = Table(
    "open_months", metadata,
    Column("month", String(7), primary_key=True),
    Column("counted_at", UtcDateTime, nullable=False),
)  # fmt: skip

# An empty `kind` is all kinds together.
open_counts = Table(
    "open_counts", metadata,
    Column("month", String(7), primary_key=True),
    Column("dimension", String(20), primary_key=True),
    Column("value", String(170), primary_key=True),
    Column("kind", String(100), primary_key=True),
    Column("name", String(250), nullable=False),
    Column("number", Integer, nullable=False),
)  # fmt: skip
