"""The seals of audit rows: a chain that only grows, its heads of each day, and how far the sealer is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, String, Table, Text, UniqueConstraint

from services.desk.tables.base import metadata
from shared.storage.types import UtcDateTime

# One row for each audit row of any service, `n` from 1 without gaps. What the columns mean and what the `mac` covers:
# auditing/chain.py. Append-only for the desk's own user.
audit_seals = Table(
    "audit_seals", metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("service", String(20), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("seen_until", UtcDateTime),
    Column("late", Boolean, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("mac", String(64), nullable=False),
    Column("sealed_at", UtcDateTime, nullable=False),
    UniqueConstraint("service", "seq", name="audit_seals_row"),
)  # fmt: skip

# The chain's head once a day (the day of the city), as it was mailed. Append-only, too.
audit_heads = Table(
    "audit_heads", metadata,
    Column("day", Date, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("mac", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
)  # fmt: skip

# One row a service: up to when its rows are known to be sealed, and what kept the sealer from it. The row `chain`
# carries the lease: one desk seals at a time.
audit_sealing = Table(
    "audit_sealing", metadata,
    Column("service", String(20), primary_key=True),
    Column("seen_until", UtcDateTime),
    Column("problem", Text, nullable=False),
    Column("lease_owner", String(32)),
    Column("lease_until", UtcDateTime),
)  # fmt: skip
