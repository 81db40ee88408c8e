"""What is told about the states of a case: longer names of messages, how citizens reach agencies, ends of questions."""

import sqlalchemy as sa
from alembic import op

revision = "notifier_0003"
down_revision = "notifier_0002"


def upgrade() -> None:
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("message", existing_type=sa.String(40), type_=sa.String(64), existing_nullable=False)
    with op.batch_alter_table("agencies") as table:
        table.add_column(sa.Column("public_contact", sa.String(300), nullable=False, server_default=""))
    with op.batch_alter_table("agencies") as table:
        table.alter_column("public_contact", server_default=None)
    op.create_table(
        "question_ends",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )
