"""What is counted of cases: facts of each, sums of each month and year, and what has to be counted anew."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from services.desk.tables.base import metadata
from shared.storage.types import UtcDateTime

# One row a case and no word of it. `month` and `day` in the city's time zone, `due_at` when a clock will have passed.
case_figures = Table(
    "case_figures", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("ticket", String(64), nullable=False),
    Column("month", String(7), nullable=False),
    Column("day", String(10), nullable=False),
    Column("office", String(170), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("channel", String(64), nullable=False),
    Column("kecamatan", String(100), nullable=False),
    Column("kelurahan", String(100), nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("answer_seconds", Integer),
    Column("close_seconds", Integer),
    Column("respond_in_time", Boolean),
    Column("settle_in_time", Boolean),
    Column("reopened", Integer, nullable=False),
    Column("rating", Integer),
    Column("due_at", UtcDateTime),
)  # fmt: skip
Index("case_figures_month", case_figures.c.month, case_figures.c.office)
Index("case_figures_due", case_figures.c.due_at)

# Cases whose facts are to be made anew: marked in the transaction of the step that changed them.
figures_due = Table(
    "figures_due", metadata,
    Column("complaint_id", String(64), primary_key=True),
)  # fmt: skip

# Months (`2026-11`) and years that are over (`2025`), and whether their sums are behind the facts.
figure_periods = Table(
    "figure_periods", metadata,
    Column("period", String(7), primary_key=True),
    Column("due", Boolean, nullable=False),
    Column("summed_at", UtcDateTime),
    Column("published", String(64)),
)  # fmt: skip

# The spans are bucket, number, bucket, number … with commas between: the database adds several up by joining them.
figure_sums = Table(
    "figure_sums", metadata,
    Column("scope", String(170), primary_key=True),
    Column("dimension", String(10), primary_key=True),
    Column("period", String(7), primary_key=True),
    Column("value", String(170), primary_key=True),
    Column("confidential", Boolean, primary_key=True),
    Column("received", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("closed", Integer, nullable=False),
    Column("archived", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("respond_met", Integer, nullable=False),
    Column("respond_late", Integer, nullable=False),
    Column("settle_met", Integer, nullable=False),
    Column("settle_late", Integer, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("rated", Integer, nullable=False),
    Column("scores", Integer, nullable=False),
    Column("answer_spans", Text, nullable=False),
    Column("close_spans", Text, nullable=False),
)  # fmt: skip
Index("figure_sums_period", figure_sums.c.period)
