"""The clocks of cases, and which calendar they were counted with."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0006"
down_revision = "desk_0005"


def upgrade() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("paused_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("unit", sa.String(10), nullable=False),
        sa.Column("skipped", Json, nullable=False),
        sa.Column("calendar", sa.String(64), nullable=False),
        sa.Column("provisional", Json, nullable=False),
        sa.Column("rung", sa.Integer, nullable=False),
    )
    op.create_table(
        "calendars_used",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("counted_until", sa.String(64), nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("moved", sa.Integer, nullable=False),
        sa.Column("finished_at", UtcDateTime),
    )
