"""What was erased for good, so that no copy of it is taken in again."""

from shared.storage.spine import create_erasures_v1

revision = "notifier_0005"
down_revision = "notifier_0004"


def upgrade() -> None:
    create_erasures_v1()
