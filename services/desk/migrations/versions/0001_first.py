"""The desk's first tables."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.tables import BigSerial
from shared.storage.spine import create_spine_v1
from shared.storage.types import Json, UtcDateTime

revision = "desk_0001"
down_revision = None


def upgrade() -> None:
    create_spine_v1()
    _cases()
    _directory()
    _people()


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("ticket", sa.String(64), nullable=False, unique=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("router_revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("assignment", sa.Integer, nullable=False),
        sa.Column("assigned_by", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("identity", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("decision", Json, nullable=False),
        sa.Column("external_refs", Json, nullable=False),
        sa.Column("attachments", Json, nullable=False),
        sa.Column("contact_ref", sa.String(64)),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
    )
    op.create_index("cases_newest", "cases", ["received_at", "complaint_id"])
    op.create_index("cases_of_agency", "cases", ["agency", "received_at", "complaint_id"])
    op.create_index("cases_in_state", "cases", ["state", "received_at", "complaint_id"])
    op.create_table(
        "case_texts",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("masked", sa.Text, nullable=False),
        sa.Column("place_detail", sa.String(500), nullable=False),
    )
    op.create_table(
        "case_events",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(140), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("data", Json, nullable=False),
    )


def _directory() -> None:
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("places", sa.String(20), nullable=False),
        sa.Column("endpoints", Json, nullable=False),
        sa.Column("aliases", Json, nullable=False),
        sa.Column("valid_from", UtcDateTime),
        sa.Column("valid_to", UtcDateTime),
        sa.Column("seeded", sa.String(64), nullable=False),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("login", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("agency", sa.String(64)),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_index("sessions_seen", "sessions", ["seen_at"])
    op.create_table(
        "login_attempts",
        sa.Column("seq", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
    )
    op.create_index("login_attempts_of_account", "login_attempts", ["account", "at"])
    op.create_index("login_attempts_at", "login_attempts", ["at"])
