"""People, how they prove who they are, their sessions and their attempts to log in."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Table, Text

from services.desk.tables.base import metadata
from shared.messaging.tables import BigSerial
from shared.storage.types import UtcDateTime

# `second_sealed` is the secret of the second factor once it was confirmed, `second_begun` one that waits for that.
# `second_step` is the newest step of time whose code was used: a code is good once.
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
    Column("email", String(254)),
    Column("second_sealed", Text),
    Column("second_begun", Text),
    Column("second_step", BigInteger),
)  # fmt: skip
Index("people_of_agency", people.c.agency)
Index("people_email", people.c.email, unique=True)

# `stage` is `open`, or `second` while only the password was right. `via` is `password` or `oidc`.
sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("stage", String(10), nullable=False, server_default="open"),
    Column("via", String(10), nullable=False, server_default="password"),
    Column("browser", String(60), nullable=False, server_default=""),
)  # fmt: skip
Index("sessions_seen", sessions.c.seen_at)
Index("sessions_of_person", sessions.c.login)

recovery_codes = Table(
    "recovery_codes", metadata,
    Column("login", String(64), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("used_at", UtcDateTime),
)  # fmt: skip

# Links that were sent by mail and lead to a new password, once.
person_links = Table(
    "person_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(64), nullable=False),
    Column("purpose", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)  # fmt: skip
Index("person_links_of_person", person_links.c.login, person_links.c.created_at)

login_attempts = Table(
    "login_attempts", metadata,
    Column("seq", BigSerial, primary_key=True, autoincrement=True),
    Column("account", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(10), nullable=False),
)  # fmt: skip
Index("login_attempts_of_account", login_attempts.c.account, login_attempts.c.at)
Index("login_attempts_at", login_attempts.c.at)
