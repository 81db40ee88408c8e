"""Drafts and proposals of rules, and what they would move."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "router_0004"
down_revision = "router_0003"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("draft_id", sa.String(36), primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("base_content", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("changed_by", sa.String(100), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.String(100), nullable=False),
        sa.Column("proposed_at", UtcDateTime),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("settled_by", sa.String(100), nullable=False),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("ruleset", sa.String(64), nullable=False),
        sa.Column("files", Json, nullable=False),
        sa.Column("base_files", Json, nullable=False),
    )
    op.create_index("drafts_newest", "drafts", ["changed_at", "draft_id"])
    op.create_table(
        "draft_trials",
        sa.Column("draft_id", sa.String(36), primary_key=True),
        sa.Column("run_id", sa.String(36), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("against", sa.String(64), nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("compared", sa.Integer, nullable=False),
        sa.Column("stored", sa.Integer, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("asked_by", sa.String(100), nullable=False),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("result", Json),
        sa.Column("problem", sa.Text, nullable=False),
    )
    op.create_index("draft_trials_waiting", "draft_trials", ["state", "asked_at"])
