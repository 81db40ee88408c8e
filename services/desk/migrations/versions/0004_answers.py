"""What agencies answer, and how content citizens are with it."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "desk_0004"
down_revision = "desk_0003"


def upgrade() -> None:
    op.create_table(
        "case_answers",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answered_by", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "case_ratings",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("rated_at", UtcDateTime, nullable=False),
    )
