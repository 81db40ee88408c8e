"""Many ways to one recipient: lanes, languages, what comes back, who must be told, and the agencies' own keys."""

import sqlalchemy as sa
from alembic import op

from shared.messaging.tables import BigSerial
from shared.storage.types import Json, UtcDateTime

revision = "notifier_0002"
down_revision = "notifier_0001"

_UNFINISHED = sa.text("state IN ('pending', 'sending')")
_KEYED = sa.text("recipient_key IS NOT NULL")
_OPEN = sa.text("cleared_at IS NULL")


def upgrade() -> None:
    _deliveries()
    _attempts()
    _agencies()
    _what_comes_back()
    _agencies_keys()


def _deliveries() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("lane", sa.String(81)))
        table.add_column(sa.Column("language", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("urgent", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("gave_up", Json, nullable=False, server_default="[]"))
        table.add_column(sa.Column("recipient_key", sa.String(64)))
        table.add_column(sa.Column("since", UtcDateTime))
        table.add_column(sa.Column("cleared_at", UtcDateTime))
    op.execute("UPDATE deliveries SET lane = channel || ':' || recipient, since = planned_at")
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("lane", existing_type=sa.String(81), nullable=False)
        table.alter_column("since", existing_type=UtcDateTime(), nullable=False)
        for name in ("language", "urgent", "gave_up"):
            table.alter_column(name, server_default=None)
    op.drop_index("deliveries_due", "deliveries")
    op.create_index(
        "deliveries_due", "deliveries", ["lane", "due_at"], postgresql_where=_UNFINISHED, sqlite_where=_UNFINISHED
    )
    op.create_index("deliveries_listed", "deliveries", ["state", "delivery_id"])
    op.create_index("deliveries_of_recipient", "deliveries", ["recipient", "delivery_id"])
    op.create_index(
        "deliveries_of_contact", "deliveries", ["recipient_key", "finished_at"],
        postgresql_where=_KEYED, sqlite_where=_KEYED,
    )  # fmt: skip


def _attempts() -> None:
    with op.batch_alter_table("attempts") as table:
        table.add_column(sa.Column("channel", sa.String(16), nullable=False, server_default=""))
    op.execute(
        "UPDATE attempts SET channel = "
        "(SELECT channel FROM deliveries WHERE deliveries.delivery_id = attempts.delivery_id)"
    )
    with op.batch_alter_table("attempts") as table:
        table.alter_column("channel", server_default=None)


def _agencies() -> None:
    with op.batch_alter_table("agencies") as table:
        table.add_column(sa.Column("channels", Json, nullable=False, server_default="[]"))
        table.add_column(sa.Column("language", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("reminders", sa.Boolean, nullable=False, server_default=sa.true()))
    with op.batch_alter_table("agencies") as table:
        for name in ("channels", "language", "reminders"):
            table.alter_column(name, server_default=None)


def _what_comes_back() -> None:
    op.create_table(
        "reports",
        sa.Column("seq", BigSerial, primary_key=True, autoincrement=True),
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("reported", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("effect", sa.String(20), nullable=False),
        sa.Column("reported_at", UtcDateTime, nullable=False),
        sa.Column("heard_at", UtcDateTime, nullable=False),
    )
    op.create_index("reports_delivery", "reports", ["delivery_id"])
    op.create_index("reports_recipient", "reports", ["recipient", "channel", "heard_at"])
    op.create_table(
        "suppressions",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("delivery_id", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("first_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("cleared_at", UtcDateTime),
        sa.Column("cleared_by", sa.String(100), nullable=False),
    )
    op.create_index(
        "alerts_open", "alerts", ["kind", "subject"], unique=True, postgresql_where=_OPEN, sqlite_where=_OPEN
    )
    op.create_table(
        "acknowledgements",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("assignment", sa.Integer, primary_key=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def _agencies_keys() -> None:
    op.create_table(
        "webhook_secrets",
        sa.Column("secret_id", sa.String(64), primary_key=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
    )
    op.create_index("webhook_secrets_agency", "webhook_secrets", ["agency", "created_at"])
    op.create_table(
        "amqp_accounts",
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(100), nullable=False),
        sa.Column("queue", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("rotated_at", UtcDateTime, nullable=False),
    )
