"""How each process of this service is, in its own words."""

from alembic import op

from shared.storage.spine import create_vitals_v1

revision = "desk_0016"
down_revision = "desk_0015"


def upgrade() -> None:
    create_vitals_v1()


def downgrade() -> None:
    op.drop_table("vitals")
