"""What citizens say after their complaint, who joins it, and where it is on a map."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0002"
down_revision = "desk_0001"


def upgrade() -> None:
    op.add_column("cases", sa.Column("latitude", sa.Float))
    op.add_column("cases", sa.Column("longitude", sa.Float))
    op.create_table(
        "case_additions",
        sa.Column("addition_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("by_sender", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("photos", Json, nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )
    op.create_index("case_additions_complaint", "case_additions", ["complaint_id", "number"])
    op.create_table(
        "case_followers",
        sa.Column("follower_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("identity", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("photos", Json, nullable=False),
        sa.Column("followed_at", UtcDateTime, nullable=False),
    )
    op.create_index("case_followers_complaint", "case_followers", ["complaint_id", "followed_at"])
