"""What the rules think when more was said about a complaint."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "router_0003"
down_revision = "router_0002"


def upgrade() -> None:
    op.create_table(
        "reassessments",
        sa.Column("addition_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("decision", Json, nullable=False),
        sa.Column("ruleset", sa.String(64), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
    )
    op.create_index("reassessments_complaint", "reassessments", ["complaint_id", "number"])
