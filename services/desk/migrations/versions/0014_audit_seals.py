"""Seals of audit rows, their heads of each day, and how far the sealer is."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "desk_0014"
down_revision = "desk_0013"


def upgrade() -> None:
    op.create_table(
        "audit_seals",
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("seen_until", UtcDateTime),
        sa.Column("late", sa.Boolean, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.Column("sealed_at", UtcDateTime, nullable=False),
        sa.UniqueConstraint("service", "seq", name="audit_seals_row"),
    )
    op.create_table(
        "audit_heads",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "audit_sealing",
        sa.Column("service", sa.String(20), primary_key=True),
        sa.Column("seen_until", UtcDateTime),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", UtcDateTime),
    )
