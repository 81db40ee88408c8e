"""What other systems call a complaint."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json

revision = "intake_0002"
down_revision = "intake_0001"


def upgrade() -> None:
    # With a default: complaints that are there already have no such references, and a process of the version before
    # this one still stores complaints while the new ones start.
    op.add_column("complaints", sa.Column("external_refs", Json, nullable=False, server_default=sa.text("'{}'")))
