"""Numbers of months that are open to everybody."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0015"
down_revision = "intake_0014"


def upgrade() -> None:
    op.create_table(
        "open_months",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("counted_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "open_counts",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("dimension", sa.String(20), primary_key=True),
        sa.Column("value", sa.String(170), primary_key=True),
        sa.Column("kind", sa.String(100), primary_key=True),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("open_counts")
    op.drop_table("open_months")
