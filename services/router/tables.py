"""The router's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table, Text

from shared.audit import audit_table
from shared.messaging.tables import messaging_tables
from shared.storage.types import Json, UtcDateTime

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)

rulesets = Table(
    "rulesets", metadata,
    Column("ruleset", String(64), primary_key=True),
    Column("files", Json, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("activated_at", UtcDateTime),
)  # fmt: skip

decisions = Table(
    "decisions", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("ticket", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("agency", String(64)),
    Column("decision", Json, nullable=False),
    Column("ruleset", String(64), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("decisions_ticket", decisions.c.ticket)

agencies = Table(
    "agencies", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
)  # fmt: skip
