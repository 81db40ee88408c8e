"""What was erased for good, so that no copy of it is taken in again."""

import sqlalchemy as sa
from alembic import op

from shared.storage.spine import create_erasures_v1
from shared.storage.types import UtcDateTime

revision = "intake_0017"
down_revision = "intake_0016"


def upgrade() -> None:
    create_erasures_v1()
    # Of intake alone: what is still to be removed.
    op.create_table(
        "erasure_wishes",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("wished_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "unwanted_files",
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
    )
