"""The tables that every service has for messages and timers: `messaging_tables(metadata)` adds them to its own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, or_

from shared.erasures import erasures_table
from shared.storage.types import UtcDateTime

# SQLite gives ascending numbers only to INTEGER PRIMARY KEY.
BigSerial = BigInteger().with_variant(Integer(), "sqlite")


@dataclass(frozen=True)
class MessagingTables:
    outbox: Table
    settlements: Table
    inbox: Table
    timers: Table
    erasures: Table


def messaging_tables(metadata: MetaData) -> MessagingTables:
    return MessagingTables(
        outbox=_outbox(metadata),
        settlements=_settlements(metadata),
        inbox=_inbox(metadata),
        timers=_timers(metadata),
        erasures=erasures_table(metadata),
    )


def _outbox(metadata: MetaData) -> Table:
    outbox = Table(
        "outbox", metadata,
        Column("seq", BigSerial, primary_key=True, autoincrement=True),
        Column("message_id", String(64), nullable=False, unique=True),
        Column("routing_key", String(100), nullable=False),
        Column("subject", String(64), nullable=False),
        Column("traceparent", String(64), nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("queues", Integer, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("available_at", UtcDateTime, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("lease_owner", String(32)),
        Column("lease_until", UtcDateTime),
        Column("published_at", UtcDateTime),
        Column("last_error", Text),
    )  # fmt: skip
    Index(
        "outbox_unpublished", outbox.c.available_at,
        postgresql_where=outbox.c.published_at.is_(None), sqlite_where=outbox.c.published_at.is_(None),
    )  # fmt: skip
    Index("outbox_subject", outbox.c.subject)
    return outbox


def _settlements(metadata: MetaData) -> Table:
    return Table(
        "settlements", metadata,
        Column("message_id", String(64), primary_key=True),
        Column("queue", String(100), primary_key=True),
        Column("settled_at", UtcDateTime, nullable=False),
    )  # fmt: skip


def _inbox(metadata: MetaData) -> Table:
    inbox = Table(
        "inbox", metadata,
        Column("queue", String(100), primary_key=True),
        Column("message_id", String(64), primary_key=True),
        Column("state", String(10), nullable=False),
        Column("type", String(100)),
        Column("subject", String(64)),
        Column("body", LargeBinary),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("crashes", Integer, nullable=False, server_default="0"),
        Column("due_at", UtcDateTime),
        Column("lease_owner", String(32)),
        Column("lease_until", UtcDateTime),
        Column("error_code", String(64)),
        Column("last_error", Text),
        Column("received_at", UtcDateTime, nullable=False),
        Column("finished_at", UtcDateTime),
    )  # fmt: skip
    unfinished = inbox.c.state.in_(("trying", "retrying"))
    Index("inbox_due", inbox.c.due_at, postgresql_where=unfinished, sqlite_where=unfinished)
    Index("inbox_dead", inbox.c.received_at, postgresql_where=inbox.c.state == "dead",
          sqlite_where=inbox.c.state == "dead")  # fmt: skip
    kept = or_(inbox.c.body.is_not(None), inbox.c.last_error.is_not(None))
    Index("inbox_kept", inbox.c.subject, postgresql_where=kept, sqlite_where=kept)
    return inbox


def _timers(metadata: MetaData) -> Table:
    timers = Table(
        "timers", metadata,
        Column("owner", String(40), primary_key=True),
        Column("kind", String(60), primary_key=True),
        Column("key", String(100), primary_key=True),
        Column("due_at", UtcDateTime, nullable=False),
        Column("generation", Integer, nullable=False, server_default="1"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("lease_owner", String(32)),
        Column("lease_until", UtcDateTime),
        Column("last_error", Text),
    )  # fmt: skip
    Index("timers_due", timers.c.due_at)
    return timers
