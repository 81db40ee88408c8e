"""An index for what is new to one agency."""

import sqlalchemy as sa
from alembic import op

revision = "desk_0012"
down_revision = "desk_0011"

_NEW = sa.text("state IN ('triage', 'forwarded')")


def upgrade() -> None:
    columns = ["agency", "updated_at", "complaint_id"]
    op.create_index("cases_new_to_agency", "cases", columns, postgresql_where=_NEW, sqlite_where=_NEW)
