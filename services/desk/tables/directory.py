"""The agency directory: agencies and all that they were, who is away, tokens of their systems."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

agencies = Table(
    "agencies", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("places", String(20), nullable=False),
    Column("endpoints", Json, nullable=False),
    Column("channels", Json, nullable=False),
    Column("language", String(8), nullable=False),
    Column("reminders", Boolean, nullable=False),
    Column("aliases", Json, nullable=False),
    Column("valid_from", UtcDateTime),
    Column("valid_to", UtcDateTime),
    Column("public_contact", String(300), nullable=False),
    Column("successor", String(64), nullable=False),
    Column("seeded", String(64), nullable=False),
    Column("pack", Json, nullable=False),
)  # fmt: skip

# Append-only: what an agency was in each of its revisions, so that who comes second sees what the first one changed.
agency_versions = Table(
    "agency_versions", metadata,
    Column("code", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("document", Json, nullable=False),
)  # fmt: skip

# Who is away, and who stands in. Never changed but for `ends_at` and `ended_by`, when it is over before its time.
absences = Table(
    "absences", metadata,
    Column("absence_id", String(36), primary_key=True),
    Column("agency", String(64), nullable=False),
    Column("login", String(64), nullable=False),
    Column("acting_login", String(64), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_by", String(100)),
)  # fmt: skip
Index("absences_of_agency", absences.c.agency, absences.c.ends_at)
Index("absences_acting", absences.c.acting_login, absences.c.ends_at)

# The secret itself is known to the agency alone; `shown` is its beginning, by which people tell tokens apart.
agency_tokens = Table(
    "agency_tokens", metadata,
    Column("token_id", String(36), primary_key=True),
    Column("agency", String(64), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("shown", String(16), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("created_by", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", String(100)),
)  # fmt: skip
Index("agency_tokens_of_agency", agency_tokens.c.agency)
