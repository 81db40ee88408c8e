"""What agencies answer, and how content citizens are with it."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0009"
down_revision = "intake_0008"


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("event", sa.String(40), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "ratings",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("channel", sa.String(20)),
        sa.Column("rated_at", UtcDateTime),
    )
