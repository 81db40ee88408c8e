"""An index for what is new in triage: thousands may wait there."""

import sqlalchemy as sa
from alembic import op

revision = "desk_0018"
down_revision = "desk_0017"

_TRIAGE = sa.text("state = 'triage'")


def upgrade() -> None:
    columns = ["updated_at", "complaint_id"]
    op.create_index("cases_triage_newest", "cases", columns, postgresql_where=_TRIAGE, sqlite_where=_TRIAGE)
