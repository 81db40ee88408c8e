"""Intake's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text, text

from services.intake.tables_checks import contact_checks_table
from shared.audit import audit_table
from shared.messaging.tables import BigSerial, messaging_tables
from shared.storage.types import Json, UtcDateTime

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)
contact_checks = contact_checks_table(metadata)

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
    Column("latitude", Float),
    Column("longitude", Float),
    Column("contact_ref", String(64)),
    Column("receipt", String(20), nullable=False),
    Column("flags", Json, nullable=False),
    Column("external_refs", Json, nullable=False, server_default=text("'{}'")),
    Column("linked_to", String(64)),
    Column("joined_to", String(64)),
    Column("recipients", Json, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("received_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("complaints_received", complaints.c.received_at)
Index("complaints_kelurahan", complaints.c.kelurahan, complaints.c.received_at)
Index("complaints_position", complaints.c.latitude, complaints.c.longitude)

# What was said about a complaint after it, in the order of `number`.
additions = Table(
    "additions", metadata,
    Column("addition_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("account", String(100), nullable=False),
    Column("text", Text, nullable=False),
    Column("by_sender", Boolean, nullable=False),
    Column("flags", Json, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("added_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("additions_complaint", additions.c.complaint_id, additions.c.number, unique=True)

# Photos of complaints and additions; the files lie in the folder of attachments under their digest.
attachments = Table(
    "attachments", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("addition_id", String(64)),
    Column("position", Integer, nullable=False),
    Column("media_type", String(60), nullable=False),
    Column("size", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("preview", String(64)),
    Column("added_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("attachments_sha256", attachments.c.sha256)
Index("attachments_preview", attachments.c.preview)

# Messages kept as they came (mails), sealed: in the row where `sealed` is not empty, else a file in the folder of
# attachments. `sha256` is of the sealed bytes.
raw_messages = Table(
    "raw_messages", metadata,
    Column("raw_id", String(64), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("complaint_id", String(64)),
    Column("addition_id", String(64)),
    Column("quarantine_id", String(64)),
    Column("received_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("raw_messages_complaint", raw_messages.c.complaint_id)
Index("raw_messages_quarantine", raw_messages.c.quarantine_id)

# Messages that no program could make sense of: a person looks at them. `waiting`, then `replayed` or `discarded`.
quarantine = Table(
    "quarantine", metadata,
    Column("quarantine_id", String(64), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("detail", String(300), nullable=False),
    Column("contact_key", String(64)),
    Column("size", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String(100)),
    Column("outcome", String(64)),
)  # fmt: skip
Index("quarantine_state", quarantine.c.state, quarantine.c.received_at)

# Parts of long text messages: `waiting` for the others, `closed` (put together, being heard), `done`. The sealed words
# are emptied when they are done. Without a reference (`reference` empty) `number` is the order of arrival.
sms_parts = Table(
    "sms_parts", metadata,
    Column("part_key", String(64), primary_key=True),
    Column("contact_key", String(64), nullable=False),
    Column("account", String(100), nullable=False),
    Column("reference", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("cut", Boolean, nullable=False),
    Column("state", String(10), nullable=False),
    Column("message_id", String(64)),
    Column("complaint_id", String(64)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_until", UtcDateTime),
)  # fmt: skip
Index("sms_parts_sender", sms_parts.c.contact_key, sms_parts.c.received_at)
Index("sms_parts_message", sms_parts.c.message_id)
Index("sms_parts_state", sms_parts.c.state, sms_parts.c.due_at)

# What became of text messages that are no complaints, so that a repetition gets the same answer and does nothing.
sms_answers = Table(
    "sms_answers", metadata,
    Column("message_key", String(64), primary_key=True),
    Column("outcome", String(30), nullable=False),
    Column("ticket", String(32)),
    Column("complaint_id", String(64)),
    Column("reply", String(500), nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("sms_answers_at", sms_answers.c.answered_at)

# What a receipt asked back. The sender's next message is the answer; after `lapses_at` the complaint is withdrawn.
pending_questions = Table(
    "pending_questions", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("contact_key", String(64), nullable=False),
    Column("asked", Json, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("lapses_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("closed_as", String(20)),
)  # fmt: skip
Index("pending_questions_contact", pending_questions.c.contact_key)

# Contacts whose complaints are taken and flagged, and who get no messages from us.
blocked_contacts = Table(
    "blocked_contacts", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("reason", String(300), nullable=False),
    Column("blocked_by", String(100), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

# Mails of a polled mailbox by their number there: `pending`, then `done`. `validity` is the server's word for the row
# of numbers; until `busy_until` one poller has it in hand.
mailbox_mails = Table(
    "mailbox_mails", metadata,
    Column("account", String(100), primary_key=True),
    Column("validity", BigInteger, primary_key=True),
    Column("uid", BigInteger, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", String(20)),
    Column("busy_until", UtcDateTime),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
)  # fmt: skip
Index("mailbox_mails_settled", mailbox_mails.c.settled_at)

# Contacts that want no more messages by a channel.
suppressions = Table(
    "suppressions", metadata,
    Column("contact_key", String(64), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
)  # fmt: skip

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
    Column("addition_id", String(64)),
    Column("seen_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("seen_complaint", seen.c.complaint_id)

timeline = Table(
    "timeline", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("event", String(40), primary_key=True),
    Column("note", Text, nullable=False),
    Column("fields", Json),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# What agencies answered and why they closed, by its event of the timeline (`answered.1`); apart, to be deletable.
answers = Table(
    "answers", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("event", String(40), primary_key=True),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# How content the sender is, as said last; `number` 0 and no score: only asked so far. No `asked_at`: said unasked.
ratings = Table(
    "ratings", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("asked_at", UtcDateTime),
    Column("number", Integer, nullable=False),
    Column("score", Integer),
    Column("words", Text, nullable=False),
    Column("channel", String(20)),
    Column("rated_at", UtcDateTime),
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
