"""The notifier's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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
from shared.messaging.tables import BigSerial, messaging_tables
from shared.storage.types import Json, UtcDateTime
from shared.vitals.table import vitals_table

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)
vitals = vitals_table(metadata)

# One message to one recipient. `lane` is `channel:recipient`: what waits for one destination, claimed apart from the
# others. `since` is when its present channel was first to take it; `gave_up` lists the channels that did not work.
# `recipient_key` tells equal contacts of citizens without naming them (intake's HMAC). `cleared_at` is when retention
# removed what it said.
deliveries = Table(
    "deliveries", metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("assignment", Integer, nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("message", String(64), nullable=False),
    Column("ticket", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("lane", String(81), nullable=False),
    Column("language", String(8), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("gave_up", Json, nullable=False),
    Column("contact_ref", String(64)),
    Column("recipient_key", String(64)),
    Column("data", Json, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("last_problem", String(64), nullable=False),
    Column("traceparent", String(64), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("cleared_at", UtcDateTime),
    Column("lease_owner", String(32)),
    Column("lease_until", UtcDateTime),
    UniqueConstraint("complaint_id", "assignment", "recipient", "message", name="deliveries_natural_key"),
)  # fmt: skip
_unfinished = deliveries.c.state.in_(("pending", "sending"))
Index("deliveries_due", deliveries.c.lane, deliveries.c.due_at, postgresql_where=_unfinished, sqlite_where=_unfinished)
Index("deliveries_listed", deliveries.c.state, deliveries.c.delivery_id)
Index("deliveries_of_recipient", deliveries.c.recipient, deliveries.c.delivery_id)
_keyed = deliveries.c.recipient_key.is_not(None)
Index(
    "deliveries_of_contact", deliveries.c.recipient_key, deliveries.c.finished_at,
    postgresql_where=_keyed, sqlite_where=_keyed,
)  # fmt: skip
_captured = deliveries.c.state == "captured"
Index("deliveries_captured", deliveries.c.finished_at, postgresql_where=_captured, sqlite_where=_captured)

attempts = Table(
    "attempts", metadata,
    Column("attempt_id", String(64), primary_key=True),
    Column("delivery_id", String(64), ForeignKey("deliveries.delivery_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("channel", String(16), nullable=False),
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
    Column("channels", Json, nullable=False),
    Column("language", String(8), nullable=False),
    Column("reminders", Boolean, nullable=False),
    Column("public_contact", String(300), nullable=False),
)  # fmt: skip

# By which revision of the case the newest end of a wait for the citizen is known: what was asked before it is settled.
question_ends = Table(
    "question_ends", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
)  # fmt: skip

# Append-only: what the receivers' side said about a delivery, also when it changed nothing.
reports = Table(
    "reports", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("delivery_id", String(64), nullable=False),
    Column("recipient", String(64), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("reported", String(12), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("answer", Text, nullable=False),
    Column("effect", String(20), nullable=False),
    Column("reported_at", UtcDateTime, nullable=False),
    Column("heard_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("reports_delivery", reports.c.delivery_id)
Index("reports_recipient", reports.c.recipient, reports.c.channel, reports.c.heard_at)

# Addresses that nothing is sent to any more. `key` is an agency's code, or for citizens intake's HMAC of the contact.
suppressions = Table(
    "suppressions", metadata,
    Column("channel", String(16), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("delivery_id", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

# What an operator is to see to; at most one open alert of a kind about a subject.
alerts = Table(
    "alerts", metadata,
    Column("alert_id", String(64), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("count", Integer, nullable=False),
    Column("details", Json, nullable=False),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("cleared_at", UtcDateTime),
    Column("cleared_by", String(100), nullable=False),
)  # fmt: skip
_open = alerts.c.cleared_at.is_(None)
Index("alerts_open", alerts.c.kind, alerts.c.subject, unique=True, postgresql_where=_open, sqlite_where=_open)

# Which assignments somebody of the agency has taken note of.
acknowledgements = Table(
    "acknowledgements", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("assignment", Integer, primary_key=True),
    Column("agency", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# The secrets that sign an agency's webhooks, sealed. The newest one signs first; until `expires_at` an older one too.
webhook_secrets = Table(
    "webhook_secrets", metadata,
    Column("secret_id", String(64), primary_key=True),
    Column("agency", String(64), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)  # fmt: skip
Index("webhook_secrets_agency", webhook_secrets.c.agency, webhook_secrets.c.created_at)

# The broker's user of each agency that fetches its cases from a queue, so that both can be made again.
amqp_accounts = Table(
    "amqp_accounts", metadata,
    Column("agency", String(64), primary_key=True),
    Column("username", String(64), nullable=False),
    Column("password_hash", String(100), nullable=False),
    Column("queue", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("rotated_at", UtcDateTime, nullable=False),
)  # fmt: skip
