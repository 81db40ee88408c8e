"""What is, or was, public of cases."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from services.desk.tables.base import metadata
from shared.storage.types import UtcDateTime

# Each version stays: when something was public that should not have been, people have to be told what, from when to
# when. `latest` marks the last one of a case. `revision` counts them from 1; `seen_revision` is the case's own, of
# which the person who made the version saw the page.
publications = Table(
    "publications", metadata,
    Column("complaint_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("latest", Boolean, nullable=False),
    Column("state", String(20), nullable=False),
    Column("summary", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("service", String(40), nullable=False),
    Column("kind", String(30), nullable=False),
    Column("agency", String(64)),
    Column("case_state", String(20), nullable=False),
    Column("kecamatan", String(100)),
    Column("kelurahan", String(100)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Column("seen_revision", Integer, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("name", String(200), nullable=False),
    Column("reason", String(500), nullable=False),
)  # fmt: skip
Index("publications_latest", publications.c.latest, publications.c.state, publications.c.made_at)
