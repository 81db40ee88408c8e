"""In which order an agency's ways are tried, in which language it is written to, and whether it is reminded."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "desk_0003"
down_revision = "desk_0002"


def upgrade() -> None:
    with op.batch_alter_table("agencies") as table:
        table.add_column(sa.Column("channels", Json, nullable=False, server_default="[]"))
        table.add_column(sa.Column("language", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("reminders", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("agencies") as table:
        for name in ("channels", "language", "reminders"):
            table.alter_column(name, server_default=None)
