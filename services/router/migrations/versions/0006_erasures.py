"""What was erased for good, so that no copy of it is taken in again."""

from shared.storage.spine import create_erasures_v1

revision = "router_0006"
down_revision = "router_0005"


def upgrade() -> None:
    create_erasures_v1()
