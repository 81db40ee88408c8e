"""The states of a case, its clocks, and one place for what may be deleted."""

revision = "desk_0005"
down_revision = "desk_0004"


def upgrade() -> None:
    pass
