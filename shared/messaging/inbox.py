"""What a service has heard: doubles are recognised here, retries and dead letters are rows here.

States: `trying` (someone holds it), `retrying` (due again at `due_at`), `done`, `dead` (a person decides), `discarded`
(a person decided). A row keeps the message's body until it is done. The marks:

* `attempts` counts every try outside a batch, committed before the try;
* `crashes` counts the tries that had no end: only they, and never a neighbour in a batch, end a message that kills
  its consumer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping, and_, case, func, or_, select, update

from shared.clock import Clock
from shared.contracts.envelope import peek
from shared.errors import AlreadyDone
from shared.messaging.message import Delivery
from shared.messaging.tables import MessagingTables
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction
from shared.storage.leases import Lease, claim, is_free
from shared.storage.upsert import insert_new

BELL = "inbox"
LEASE_SECONDS = 60.0
MOST_CRASHES = 5
OPEN_STATES = ("trying", "retrying")


@dataclass(frozen=True)
class Attempt:
    """The right to handle one message now, marked in the database before it begins."""

    queue: str
    message_id: str
    body: bytes
    number: int
    crashes: int
    lease_owner: str


class Inbox:
    def __init__(
        self, tables: MessagingTables, *, clock: Clock, bells: Bells, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._table = tables.inbox
        self._clock = clock
        self._bells = bells
        self._lease_seconds = lease_seconds

    def enter_done(self, tx: Transaction, queue: str, heard: Sequence[tuple[Delivery, str, str]]) -> set[str]:
        """Marks the deliveries (with their type and subject) done in the transaction that handles them.

        Returns the ids that were new; the others have a row already and must not be handled here.
        """
        now = self._clock.now()
        rows = [
            {
                "queue": queue,
                "message_id": delivery.message_id,
                "state": "done",
                "type": type_,
                "subject": subject,
                "received_at": now,
                "finished_at": now,
            }
            for delivery, type_, subject in sorted(heard, key=lambda item: item[0].message_id)
        ]
        return insert_new(tx, self._table, rows, self._table.c.message_id)

    def begin(self, tx: Transaction, delivery: Delivery) -> Attempt | None:
        """Marks one delivery as being tried; None when there is nothing to do for it but acknowledge.

        A redelivered message that is still marked had a consumer that died: its try counts as a crash.
        """
        table, now = self._table, self._clock.now()
        lease = Lease.take(now, self._lease_seconds)
        type_, subject = peek(delivery.body)
        row = {
            "queue": delivery.queue,
            "message_id": delivery.message_id,
            "state": "trying",
            "type": type_,
            "subject": subject,
            "body": delivery.body,
            "attempts": 1,
            "lease_owner": lease.owner,
            "lease_until": lease.until,
            "due_at": now,
            "received_at": now,
        }
        if insert_new(tx, table, [row], table.c.message_id):
            return Attempt(delivery.queue, delivery.message_id, delivery.body, 1, 0, lease.owner)
        mine = and_(table.c.queue == delivery.queue, table.c.message_id == delivery.message_id)
        abandoned = table.c.state == "trying"
        if not delivery.redelivered:
            abandoned = and_(abandoned, is_free(table, now))
        taken = claim(
            tx, table, and_(mine, abandoned), lease=lease, order_by=table.c.message_id, limit=1,
            changes={"attempts": table.c.attempts + 1, "crashes": table.c.crashes + 1},
        )  # fmt: skip
        return _attempt(taken[0]) if taken else None

    def claim_due(self, database: Database) -> Attempt | None:
        """The next message whose time has come, or whose holder died. One at a time: a crash then blames no other."""
        table, now = self._table, self._clock.now()
        due = or_(
            and_(table.c.state == "retrying", table.c.due_at <= now),
            and_(table.c.state == "trying", is_free(table, now)),
        )
        with database.read() as connection:
            if connection.execute(select(table.c.message_id).where(due).limit(1)).first() is None:
                return None
        lease = Lease.take(now, self._lease_seconds)
        changes = {
            "state": "trying",
            "attempts": table.c.attempts + 1,
            "crashes": table.c.crashes + case((table.c.state == "trying", 1), else_=0),
        }
        with database.write() as tx:
            rows = claim(tx, table, due, lease=lease, order_by=table.c.due_at, limit=1, changes=changes)
        return _attempt(rows[0]) if rows else None

    def finish(self, tx: Transaction, attempt: Attempt) -> None:
        """Marks the attempt done, in the transaction of its effect.

        Raises `AlreadyDone` when another consumer took the message over meanwhile: the effect must roll back.
        """
        done = {
            "state": "done",
            "body": None,
            "finished_at": self._clock.now(),
            "lease_owner": None,
            "lease_until": None,
            "due_at": None,
        }
        if not self._end(tx, attempt, done):
            raise AlreadyDone("another consumer took this message over", code="lease_lost")

    def postpone(self, tx: Transaction, attempt: Attempt, *, wait_seconds: float, code: str, error: str) -> None:
        due_at = self._clock.now() + timedelta(seconds=wait_seconds)
        self._end(tx, attempt, {**_open_end("retrying", code, error), "due_at": due_at})
        tx.after_commit(self._ring)

    def bury(self, tx: Transaction, attempt: Attempt, *, code: str, error: str) -> None:
        """A dead letter: kept whole, listed at the desk, replayable."""
        dead = {**_open_end("dead", code, error), "due_at": None, "finished_at": self._clock.now()}
        self._end(tx, attempt, dead)

    def dead(self, database: Database, limit: int = 200) -> list[RowMapping]:
        table = self._table
        with database.read() as connection:
            statement = select(*table.c).where(table.c.state == "dead").order_by(table.c.received_at).limit(limit)
            return [row._mapping for row in connection.execute(statement)]

    def replay(self, tx: Transaction, queue: str, message_id: str) -> bool:
        """Tries a dead letter again from the start; False when there is no such dead letter."""
        fresh = {"state": "retrying", "attempts": 0, "crashes": 0, "due_at": self._clock.now(), "finished_at": None}
        replayed = self._change_dead(tx, queue, message_id, fresh)
        tx.after_commit(self._ring)
        return replayed

    def discard(self, tx: Transaction, queue: str, message_id: str, *, reason: str) -> bool:
        """Gives a dead letter up for good; the row stays, with the reason."""
        ended = {"state": "discarded", "last_error": reason, "finished_at": self._clock.now()}
        return self._change_dead(tx, queue, message_id, ended)

    def counts(self, database: Database) -> dict[str, int]:
        """Rows that are not done, by state."""
        table = self._table
        with database.read() as connection:
            statement = select(table.c.state, func.count()).where(table.c.state != "done").group_by(table.c.state)
            return {row[0]: row[1] for row in connection.execute(statement)}

    def _end(self, tx: Transaction, attempt: Attempt, values: dict[str, Any]) -> bool:
        table = self._table
        held = and_(
            table.c.queue == attempt.queue,
            table.c.message_id == attempt.message_id,
            table.c.state == "trying",
            table.c.lease_owner == attempt.lease_owner,
        )
        return tx.execute(update(table).where(held).values(values)).rowcount == 1

    def _change_dead(self, tx: Transaction, queue: str, message_id: str, values: dict[str, Any]) -> bool:
        table = self._table
        where = and_(table.c.queue == queue, table.c.message_id == message_id, table.c.state == "dead")
        return tx.execute(update(table).where(where).values(values)).rowcount == 1

    def _ring(self) -> None:
        self._bells.ring(BELL)


def _open_end(state: str, code: str, error: str) -> dict[str, Any]:
    return {"state": state, "error_code": code, "last_error": error[:8000], "lease_owner": None, "lease_until": None}


def _attempt(row: RowMapping) -> Attempt:
    return Attempt(
        row["queue"], row["message_id"], bytes(row["body"] or b""), row["attempts"], row["crashes"], row["lease_owner"]
    )
