"""What all tables of the desk belong to, and those that every service has."""

from __future__ import annotations

from sqlalchemy import MetaData

from shared.audit import audit_table
from shared.messaging.tables import messaging_tables
from shared.vitals.table import vitals_table

metadata = MetaData()
messaging = messaging_tables(metadata)
audit = audit_table(metadata)
vitals = vitals_table(metadata)
