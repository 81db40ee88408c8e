"""Whoever brings complaints of others: systems with keys, officers at the counter, numbers of other systems."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, String, Table

from services.intake.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

# Keys of partner systems. The secret itself is told once and kept nowhere.
api_keys = Table(
    "api_keys", metadata,
    Column("key_id", String(16), primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("secret_hash", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("issued_by", String(100), nullable=False),
    Column("revoked_at", UtcDateTime),
)  # fmt: skip

# Who entered which complaint for somebody. `entry_key` tells one form that was sent twice, whatever was changed in it
# between.
assisted_entries = Table(
    "assisted_entries", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("entry_key", String(64), nullable=False, unique=True),
    Column("login", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("role", String(30), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("office", String(100), nullable=False),
    Column("happened_on", Date),
    Column("entered_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("assisted_entries_login", assisted_entries.c.login, assisted_entries.c.entered_at)

# Which complaint has which number of another system; the first one with a number keeps it.
external_numbers = Table(
    "external_numbers", metadata,
    Column("system", String(20), primary_key=True),
    Column("number", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
)  # fmt: skip
Index("external_numbers_complaint", external_numbers.c.complaint_id)
