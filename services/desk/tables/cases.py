"""Cases, what was written about them, and what happened to them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text, false, text

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
    Column("contact_ref", String(64)),
    Column("steps", Integer, nullable=False, server_default=text("0")),
    Column("decided", Boolean, nullable=False, server_default=false()),
    Column("resume", String(20), nullable=False, server_default=text("''")),
    Column("counts", Json, nullable=False, server_default=text("'{}'")),
    Column("declined", Json, nullable=False, server_default=text("'[]'")),
    Column("suggestion", String(64)),
    Column("joined_to", String(64)),
    Column("joined_ticket", String(64)),
    Column("archived_why", String(20), nullable=False, server_default=text("''")),
    Column("due_at", UtcDateTime),
    Column("rung", Integer, nullable=False, server_default=text("0")),
    Column("received_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("cases_newest", cases.c.received_at, cases.c.complaint_id)
Index("cases_of_agency", cases.c.agency, cases.c.received_at, cases.c.complaint_id)
Index("cases_of_agency_due", cases.c.agency, cases.c.due_at, cases.c.complaint_id)
Index("cases_joined", cases.c.joined_to)
Index("cases_in_state", cases.c.state, cases.c.received_at, cases.c.complaint_id)

# All that may be deleted one day, words and photos; the case stays countable and can be rebuilt without it.
# `ref` names it within the case (`report`, `addition:ID`, `answer:2`); `masked` is what most roles read and search:
# searching the whole text would tell them, number by number, what masking hides. `about` is what else is known of it.
case_contents = Table(
    "case_contents", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("ref", String(80), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("number", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("masked", Text, nullable=False),
    Column("place_detail", String(500), nullable=False),
    Column("photos", Json, nullable=False),
    Column("about", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("case_contents_ref", case_contents.c.ref)

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
    Column("seq", Integer, nullable=False, server_default=text("0")),
)  # fmt: skip

# Agencies that see a case without being in charge of it.
case_copies = Table(
    "case_copies", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("agency", String(64), primary_key=True),
    Column("reason", String(500), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("case_copies_of_agency", case_copies.c.agency, case_copies.c.at, case_copies.c.complaint_id)

# Parts of a complaint that become complaints of their own, until those are known; `child` is theirs then.
case_parts = Table(
    "case_parts", metadata,
    Column("part_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("agency", String(64)),
    Column("child", String(64)),
    Column("child_ticket", String(64)),
    Column("split_by", String(64), nullable=False),
    Column("split_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("case_parts_complaint", case_parts.c.complaint_id, case_parts.c.number)
