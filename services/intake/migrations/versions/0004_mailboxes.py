"""What the mailbox poller has worked through."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "intake_0004"
down_revision = "intake_0003"


def upgrade() -> None:
    op.create_table(
        "mailbox_mails",
        sa.Column("account", sa.String(100), primary_key=True),
        sa.Column("validity", sa.BigInteger, primary_key=True),
        sa.Column("uid", sa.BigInteger, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("busy_until", UtcDateTime),
        sa.Column("noted_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
    )
    op.create_index("mailbox_mails_settled", "mailbox_mails", ["settled_at"])
    op.create_index("raw_messages_quarantine", "raw_messages", ["quarantine_id"])
