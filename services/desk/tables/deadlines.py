"""The clocks of cases, and with which calendars they were counted."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

case_clocks = Table(
    "case_clocks", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("name", String(20), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(10), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("paused_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("days", Integer, nullable=False),
    Column("unit", String(10), nullable=False),
    Column("skipped", Json, nullable=False),
    Column("calendar", String(64), nullable=False),
    Column("provisional", Json, nullable=False),
    Column("rung", Integer, nullable=False),
)  # fmt: skip

# One row a calendar, by the order in which they came into use. A recount remembers in it how far it is: cases up to
# `counted_until` are done, all are when `finished_at` is set.
calendars_used = Table(
    "calendars_used", metadata,
    Column("hash", String(64), primary_key=True),
    Column("before", String(64), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("counted_until", String(64), nullable=False),
    Column("seen", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("finished_at", UtcDateTime),
)  # fmt: skip
