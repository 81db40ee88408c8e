"""Facts that a service has said and that are on their way: stored in the transaction that made them true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Table, Update, and_, bindparam, func, or_, select, update

from shared.clock import Clock
from shared.contracts.envelope import Codec, Envelope
from shared.contracts.registry import Event
from shared.messaging.backoff import backoff_seconds
from shared.messaging.handover import Handover
from shared.messaging.message import Message, Outcome
from shared.messaging.tables import MessagingTables
from shared.messaging.topology import Topology
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction
from shared.storage.leases import FREE, Lease, claim, is_free
from shared.storage.many_rows import is_one_of
from shared.storage.upsert import insert_late, insert_new

BELL = "outbox"
LEASE_SECONDS = 30.0
"""How long a publishing relay keeps a row; and, embedded, how long listeners have before a row is sent again."""

_LONGEST_WAIT_SECONDS = 15.0  # a broker that came back must not wait long for what it missed


class Outbox:
    def __init__(
        self,
        source: str,
        tables: MessagingTables,
        *,
        codec: Codec,
        topology: Topology,
        clock: Clock,
        bells: Bells,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.source = source
        self._tables = tables
        self._codec = codec
        self._topology = topology
        self._clock = clock
        self._bells = bells
        self._lease_seconds = lease_seconds
        self.handover = Handover()

    def say(self, tx: Transaction, *events: Event) -> None:
        """Stores the events with the running transaction; they go out after its commit, at least once.

        Raises `Rejected` when an event breaks its contract, so a wrong fact undoes the change that made it.
        """
        now = self._clock.now()
        lease = self.handover.lease(now)
        rows = [self._row(Envelope.of(event, source=self.source, time=now), now, lease) for event in events]
        if not rows:
            return
        insert_late(tx, self._tables.outbox, rows)
        if lease is not None:
            messages = [self._message(row) for row in rows]
            tx.after_commit(lambda: self.handover.give(lease, messages))
        tx.after_commit(self._ring)

    def claim(self, database: Database, limit: int) -> tuple[Lease, list[Message]]:
        """Up to `limit` messages that wait in the table, leased to the caller."""
        table, now = self._tables.outbox, self._clock.now()
        lease = Lease.take(now, self._lease_seconds)
        longest = now + timedelta(seconds=2 * _LONGEST_WAIT_SECONDS)  # further away: by a clock that was wrong
        waits_no_more = or_(table.c.available_at <= now, table.c.available_at > longest)
        due = and_(table.c.published_at.is_(None), waits_no_more, is_free(table, now))
        with database.read() as connection:  # an idle relay must not take SQLite's one writer place to look
            if connection.execute(select(table.c.seq).where(due).limit(1)).first() is None:
                return lease, []
        changes = {"attempts": table.c.attempts + 1}
        with database.write() as tx:
            rows = claim(tx, table, due, lease=lease, order_by=table.c.seq, limit=limit, changes=changes)
        return lease, [self._message(dict(row)) for row in rows]

    def record(self, database: Database, lease: Lease, messages: Sequence[Message], outcomes: list[Outcome]) -> None:
        """Writes down what became of the messages: only what was confirmed counts as published."""
        table, now = self._tables.outbox, self._clock.now()
        confirmed = [m.message_id for m, o in zip(messages, outcomes, strict=True) if o is Outcome.CONFIRMED]
        failed = [
            (m, o) for m, o in zip(messages, outcomes, strict=True) if o not in (Outcome.CONFIRMED, Outcome.ACCEPTED)
        ]
        if not confirmed and not failed:
            return
        with database.write() as tx:
            if confirmed:
                done = _publishing(database.dialect, table)
                tx.execute(done, {"now": now, "owner": lease.owner, "ids": confirmed})
            for message, outcome in failed:
                wait = backoff_seconds(message.attempt, first=1.0, most=_LONGEST_WAIT_SECONDS, key=message.message_id)
                again = {"available_at": now + timedelta(seconds=wait), "last_error": outcome.value, **FREE}
                mine = table.c.lease_owner == lease.owner
                tx.execute(update(table).where(mine, table.c.message_id == message.message_id).values(again))

    def settle(self, database: Database, pairs: Sequence[tuple[str, str]]) -> None:
        """Embedded mode: these queues are done with these messages. A message that all its queues settled is published.

        Idempotent. Pairs whose message this outbox does not know are kept and harmless.
        """
        now = self._clock.now()
        outbox, settlements = self._tables.outbox, self._tables.settlements
        rows: list[dict[str, Any]] = [
            {"message_id": message_id, "queue": queue, "settled_at": now} for message_id, queue in sorted(set(pairs))
        ]
        if not rows:
            return
        count = (
            select(func.count())
            .select_from(settlements)
            .where(settlements.c.message_id == outbox.c.message_id)
            .scalar_subquery()
        )
        with database.write() as tx:
            insert_new(tx, settlements, rows, settlements.c.message_id)
            ids = sorted({message_id for message_id, _ in pairs})
            tx.execute(
                update(outbox)
                .where(outbox.c.message_id.in_(ids), outbox.c.published_at.is_(None), count >= outbox.c.queues)
                .values(published_at=now, lease_owner=None, lease_until=None, last_error=None)
            )

    def release(self, database: Database, lease: Lease) -> None:
        """What the holder of the lease has not published is free for others at once."""
        table = self._tables.outbox
        with database.write() as tx:
            left = and_(table.c.published_at.is_(None), table.c.lease_owner == lease.owner)
            tx.execute(update(table).where(left).values(FREE))

    def release_all(self, database: Database) -> int:
        """At the boot of an embedded process, which is alone on its file: what was leased before waits for nobody."""
        table = self._tables.outbox
        with database.write() as tx:
            statement = update(table).where(table.c.published_at.is_(None), table.c.lease_until.is_not(None))
            return tx.execute(statement.values(lease_owner=None, lease_until=None)).rowcount

    def backlog(self, database: Database) -> int:
        table = self._tables.outbox
        with database.read() as connection:
            statement = select(func.count()).select_from(table).where(table.c.published_at.is_(None))
            return int(connection.execute(statement).scalar_one())

    def _ring(self) -> None:
        self._bells.ring(BELL)

    def _row(self, envelope: Envelope, now: datetime, lease: Lease | None) -> dict[str, Any]:
        queues = len(self._topology.queues_for(envelope.type))
        return {
            "message_id": envelope.id,
            "routing_key": envelope.type,
            "subject": envelope.subject,
            "traceparent": envelope.traceparent,
            "body": self._codec.encode(envelope),
            "queues": queues,
            "created_at": now,
            "available_at": now,
            "attempts": 0 if lease is None else 1,
            "lease_owner": lease.owner if lease else None,
            "lease_until": lease.until if lease else None,
        }

    def _message(self, row: Mapping[str, Any]) -> Message:
        return Message(
            message_id=row["message_id"],
            routing_key=row["routing_key"],
            body=bytes(row["body"]),
            source=self.source,
            correlation_id=row["subject"],
            traceparent=row["traceparent"],
            created_at=row["created_at"],
            attempt=row["attempts"],
        )


@cache
def _publishing(dialect: str, table: Table) -> Update:
    """Built once: it comes with every batch."""
    mine = table.c.lease_owner == bindparam("owner")
    done = {"published_at": bindparam("now"), "last_error": None, **FREE}
    return update(table).where(mine, is_one_of(dialect, table.c.message_id, "ids")).values(done)
