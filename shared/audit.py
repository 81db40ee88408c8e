"""Append-only rows of who did what, when and why: every act and every reveal. Written in the act's transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Index, MetaData, String, Table, Text

from shared.messaging.tables import BigSerial
from shared.storage.database import Transaction
from shared.storage.types import Json, UtcDateTime
from shared.storage.upsert import insert_late


def audit_table(metadata: MetaData) -> Table:
    audit = Table(
        "audit",
        metadata,
        Column("seq", BigSerial, primary_key=True, autoincrement=True),
        Column("at", UtcDateTime, nullable=False),
        Column("actor", String(100), nullable=False),
        Column("role", String(30), nullable=False),
        Column("act", String(60), nullable=False),
        Column("subject", String(64), nullable=False),
        Column("reason", Text, nullable=False, server_default=""),
        Column("details", Json, nullable=False),
    )
    Index("audit_subject", audit.c.subject)
    return audit


def record_act(
    tx: Transaction,
    audit: Table,
    *,
    at: datetime,
    actor: str,
    role: str,
    act: str,
    subject: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """Just before the commit. `details` must not contain contacts or texts of complaints: references only."""
    row = {
        "at": at,
        "actor": actor,
        "role": role,
        "act": act,
        "subject": subject,
        "reason": reason,
        "details": details or {},
    }
    insert_late(tx, audit, [row])


def row_digest(row: Mapping[str, Any]) -> str:
    """SHA-256 (64 hexadecimal signs) of a row's canonical form: JSON in ASCII, keys sorted, time in UTC to the
    microsecond. The same row gives the same digest on SQLite and PostgreSQL.
    """
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    fields = [_FORM, row["seq"], at, *(row[name] for name in _TEXTS), row["details"]]
    form = json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(form.encode("ascii")).hexdigest()


_FORM = "tanggap.audit.1"
_TEXTS = ("actor", "role", "act", "subject", "reason")
