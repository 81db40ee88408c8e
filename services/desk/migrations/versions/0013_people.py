"""Mail addresses, second factors, links by mail, and what is known of a session."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "desk_0013"
down_revision = "desk_0012"


def upgrade() -> None:
    op.add_column("people", sa.Column("email", sa.String(254)))
    op.add_column("people", sa.Column("second_sealed", sa.Text))
    op.add_column("people", sa.Column("second_begun", sa.Text))
    op.add_column("people", sa.Column("second_step", sa.BigInteger))
    op.create_index("people_email", "people", ["email"], unique=True)
    op.add_column("sessions", sa.Column("stage", sa.String(10), nullable=False, server_default="open"))
    op.add_column("sessions", sa.Column("via", sa.String(10), nullable=False, server_default="password"))
    op.add_column("sessions", sa.Column("browser", sa.String(60), nullable=False, server_default=""))
    op.create_index("sessions_of_person", "sessions", ["login"])
    op.create_table(
        "recovery_codes",
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("code_hash", sa.String(64), primary_key=True),
        sa.Column("used_at", UtcDateTime),
    )
    op.create_table(
        "person_links",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(10), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime),
    )
    op.create_index("person_links_of_person", "person_links", ["login", "created_at"])


def downgrade() -> None:
    op.drop_table("person_links")
    op.drop_table("recovery_codes")
    op.drop_index("sessions_of_person", "sessions")
    for name in ("browser", "via", "stage"):
        op.drop_column("sessions", name)
    op.drop_index("people_email", "people")
    for name in ("second_step", "second_begun", "second_sealed", "email"):
        op.drop_column("people", name)
