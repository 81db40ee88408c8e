"""What is public of a case."""

revision = "desk_0008"
down_revision = "desk_0007"


def upgrade() -> None:
    pass
