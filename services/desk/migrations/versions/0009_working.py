"""Notes, drafts, files of answers, search."""

revision = "desk_0009"
down_revision = "desk_0008"


def upgrade() -> None:
    pass
