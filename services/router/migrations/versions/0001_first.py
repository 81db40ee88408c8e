"""The router's first tables."""

import sqlalchemy as sa
from alembic import op

from shared.storage.spine import create_spine_v1
from shared.storage.types import Json, UtcDateTime

revision = "router_0001"
down_revision = None


def upgrade() -> None:
    create_spine_v1()
    op.create_table(
        "rulesets",
        sa.Column("ruleset", sa.String(64), primary_key=True),
        sa.Column("files", Json, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("activated_at", UtcDateTime),
    )
    op.create_table(
        "decisions",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("decision", Json, nullable=False),
        sa.Column("ruleset", sa.String(64), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
    )
    op.create_index("decisions_ticket", "decisions", ["ticket"])
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
    )
