"""Things that are to happen later, as rows: (owner, kind, key, due_at, generation).

A timer is claimed by lease and handled like a message: what it does and its end are one transaction. Setting a timer
again raises its generation, so that a worker that still holds the old one changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, select, update

from shared.clock import Clock
from shared.messaging.backoff import backoff_seconds
from shared.messaging.tables import MessagingTables
from shared.observability.logs import get_logger
from shared.storage.bells import MOST_SECONDS, Bells
from shared.storage.database import Database, Transaction
from shared.storage.leases import Lease, claim, is_free
from shared.storage.upsert import add_new, upsert_counting

log = get_logger("timers")
BELL = "timers"
_LEASE_SECONDS = 60.0


@dataclass(frozen=True)
class Timer:
    kind: str
    key: str
    due_at: datetime
    generation: int
    attempts: int


TimerHandler = Callable[[Transaction, Timer], "datetime | None"]
"""Does its work in the transaction; returns when to come again, or None when the timer has served."""


class Timers:
    """The timers of one owner (a service)."""

    def __init__(self, owner: str, tables: MessagingTables, *, clock: Clock, bells: Bells) -> None:
        self._owner = owner
        self._table = tables.timers
        self._clock = clock
        self._bells = bells
        table = tables.timers
        # Built once, as building a statement costs more than running it, and every step of a case moves a timer.
        self._cancel = delete(table).where(
            table.c.owner == owner, table.c.kind == bindparam("of_kind"), table.c.key == bindparam("which")
        )

    def set(self, tx: Transaction, kind: str, key: str, due_at: datetime) -> None:
        """Sets the timer or moves it; an earlier setting of the same kind and key no longer counts."""
        row = {
            "owner": self._owner,
            "kind": kind,
            "key": key,
            "due_at": due_at,
            "attempts": 0,
            "lease_owner": None,
            "lease_until": None,
        }
        upsert_counting(tx, self._table, row, key=("owner", "kind", "key"), counter="generation")
        if due_at <= self._clock.now() + timedelta(seconds=MOST_SECONDS):  # the others are found by the usual look
            tx.after_commit(self._ring)

    def set_if_absent(self, tx: Transaction, kind: str, key: str, due_at: datetime) -> None:
        if tx.execute(select(self._table.c.kind).where(self._is(kind, key))).first() is None:
            self.set(tx, kind, key, due_at)

    def add(self, tx: Transaction, kind: str, keys: Sequence[str], due_at: datetime) -> None:
        """Sets, just before the commit and by one statement, those that are not set yet; the others stay as they are.

        For timers that come with every message: nobody is woken, the next look finds them.
        """
        row = {"owner": self._owner, "kind": kind, "due_at": due_at, "generation": 1, "attempts": 0}
        add_new(tx, self._table, [{**row, "key": key} for key in sorted(set(keys))])

    def cancel(self, tx: Transaction, kind: str, key: str) -> None:
        tx.execute(self._cancel, {"which": key, "of_kind": kind})

    def run_due(self, database: Database, handlers: Mapping[str, TimerHandler]) -> bool:
        """Runs one due timer; False when none is due."""
        table, now = self._table, self._clock.now()
        due = and_(table.c.owner == self._owner, table.c.due_at <= now, is_free(table, now))
        with database.read() as connection:
            if connection.execute(select(table.c.key).where(due).limit(1)).first() is None:
                return False
        lease = Lease.take(now, _LEASE_SECONDS)
        with database.write() as tx:
            changes = {"attempts": table.c.attempts + 1}
            rows = claim(tx, table, due, lease=lease, order_by=table.c.due_at, limit=1, changes=changes)
        for row in rows:
            timer = Timer(row["kind"], row["key"], row["due_at"], row["generation"], row["attempts"])
            self._run(database, handlers, timer, lease)
        return bool(rows)

    def _run(self, database: Database, handlers: Mapping[str, TimerHandler], timer: Timer, lease: Lease) -> None:
        table = self._table
        held = and_(
            self._is(timer.kind, timer.key),
            table.c.lease_owner == lease.owner,
            table.c.generation == timer.generation,
        )
        try:
            with database.write() as tx:
                again_at = handlers[timer.kind](tx, timer)
                if again_at is None:
                    tx.execute(delete(table).where(held))
                else:
                    free = {"due_at": again_at, "attempts": 0, "lease_owner": None, "lease_until": None}
                    tx.execute(update(table).where(held).values(free))
        except Exception as error:
            wait = backoff_seconds(timer.attempts, first=5.0, key=timer.key)
            log.exception("timer_failed", kind=timer.kind, key=timer.key)
            with database.write() as tx:
                later = {
                    "due_at": self._clock.now() + timedelta(seconds=wait),
                    "lease_owner": None,
                    "lease_until": None,
                    "last_error": f"{type(error).__name__}: {error}"[:2000],
                }
                tx.execute(update(table).where(held).values(later))

    def _is(self, kind: str, key: str):  # type: ignore[no-untyped-def]
        table = self._table
        return and_(table.c.owner == self._owner, table.c.kind == kind, table.c.key == key)

    def _ring(self) -> None:
        self._bells.ring(BELL)


class TimerWorker:
    def __init__(self, timers: Timers, database: Database, handlers: Mapping[str, TimerHandler], bells: Bells) -> None:
        self._timers = timers
        self._database = database
        self._handlers = handlers
        self._waiter = bells.waiter(BELL)

    def step(self) -> None:
        if not self._timers.run_due(self._database, self._handlers):
            self._waiter.idle()

    def wake(self) -> None:
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""
