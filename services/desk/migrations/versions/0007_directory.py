"""How citizens reach agencies, who is away, tokens of agencies."""

revision = "desk_0007"
down_revision = "desk_0006"


def upgrade() -> None:
    pass
