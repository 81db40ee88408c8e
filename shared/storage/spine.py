"""Tables that every service has, as migrations call them. A function here never changes once it was released."""

from __future__ import annotations

from alembic import op
from sqlalchemy import MetaData

from shared.audit import audit_table
from shared.messaging.tables import messaging_tables


def create_spine_v1() -> None:
    """outbox, settlements, inbox, timers, audit: a test holds their definition to what was released."""
    metadata = MetaData()
    messaging_tables(metadata)
    audit_table(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)
