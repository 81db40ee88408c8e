"""Complaints that were entered for somebody."""

revision = "intake_0011"
down_revision = "intake_0010"


def upgrade() -> None:
    pass
