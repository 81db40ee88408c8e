"""How citizens reach agencies, what these were before, who is away, their tokens, when people were last here."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0007"
down_revision = "desk_0006"


def upgrade() -> None:
    _more_of_agencies()
    with op.batch_alter_table("people") as table:
        table.add_column(sa.Column("seen_at", UtcDateTime))
    op.create_index("people_of_agency", "people", ["agency"])
    op.create_table(
        "agency_versions",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("document", Json, nullable=False),
    )
    op.create_table(
        "absences",
        sa.Column("absence_id", sa.String(36), primary_key=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("acting_login", sa.String(64), nullable=False),
        sa.Column("starts_at", UtcDateTime, nullable=False),
        sa.Column("ends_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("ended_by", sa.String(100)),
    )
    op.create_index("absences_of_agency", "absences", ["agency", "ends_at"])
    op.create_index("absences_acting", "absences", ["acting_login", "ends_at"])
    _tokens()


def _more_of_agencies() -> None:
    with op.batch_alter_table("agencies") as table:
        table.add_column(sa.Column("public_contact", sa.String(300), nullable=False, server_default=""))
        table.add_column(sa.Column("successor", sa.String(64), nullable=False, server_default=""))
        table.add_column(sa.Column("pack", Json, nullable=False, server_default="{}"))
    with op.batch_alter_table("agencies") as table:
        for name in ("public_contact", "successor", "pack"):
            table.alter_column(name, server_default=None)


def _tokens() -> None:
    op.create_table(
        "agency_tokens",
        sa.Column("token_id", sa.String(36), primary_key=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("shown", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_by", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("last_used_at", UtcDateTime),
        sa.Column("revoked_at", UtcDateTime),
        sa.Column("revoked_by", sa.String(100)),
    )
    op.create_index("agency_tokens_of_agency", "agency_tokens", ["agency"])
