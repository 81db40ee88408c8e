"""Notes that can be said in other languages, complaints by place, and contacts that are blocked."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "intake_0006"
down_revision = "intake_0005"


def upgrade() -> None:
    op.add_column("timeline", sa.Column("fields", Json))
    op.create_index("complaints_kelurahan", "complaints", ["kelurahan", "received_at"])
    op.create_index("complaints_position", "complaints", ["latitude", "longitude"])
    op.create_table(
        "blocked_contacts",
        sa.Column("contact_key", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("blocked_by", sa.String(100), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
