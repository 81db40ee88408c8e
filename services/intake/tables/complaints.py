"""Complaints, what was said about them later, and what citizens see of them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, text

from services.intake.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

complaints = Table(
    "complaints", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("ticket", String(32), nullable=False, unique=True),
    Column("code_sealed", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("agency", String(64)),
    Column("agency_name", String(250)),
    Column("assignment", Integer),
    Column("acknowledged", Integer),
    Column("channel", String(20), nullable=False),
    Column("account", String(100), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("identity", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String(8), nullable=False, server_default=text("''")),
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

# Photos that agencies send with their answers, by the answer's event of the timeline (`answered.1`). `event` is empty
# for a photo that was taken in for an answer not sent yet.
answer_photos = Table(
    "answer_photos", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("event", String(40), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("preview", String(64)),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("answer_photos_sha256", answer_photos.c.sha256)
Index("answer_photos_preview", answer_photos.c.preview)
Index("answer_photos_event", answer_photos.c.event, answer_photos.c.at)

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

# The newest of a complaint that is `waiting` is open, until `answered_at` is set. `until` is when the desk withdraws
# the complaint; an answer that comes later is taken as long as it has not.
questions = Table(
    "questions", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
)  # fmt: skip

# What a receipt asked back. The sender's next message is the answer; after `lapses_at` it is withdrawn.
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
