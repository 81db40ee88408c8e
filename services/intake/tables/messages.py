"""Messages as they came, and what became of them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from services.intake.tables.base import metadata
from shared.messaging.tables import BigSerial
from shared.storage.types import UtcDateTime

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
