"""The notifier's first tables."""

import sqlalchemy as sa
from alembic import op

from shared.storage.spine import create_spine_v1
from shared.storage.types import Json, UtcDateTime

revision = "notifier_0001"
down_revision = None


def upgrade() -> None:
    create_spine_v1()
    _create_deliveries()
    op.create_table(
        "attempts",
        sa.Column("attempt_id", sa.String(64), primary_key=True),
        sa.Column("delivery_id", sa.String(64), sa.ForeignKey("deliveries.delivery_id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("duration_seconds", sa.Float),
    )
    op.create_index("attempts_delivery", "attempts", ["delivery_id"])
    op.create_table(
        "agencies",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("endpoints", Json, nullable=False),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
        sa.Column("assignment", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("message", sa.String(40), nullable=False),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("contact_ref", sa.String(64)),
        sa.Column("data", Json, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("last_problem", sa.String(64), nullable=False),
        sa.Column("traceparent", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("planned_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("lease_until", UtcDateTime),
        sa.UniqueConstraint("complaint_id", "assignment", "recipient", "message", name="deliveries_natural_key"),
    )
    for name, column, states in (
        ("deliveries_due", "due_at", "state IN ('pending', 'sending')"),
        ("deliveries_captured", "finished_at", "state = 'captured'"),
    ):
        where = sa.text(states)
        op.create_index(name, "deliveries", [column], postgresql_where=where, sqlite_where=where)
