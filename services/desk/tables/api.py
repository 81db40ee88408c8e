"""What the desk keeps for the agencies' own systems: what they were answered, how often they call, what they know."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from services.desk.tables.base import metadata
from shared.storage.types import Json, UtcDateTime

# An act that was done under a key, so that the same request again is answered alike and does nothing. It is written in
# the transaction of the act, and holds no words of anybody.
api_answers = Table(
    "api_answers", metadata,
    Column("agency", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("body", Json, nullable=False),
    Column("token_id", String(36), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("api_answers_at", api_answers.c.at)

# Requests of a token in a minute (since 1970), for the limit.
api_calls = Table(
    "api_calls", metadata,
    Column("token_id", String(36), primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)  # fmt: skip

# Photos that were sent for an answer; the files lie in intake.
api_photos = Table(
    "api_photos", metadata,
    Column("agency", String(64), primary_key=True),
    Column("complaint_id", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("photo", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("api_photos_at", api_photos.c.at)

# Each case that an agency's system may see, with what it was when that was last noticed. `position` counts upwards by
# agency in the order of noticing, which is why nobody who reads on from a position can miss a change.
api_changes = Table(
    "api_changes", metadata,
    Column("agency", String(64), primary_key=True),
    Column("complaint_id", String(64), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("role", String(10), nullable=False),
    Column("steps", Integer, nullable=False),
    Column("contents", Integer, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
)  # fmt: skip
Index("api_changes_position", api_changes.c.agency, api_changes.c.position)
