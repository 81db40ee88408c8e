"""What agencies sent by the API, once each."""

revision = "desk_0010"
down_revision = "desk_0009"


def upgrade() -> None:
    pass
