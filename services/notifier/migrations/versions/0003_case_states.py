"""What is told about the states of a case."""

revision = "notifier_0003"
down_revision = "notifier_0002"


def upgrade() -> None:
    pass
