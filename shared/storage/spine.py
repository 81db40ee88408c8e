"""Tables that every service has, as migrations call them. A function here never changes once it was released."""

from __future__ import annotations

from alembic import op
from sqlalchemy import MetaData, text

from shared.audit import audit_table
from shared.erasures import erasures_table
from shared.messaging.tables import messaging_tables
from shared.vitals.table import vitals_table


def create_spine_v1() -> None:
    """outbox, settlements, inbox, timers, audit: a test holds their definition to what was released."""
    spine_v1().create_all(op.get_bind(), checkfirst=False)


def create_erasures_v1() -> None:
    """erasures, and an index to find what the inbox still holds of a complaint; held like the above."""
    erasures_v1().create_all(op.get_bind(), checkfirst=False)
    kept = text("body IS NOT NULL OR last_error IS NOT NULL")
    op.create_index("inbox_kept", "inbox", ["subject"], postgresql_where=kept, sqlite_where=kept)


def spine_v1() -> MetaData:
    metadata = MetaData()
    tables = messaging_tables(metadata)
    audit_table(metadata)
    metadata.remove(tables.erasures)
    tables.inbox.indexes = {index for index in tables.inbox.indexes if index.name != "inbox_kept"}
    return metadata


def erasures_v1() -> MetaData:
    metadata = MetaData()
    erasures_table(metadata)
    return metadata


def create_vitals_v1() -> None:
    """vitals, held like the above."""
    vitals_v1().create_all(op.get_bind(), checkfirst=False)


def vitals_v1() -> MetaData:
    metadata = MetaData()
    vitals_table(metadata)
    return metadata
