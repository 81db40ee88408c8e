"""Parts of long text messages, questions that wait for an answer, and what was answered to a message."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "intake_0005"
down_revision = "intake_0004"


def upgrade() -> None:
    _sms_parts()
    op.create_table(
        "sms_answers",
        sa.Column("message_key", sa.String(64), primary_key=True),
        sa.Column("outcome", sa.String(30), nullable=False),
        sa.Column("ticket", sa.String(32)),
        sa.Column("complaint_id", sa.String(64)),
        sa.Column("reply", sa.String(500), nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=False),
    )
    op.create_index("sms_answers_at", "sms_answers", ["answered_at"])
    op.create_table(
        "pending_questions",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("contact_key", sa.String(64), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("lapses_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("closed_as", sa.String(20)),
    )
    op.create_index("pending_questions_contact", "pending_questions", ["contact_key"])


def _sms_parts() -> None:
    op.create_table(
        "sms_parts",
        sa.Column("part_key", sa.String(64), primary_key=True),
        sa.Column("contact_key", sa.String(64), nullable=False),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("cut", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("message_id", sa.String(64)),
        sa.Column("complaint_id", sa.String(64)),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("lease_until", UtcDateTime),
    )
    op.create_index("sms_parts_sender", "sms_parts", ["contact_key", "received_at"])
    op.create_index("sms_parts_message", "sms_parts", ["message_id"])
    op.create_index("sms_parts_state", "sms_parts", ["state", "due_at"])
