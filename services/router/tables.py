"""The router's tables. What a migration made must equal this; a test compares them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

from shared.audit import audit_table
from shared.messaging.tables import BigSerial, messaging_tables
from shared.storage.types import Json, UtcDateTime
from shared.vitals.table import vitals_table

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)
vitals = vitals_table(metadata)

# A set is named by its content, so what decides never changes; comments and examples of its files may.
rulesets = Table(
    "rulesets", metadata,
    Column("ruleset", String(64), primary_key=True),
    Column("files", Json, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    Column("imported_by", String(100), nullable=False),
)  # fmt: skip

# Append-only: which set decides from when on. The highest number is in force; numbers have no gaps, so that of two who
# activate at once only one can.
activations = Table(
    "activations", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("ruleset", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("role", String(30), nullable=False),
    Column("reason", Text, nullable=False),
)  # fmt: skip

# Which routers took an activation, and which could not. `process` is host and number.
adoptions = Table(
    "adoptions", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("number", Integer, nullable=False),
    Column("ruleset", String(64), nullable=False),
    Column("process", String(100), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("detail", Text, nullable=False),
)  # fmt: skip
Index("adoptions_number", adoptions.c.number)

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
    # What rules may ask for beside the text. Not known of complaints decided before it was kept.
    Column("channel", String(64)),
    Column("kind", String(30)),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("received_at", UtcDateTime),
)  # fmt: skip
Index("decisions_ticket", decisions.c.ticket)
Index("decisions_newest", decisions.c.decided_at, decisions.c.complaint_id)

# What the rules thought when more had been said. The newest by `decided_at` is what they think now.
reassessments = Table(
    "reassessments", metadata,
    Column("addition_id", String(64), primary_key=True),
    Column("complaint_id", String(64), nullable=False),
    Column("number", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("agency", String(64)),
    Column("decision", Json, nullable=False),
    Column("ruleset", String(64), nullable=False),
    Column("decided_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("reassessments_complaint", reassessments.c.complaint_id, reassessments.c.number)

# Where people said that a complaint belongs: the newest word of a person.
labels = Table(
    "labels", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("agency", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("role", String(30), nullable=False),
)  # fmt: skip
Index("labels_newest", labels.c.at, labels.c.complaint_id)

# A change of the rules that people prepare at the desk; see `proposing/draft.py` for what each part means.
drafts = Table(
    "drafts", metadata,
    Column("draft_id", String(36), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("state", String(20), nullable=False),
    Column("base", String(64), nullable=False),
    Column("content", String(64), nullable=False),
    Column("base_content", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", String(100), nullable=False),
    Column("proposed_at", UtcDateTime),
    Column("verdict", Text, nullable=False),
    Column("settled_by", String(100), nullable=False),
    Column("settled_at", UtcDateTime),
    Column("ruleset", String(64), nullable=False),
    Column("files", Json, nullable=False),
    Column("base_files", Json, nullable=False),
)  # fmt: skip
Index("drafts_newest", drafts.c.changed_at, drafts.c.draft_id)

# What a draft would move: the newest run for each. A process works on it under a lease. No words of citizens lie here.
draft_trials = Table(
    "draft_trials", metadata,
    Column("draft_id", String(36), primary_key=True),
    Column("run_id", String(36), nullable=False),
    Column("content", String(64), nullable=False),
    Column("against", String(64), nullable=False),
    Column("days", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("compared", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", String(100), nullable=False),
    Column("leased_until", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("result", Json),
    Column("problem", Text, nullable=False),
)  # fmt: skip
Index("draft_trials_waiting", draft_trials.c.state, draft_trials.c.asked_at)

agencies = Table(
    "agencies", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
)  # fmt: skip
