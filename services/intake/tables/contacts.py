"""Contacts, sealed, and what is counted and decided by them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from services.intake.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

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

# Contacts whose complaints are taken and flagged, and who get no messages from us.
blocked_contacts = Table(
    "blocked_contacts", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("reason", String(300), nullable=False),
    Column("blocked_by", String(100), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

# Contacts that want no more messages by a channel.
suppressions = Table(
    "suppressions", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

receipt_counts = Table(
    "receipt_counts", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip

# Forms whose sender is to prove the contact, each with its code: `waiting`, then `used` or `replaced`. What was
# typed, contact and code are sealed, and emptied after a day. `photos` are the digests of files that the form holds;
# `message_key` tells the form, and a row that was replaced gives it up.
contact_checks = Table(
    "contact_checks", metadata,
    Column("check_id", String(64), primary_key=True),
    Column("message_key", String(64), nullable=False, unique=True),
    Column("contact_ref", String(64), nullable=False),
    Column("email_sealed", Text),
    Column("phone_sealed", Text),
    Column("email_key", String(64)),
    Column("phone_key", String(64)),
    Column("form_sealed", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("language", String(8), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("code_sealed", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("replaced_by", String(64)),
    Column("sent_at", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("contact_checks_asked", contact_checks.c.asked_at)

wrong_codes = Table(
    "wrong_codes", metadata,
    Column("ticket", String(32), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip
