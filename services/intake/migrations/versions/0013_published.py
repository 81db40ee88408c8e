"""What is public of complaints."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0013"
down_revision = "intake_0012"


def upgrade() -> None:
    op.create_table(
        "published",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("service_code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("agency_name", sa.String(250), nullable=False),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
    )
    op.create_index("published_requested", "published", ["is_public", "requested_at", "number"])
    op.create_index("published_updated", "published", ["is_public", "updated_at", "number"])
