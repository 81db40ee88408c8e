"""What is counted of cases. All that there are wait to be counted."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import UtcDateTime

revision = "desk_0015"
down_revision = "desk_0014"
_NUMBERS = (
    "received", "answered", "closed", "archived", "withdrawn", "respond_met", "respond_late", "settle_met",
    "settle_late", "reopened", "rated", "scores",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "case_figures",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("ticket", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("office", sa.String(170), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("kecamatan", sa.String(100), nullable=False),
        sa.Column("kelurahan", sa.String(100), nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("answer_seconds", sa.Integer),
        sa.Column("close_seconds", sa.Integer),
        sa.Column("respond_in_time", sa.Boolean),
        sa.Column("settle_in_time", sa.Boolean),
        sa.Column("reopened", sa.Integer, nullable=False),
        sa.Column("rating", sa.Integer),
        sa.Column("due_at", UtcDateTime),
    )
    op.create_index("case_figures_month", "case_figures", ["month", "office"])
    op.create_index("case_figures_due", "case_figures", ["due_at"])
    op.create_table("figures_due", sa.Column("complaint_id", sa.String(64), primary_key=True))
    op.create_table(
        "figure_periods",
        sa.Column("period", sa.String(7), primary_key=True),
        sa.Column("due", sa.Boolean, nullable=False),
        sa.Column("summed_at", UtcDateTime),
        sa.Column("published", sa.String(64)),
    )
    op.create_table(
        "figure_sums",
        sa.Column("scope", sa.String(170), primary_key=True),
        sa.Column("dimension", sa.String(10), primary_key=True),
        sa.Column("period", sa.String(7), primary_key=True),
        sa.Column("value", sa.String(170), primary_key=True),
        sa.Column("confidential", sa.Boolean, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _NUMBERS),
        sa.Column("answer_spans", sa.Text, nullable=False),
        sa.Column("close_spans", sa.Text, nullable=False),
    )
    op.create_index("figure_sums_period", "figure_sums", ["period"])
    op.execute("INSERT INTO figures_due (complaint_id) SELECT complaint_id FROM cases")


def downgrade() -> None:
    for name in ("figure_sums", "figure_periods", "figures_due", "case_figures"):
        op.drop_table(name)
