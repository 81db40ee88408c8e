"""Cases, what was written about them, and what happened to them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

cases = Table(
    "cases", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("ticket", String(64), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),
    Column("router_revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("agency", String(64)),
    Column("assignment", Integer, nullable=False),
    Column("assigned_by", String(10), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("identity", String(20), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("urgent", Boolean, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("decision", Json, nullable=False),
    Column("external_refs", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("contact_ref", String(64)),
    Column("received_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("cases_newest", cases.c.received_at, cases.c.complaint_id)
Index("cases_of_agency", cases.c.agency, cases.c.received_at, cases.c.complaint_id)
Index("cases_in_state", cases.c.state, cases.c.received_at, cases.c.complaint_id)

# What the citizen wrote, apart, so that it can be deleted while the case stays countable. `masked` is what most roles
# read and search: searching the whole text would tell them, number by number, what masking hides.
case_texts = Table(
    "case_texts", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("text", Text, nullable=False),
    Column("masked", Text, nullable=False),
    Column("place_detail", String(500), nullable=False),
)  # fmt: skip

# What citizens said afterwards, beside the first text and deletable like it.
case_additions = Table(
    "case_additions", metadata,
    Column("addition_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", String(20), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("by_sender", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("masked", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("case_additions_complaint", case_additions.c.complaint_id, case_additions.c.number)

# Who has the same complaint and joined it.
case_followers = Table(
    "case_followers", metadata,
    Column("follower_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("ticket", String(64), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("identity", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("masked", Text, nullable=False),
    Column("photos", Json, nullable=False),
    Column("followed_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("case_followers_complaint", case_followers.c.complaint_id, case_followers.c.followed_at)

# What the agency in charge answered, apart from the timeline, so that it can be deleted.
case_answers = Table(
    "case_answers", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),
    Column("answered_by", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip

# How content the citizen is, as said last; deletable as well.
case_ratings = Table(
    "case_ratings", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("masked", Text, nullable=False),
    Column("channel", String(64), nullable=False),
    Column("rated_at", UtcDateTime, nullable=False),
)  # fmt: skip

# Append-only. `key` is what happened in itself (`routed:2`, `delivery:ID:sent`): a repetition finds its row.
case_events = Table(
    "case_events", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("key", String(140), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("role", String(30), nullable=False),
    Column("act", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("data", Json, nullable=False),
)  # fmt: skip
