"""What people have begun to write and not sent yet."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0009"
down_revision = "desk_0008"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("photos", Json, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("saved_at", UtcDateTime, nullable=False),
    )
    op.create_index("drafts_saved", "drafts", ["saved_at"])
