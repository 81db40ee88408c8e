"""What agencies sent by the API, once each; how often they call; what they know of their cases."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "desk_0010"
down_revision = "desk_0009"


def upgrade() -> None:
    op.create_table(
        "api_answers",
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("token_id", sa.String(36), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("api_answers_at", "api_answers", ["at"])
    op.create_table(
        "api_calls",
        sa.Column("token_id", sa.String(36), primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "api_photos",
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), primary_key=True),
        sa.Column("photo", Json, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("api_photos_at", "api_photos", ["at"])
    _changes()


def _changes() -> None:
    op.create_table(
        "api_changes",
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("contents", sa.Integer, nullable=False),
        sa.Column("noticed_at", UtcDateTime, nullable=False),
    )
    op.create_index("api_changes_position", "api_changes", ["agency", "position"])
