"""Intake's first tables."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.tables import BigSerial
from shared.storage.spine import create_spine_v1
from shared.storage.types import Json, UtcDateTime

revision = "intake_0001"
down_revision = None


def upgrade() -> None:
    create_spine_v1()
    _create_complaints()
    _create_messages()
    _create_counts()


def _create_complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("ticket", sa.String(32), nullable=False, unique=True),
        sa.Column("code_sealed", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("agency_name", sa.String(250)),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("identity", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("detail", sa.String(500)),
        sa.Column("contact_ref", sa.String(64)),
        sa.Column("receipt", sa.String(20), nullable=False),
        sa.Column("flags", Json, nullable=False),
        sa.Column("linked_to", sa.String(64)),
        sa.Column("recipients", Json, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("received_at", UtcDateTime, nullable=False),
    )
    op.create_index("complaints_received", "complaints", ["received_at"])
    op.create_table(
        "contacts",
        sa.Column("contact_ref", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False, unique=True),
        sa.Column("email_sealed", sa.Text),
        sa.Column("phone_sealed", sa.Text),
        sa.Column("name_sealed", sa.Text),
        sa.Column("reply_to_sealed", sa.Text),
        sa.Column("email_key", sa.String(64)),
        sa.Column("phone_key", sa.String(64)),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index("contacts_email", "contacts", ["email_key"])
    op.create_index("contacts_phone", "contacts", ["phone_key"])


def _create_messages() -> None:
    op.create_table(
        "seen",
        sa.Column("seen_key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("provider_id", sa.String(255)),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("seen_complaint", "seen", ["complaint_id"])
    op.create_table(
        "timeline",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("event", sa.String(40), primary_key=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "refusals",
        sa.Column("seq", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("contact_key", sa.String(64)),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("refusals_at", "refusals", ["at"])


def _create_counts() -> None:
    op.create_table(
        "receipt_counts",
        sa.Column("contact_key", sa.String(64), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "wrong_codes",
        sa.Column("ticket", sa.String(32), primary_key=True),
        sa.Column("hour", UtcDateTime, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
