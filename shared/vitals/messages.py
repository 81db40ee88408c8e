"""What waits in a service: to be published, to be handled, for a person. Counts stop at a bound."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, literal_column, select

from shared.clock import Clock
from shared.messaging.inbox import OPEN_STATES
from shared.messaging.tables import MessagingTables
from shared.storage.database import Database
from shared.thresholds import DEAD_LETTERS, INBOX_SECONDS, OUTBOX_SECONDS
from shared.vitals.looking import Probe
from shared.vitals.sign import Sign, judged

MOST_COUNTED = 10_000
_LOOKED_AT = 200


def message_probes(database: Database, tables: MessagingTables, clock: Clock) -> list[Probe]:
    """`relay`, `inbox` and `dead`."""

    def look_at(read: Any) -> Any:
        def look() -> list[Sign]:
            with database.read() as connection:
                return [read(connection, tables, clock.now())]

        return look

    reads = (("relay", _relay), ("inbox", _inbox), ("dead", _dead))
    return [Probe(name, look_at(read), rests_on_database=True) for name, read in reads]


def _relay(connection: Connection, tables: MessagingTables, now: datetime) -> Sign:
    """A row that waits for its next try counts as well: a broker that is away must not look like a pause."""
    outbox = tables.outbox
    waiting = outbox.c.published_at.is_(None)
    first = select(outbox.c.created_at).where(waiting).order_by(outbox.c.available_at).limit(_LOOKED_AT).subquery()
    oldest = connection.execute(select(func.min(first.c.created_at))).scalar()
    return judged("relay", _age(oldest, now), OUTBOX_SECONDS, waiting=_count(connection, outbox, waiting))


def _inbox(connection: Connection, tables: MessagingTables, now: datetime) -> Sign:
    inbox = tables.inbox
    unfinished = inbox.c.state.in_(OPEN_STATES)
    due_at = connection.execute(select(func.min(inbox.c.due_at)).where(unfinished)).scalar()
    facts = {
        f"queue {queue} {state}": number for queue, state, number in connection.execute(_by_queue(inbox, unfinished))
    }
    return judged("inbox", _age(due_at, now), INBOX_SECONDS, **facts)


def _by_queue(inbox: Any, unfinished: ColumnElement[bool]) -> Select[Any]:
    some = select(inbox.c.queue, inbox.c.state).where(unfinished).limit(MOST_COUNTED).subquery()
    return select(some.c.queue, some.c.state, func.count()).group_by(some.c.queue, some.c.state)


def _dead(connection: Connection, tables: MessagingTables, _now: datetime) -> Sign:
    return judged("dead", _count(connection, tables.inbox, tables.inbox.c.state == "dead"), DEAD_LETTERS, "messages")


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return int(connection.execute(counted(condition, table=table)).scalar_one())


def counted(*conditions: ColumnElement[bool], table: Table) -> Select[Any]:
    """How many rows of the table they hold for, up to the bound."""
    some: Select[Any] = select(literal_column("1")).select_from(table).where(*conditions).limit(MOST_COUNTED)
    return select(func.count()).select_from(some.subquery())


def _age(oldest: datetime | None, now: datetime) -> float:
    return 0.0 if oldest is None else round(max(0.0, (now - oldest).total_seconds()), 1)
