"""Intake's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, text

from shared.audit import audit_table
from shared.messaging.tables import BigSerial, messaging_tables
from shared.storage.types import Json, UtcDateTime

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)

complaints = Table(
    "complaints", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("ticket", String(32), nullable=False, unique=True),
    Column("code_sealed", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("agency", String(64)),
    Column("agency_name", String(250)),
    Column("channel", String(20), nullable=False),
    Column("account", String(100), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("identity", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("detail", String(500)),
    Column("contact_ref", String(64)),
    Column("receipt", String(20), nullable=False),
    Column("flags", Json, nullable=False),
    Column("external_refs", Json, nullable=False, server_default=text("'{}'")),
    Column("linked_to", String(64)),
    Column("recipients", Json, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("received_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("complaints_received", complaints.c.received_at)

# One row for each complaint that came with a contact. Deleting it deletes the contact everywhere.
contacts = Table(
    "contacts", metadata,
    Column("contact_ref", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False, unique=True),
    Column("email_sealed", Text),
    Column("phone_sealed", Text),
    Column("name_sealed", Text),
    Column("reply_to_sealed", Text),
    Column("email_key", String(64)),
    Column("phone_key", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("contacts_email", contacts.c.email_key)
Index("contacts_phone", contacts.c.phone_key)

# Which messages became which complaint. The primary key decides between two deliveries of one message.
seen = Table(
    "seen", metadata,
    Column("seen_key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("account", String(100), nullable=False),
    Column("provider_id", String(255)),
    Column("complaint_id", String(64), nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("seen_complaint", seen.c.complaint_id)

timeline = Table(
    "timeline", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("event", String(40), primary_key=True),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# Messages that did not become a complaint, and why. No contact in clear, no text.
refusals = Table(
    "refusals", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("channel", String(20), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("contact_key", String(64)),
    Column("size", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("refusals_at", refusals.c.at)

receipt_counts = Table(
    "receipt_counts", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip

wrong_codes = Table(
    "wrong_codes", metadata,
    Column("ticket", String(32), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip
