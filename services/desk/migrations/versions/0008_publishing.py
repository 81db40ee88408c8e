"""What is public of a case."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "desk_0008"
down_revision = "desk_0007"


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("latest", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("case_state", sa.String(20), nullable=False),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime),
        sa.Column("seen_revision", sa.Integer, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
    )
    op.create_index("publications_latest", "publications", ["latest", "state", "made_at"])
