"""Photos that agencies send with their answers."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0014"
down_revision = "intake_0013"


def upgrade() -> None:
    op.create_table(
        "answer_photos",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("event", sa.String(40), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("preview", sa.String(64)),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("answer_photos_sha256", "answer_photos", ["sha256"])
    op.create_index("answer_photos_preview", "answer_photos", ["preview"])
    op.create_index("answer_photos_event", "answer_photos", ["event", "at"])
