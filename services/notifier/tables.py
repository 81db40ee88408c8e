"""The notifier's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from shared.audit import audit_table
from shared.messaging.tables import messaging_tables
from shared.storage.types import Json, UtcDateTime

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)

deliveries = Table(
    "deliveries", metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("assignment", Integer, nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("message", String(40), nullable=False),
    Column("ticket", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("contact_ref", String(64)),
    Column("data", Json, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("last_problem", String(64), nullable=False),
    Column("traceparent", String(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("lease_owner", String(32)),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("complaint_id", "assignment", "recipient", "message", name="deliveries_natural_key"),
)  # fmt: skip
_unfinished = deliveries.c.state.in_(("pending", "sending"))
Index("deliveries_due", deliveries.c.due_at, postgresql_where=_unfinished, sqlite_where=_unfinished)
_captured = deliveries.c.state == "captured"
Index("deliveries_captured", deliveries.c.finished_at, postgresql_where=_captured, sqlite_where=_captured)

attempts = Table(
    "attempts", metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("delivery_id", String(64), ForeignKey("deliveries.delivery_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("via", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("outcome", String(12), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("duration_seconds", Float),
)  # fmt: skip
Index("attempts_delivery", attempts.c.delivery_id)

agencies = Table(
    "agencies", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("endpoints", Json, nullable=False),
)  # fmt: skip
