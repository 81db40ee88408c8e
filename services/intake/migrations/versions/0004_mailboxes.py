"""What the mailbox poller has worked through."""

revision = "intake_0004"
down_revision = "intake_0003"


def upgrade() -> None:
    """Nothing yet."""
