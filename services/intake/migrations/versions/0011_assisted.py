"""Complaints that were entered for somebody, and the numbers of the national system that complaints have already."""

import sqlalchemy as sa
from alembic import op

from shared.storage.types import Json, UtcDateTime

revision = "intake_0011"
down_revision = "intake_0010"


def upgrade() -> None:
    op.create_table(
        "assisted_entries",
        sa.Column("complaint_id", sa.String(64), primary_key=True),
        sa.Column("entry_key", sa.String(64), nullable=False, unique=True),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("office", sa.String(100), nullable=False),
        sa.Column("happened_on", sa.Date),
        sa.Column("entered_at", UtcDateTime, nullable=False),
    )
    op.create_index("assisted_entries_login", "assisted_entries", ["login", "entered_at"])
    numbers = op.create_table(
        "external_numbers",
        sa.Column("system", sa.String(20), primary_key=True),
        sa.Column("number", sa.String(64), primary_key=True),
        sa.Column("complaint_id", sa.String(64), nullable=False),
    )
    op.create_index("external_numbers_complaint", "external_numbers", ["complaint_id"])
    _note_known_numbers(numbers)


def _note_known_numbers(numbers: sa.Table) -> None:
    """The oldest complaint with a number keeps it."""
    complaints = sa.table(
        "complaints", sa.column("complaint_id"), sa.column("external_refs", Json), sa.column("received_at")
    )
    connection = op.get_bind()
    has_number = sa.cast(complaints.c.external_refs, sa.Text).like('%"sp4n":%')
    rows = connection.execute(
        sa.select(complaints.c.complaint_id, complaints.c.external_refs)
        .where(has_number)
        .order_by(complaints.c.received_at, complaints.c.complaint_id)
    ).all()
    first = {str(row.external_refs.get("sp4n", ""))[:64]: row.complaint_id for row in reversed(rows)}
    known = [{"system": "sp4n", "number": number, "complaint_id": one} for number, one in first.items() if number]
    if known:
        connection.execute(numbers.insert(), known)
