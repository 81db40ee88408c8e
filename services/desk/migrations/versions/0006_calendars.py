"""Which calendar the deadlines were counted with."""

revision = "desk_0006"
down_revision = "desk_0005"


def upgrade() -> None:
    pass
