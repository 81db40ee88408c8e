"""What was erased for good, so that no copy of it is taken in again."""

from shared.storage.spine import create_erasures_v1

revision = "desk_0017"
down_revision = "desk_0016"


def upgrade() -> None:
    create_erasures_v1()
