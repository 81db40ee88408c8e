"""What comes after a complaint and beside its text: additions, photos, raw mails, quarantine, unwanted messages."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "intake_0003"
down_revision = "intake_0002"


def upgrade() -> None:
    op.add_column("complaints", sa.Column("latitude", sa.Float))
    op.add_column("complaints", sa.Column("longitude", sa.Float))
    op.add_column("complaints", sa.Column("joined_to", sa.String(64)))
    op.add_column("seen", sa.Column("addition_id", sa.String(64)))
    _additions()
    _attachments()
    _raw_messages()
    _quarantine()
    op.create_table(
        "suppressions",
        sa.Column("contact_key", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(20), primary_key=True),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )


def _additions() -> None:
    op.create_table(
        "additions",
        sa.Column("addition_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("by_sender", sa.Boolean, nullable=False),
        sa.Column("flags", Json, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )
    op.create_index("additions_complaint", "additions", ["complaint_id", "number"], unique=True)


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("addition_id", sa.String(64)),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("preview", sa.String(64)),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )
    op.create_index("attachments_sha256", "attachments", ["sha256"])


def _raw_messages() -> None:
    op.create_table(
        "raw_messages",
        sa.Column("raw_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("complaint_id", sa.String(64)),
        sa.Column("addition_id", sa.String(64)),
        sa.Column("quarantine_id", sa.String(64)),
        sa.Column("received_at", UtcDateTime, nullable=False),
    )
    op.create_index("raw_messages_complaint", "raw_messages", ["complaint_id"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(300), nullable=False),
        sa.Column("contact_key", sa.String(64)),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("settled_by", sa.String(100)),
        sa.Column("outcome", sa.String(64)),
    )
    op.create_index("quarantine_state", "quarantine", ["state", "received_at"])
