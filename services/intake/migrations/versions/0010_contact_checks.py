"""Contacts that are to be proved before a complaint is taken."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "intake_0010"
down_revision = "intake_0009"


def upgrade() -> None:
    op.create_table(
        "contact_checks",
        sa.Column("check_id", sa.String(64), primary_key=True),
        sa.Column("message_key", sa.String(64), nullable=False, unique=True),
        sa.Column("contact_ref", sa.String(64), nullable=False),
        sa.Column("email_sealed", sa.Text),
        sa.Column("phone_sealed", sa.Text),
        sa.Column("email_key", sa.String(64)),
        sa.Column("phone_key", sa.String(64)),
        sa.Column("form_sealed", sa.Text, nullable=False),
        sa.Column("photos", Json, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("code_sealed", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("replaced_by", sa.String(64)),
        sa.Column("sent_at", UtcDateTime, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_index("contact_checks_asked", "contact_checks", ["asked_at"])
