"""The states of a case as citizens see them: who took note, what we ask, in which language they were spoken to."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0012"
down_revision = "intake_0011"


def upgrade() -> None:
    with op.batch_alter_table("complaints") as table:
        table.add_column(sa.Column("assignment", sa.Integer))
        table.add_column(sa.Column("acknowledged", sa.Integer))
        table.add_column(sa.Column("language", sa.String(8), nullable=False, server_default=""))
    op.create_table(
        "questions",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime),
    )
