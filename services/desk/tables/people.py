"""People, their sessions and their attempts to log in."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table

from services.desk.tables.base import metadata
from shared.messaging.tables import BigSerial
from shared.storage.types import UtcDateTime

people = Table(
    "people", metadata,
    Column("login", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("agency", String(64)),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("confidential", Boolean, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
)  # fmt: skip
Index("people_of_agency", people.c.agency)

sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("sessions_seen", sessions.c.seen_at)

login_attempts = Table(
    "login_attempts", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(10), nullable=False),
)  # fmt: skip
Index("login_attempts_of_account", login_attempts.c.account, login_attempts.c.at)
Index("login_attempts_at", login_attempts.c.at)
