"""Previews are found by their digests."""

from alembic import op

revision = "intake_0007"
down_revision = "intake_0006"


def upgrade() -> None:
    op.create_index("attachments_preview", "attachments", ["preview"])
