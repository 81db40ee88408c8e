"""History of the rule sets in force, what rules ask for beside the text, and what people decided."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "router_0002"
down_revision = "router_0001"

_BIG_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _histories()
    _carry_over()
    with op.batch_alter_table("rulesets") as table:
        table.drop_column("active")
        table.drop_column("activated_at")
        table.add_column(sa.Column("imported_by", sa.String(100), nullable=False, server_default="system"))
    for column in _beside():
        op.add_column("decisions", column)
    op.create_index("decisions_newest", "decisions", ["decided_at", "complaint_id"])
    op.create_table(
        "labels",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
    )
    op.create_index("labels_newest", "labels", ["at", "complaint_id"])


def _histories() -> None:
    op.create_table(
        "activations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ruleset", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "adoptions",
        sa.Column("seq", _BIG_SERIAL, primary_key=True, autoincrement=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("ruleset", sa.String(64), nullable=False),
        sa.Column("process", sa.String(100), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("adoptions_number", "adoptions", ["number"])


def _carry_over() -> None:
    """What was active is the first activation."""
    old = sa.table(
        "rulesets",
        sa.column("ruleset", sa.String),
        sa.column("active", sa.Boolean),
        sa.column("imported_at", UtcDateTime),
        sa.column("activated_at", UtcDateTime),
    )
    new = sa.table("activations", *(sa.column(name) for name in ("number", "ruleset", "at", "actor", "role", "reason")))
    since = sa.func.coalesce(old.c.activated_at, old.c.imported_at)
    said = (sa.literal(text) for text in ("system", "system", "it was active before activations were kept"))
    chosen = sa.select(sa.literal(1), old.c.ruleset, since, *said).where(old.c.active).limit(1)
    op.execute(new.insert().from_select(["number", "ruleset", "at", "actor", "role", "reason"], chosen))


def _beside() -> list[sa.Column[Any]]:
    return [
        sa.Column("channel", sa.String(64)),
        sa.Column("kind", sa.String(30)),
        sa.Column("kecamatan", sa.String(100)),
        sa.Column("kelurahan", sa.String(100)),
        sa.Column("received_at", UtcDateTime),
    ]
