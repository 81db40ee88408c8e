"""Following the audit rows of all services and sealing them, beside everybody's work: no act waits for it.

Numbers are given when a row is written and appear when it is committed, so that one may appear below another that is
sealed already. Such gaps are looked into again for an hour; then the number was given in vain (a rolled back act).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from services.desk.auditing import repository
from services.desk.auditing.chain import AuditKeys, continued
from services.desk.auditing.repository import Progress
from services.desk.auditing.sources import AuditSource
from shared.audit_reading import MOST_ROWS, Digest
from shared.clock import Clock
from shared.errors import TanggapError
from shared.observability.logs import get_logger
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction

log = get_logger("auditing")
BELL = "auditing"
BATCH = 200
"""Seals a transaction on SQLite, where everybody else waits meanwhile, about 5 ms. On PostgreSQL nobody does."""
LOOK_BACK = timedelta(hours=1)
MOST_BACK = 10_000
"""Numbers below the highest; no act lasts for so many others."""
LEASE_SECONDS = 60.0
_GAPS_EVERY = timedelta(minutes=1)
_AWAY = timedelta(seconds=15)
_NOTED_EVERY = timedelta(minutes=1)
_MOST_BATCHES = 50
_REST_SECONDS = 5.0


class NotMyTurn(Exception):
    """Another desk seals."""


class Sealer:
    """Not safe to share between threads; several processes may have one each, and one of them works at a time."""

    def __init__(
        self, database: Database, clock: Clock, keys: AuditKeys, sources: Mapping[str, AuditSource]
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._keys = keys
        self._sources = sources
        self._batch = BATCH if database.is_sqlite else MOST_ROWS
        self._owner = uuid.uuid4().hex
        self._turn_until: datetime | None = None
        self._ask_again_at: dict[str, datetime] = {}
        self._gaps_at: dict[str, datetime] = {}

    def round(self) -> bool:
        """Seals what is new; True when there is more. One service that is away does not keep the others."""
        if not self._has_turn():
            return False
        more = False
        for service in self._sources:
            try:
                more |= self._follow(service)
            except NotMyTurn:
                return False
        return more

    def _has_turn(self) -> bool:
        now = self._clock.now()
        if self._turn_until is None or now > self._turn_until - timedelta(seconds=LEASE_SECONDS / 2):
            with self._database.write() as tx:
                self._take_turn(tx, now)
        return self._turn_until is not None

    def _take_turn(self, tx: Transaction, now: datetime) -> bool:
        mine = repository.take_turn(tx, self._owner, now, LEASE_SECONDS)
        self._turn_until = now + timedelta(seconds=LEASE_SECONDS) if mine else None
        return mine

    def _follow(self, service: str) -> bool:
        now = self._clock.now()
        if self._ask_again_at.get(service, now) > now:
            return False
        with self._database.read() as connection:
            known = repository.progress(connection).get(service, Progress(service))
        try:
            more = self._seal_new(known)
            self._fill_gaps(service, now)
            self._ask_again_at.pop(service, None)
            return more
        except TanggapError as error:
            self._ask_again_at[service] = now + _AWAY
            if known.problem != error.code:
                log.warning("audit_not_read", of=service, code=error.code, error=error.message)
                with self._database.write() as tx:
                    repository.keep_progress(tx, Progress(service, known.seen_until, error.code))
            return False

    def _seal_new(self, known: Progress) -> bool:
        """True when there is more than a round takes."""
        service = known.service
        for _ in range(_MOST_BATCHES):
            began = self._clock.now()
            with self._database.read() as connection:
                after = repository.last_seq(connection, service)
            rows = self._sources[service].digests(after, self._batch)
            self._seal(service, rows)
            if len(rows) < self._batch:
                self._note_seen(known, began)
                return False
        return True

    def _fill_gaps(self, service: str, now: datetime) -> None:
        """Rows that have appeared below others since those were sealed."""
        if self._gaps_at.get(service, now) > now:
            return
        with self._database.read() as connection:
            found = repository.gaps(connection, service, now - LOOK_BACK, MOST_BACK)
        for first, last in found:
            rows = self._sources[service].digests(first - 1, min(self._batch, last - first + 1))
            self._seal(service, [row for row in rows if row.seq <= last])
        self._gaps_at[service] = now + _GAPS_EVERY

    def _seal(self, service: str, rows: Sequence[Digest]) -> None:
        """Raises `NotMyTurn`. What another desk has sealed meanwhile is left out."""
        if not rows:
            return
        now = self._clock.now()
        with self._database.write() as tx:
            if not self._take_turn(tx, now):
                raise NotMyTurn
            done = repository.sealed(tx.connection, service, [row.seq for row in rows])
            new = [row for row in rows if row.seq not in done]
            known = repository.progress(tx.connection).get(service, Progress(service))
            made = continued(self._keys, repository.head(tx.connection), service, new, known.seen_until, now)
            repository.add(tx, made)
        if any(seal.late for seal in made):
            log.warning("audit_rows_late", of=service, count=sum(seal.late for seal in made))

    def _note_seen(self, known: Progress, began: datetime) -> None:
        """Written when it matters: it may be older than it is, never younger, and never goes back."""
        newer = known.seen_until is None or began - known.seen_until > _NOTED_EVERY
        if newer or known.problem:
            seen = max(known.seen_until or began, began)
            with self._database.write() as tx:
                repository.keep_progress(tx, Progress(known.service, seen))


class SealingStepper:
    """The sealer as the work of a thread: a round every few seconds, the next at once while there is more.

    `afterwards` is called after each.
    """

    def __init__(self, sealer: Sealer, afterwards: Callable[[], object], bells: Bells) -> None:
        self._sealer = sealer
        self._afterwards = afterwards
        self._waiter = bells.waiter(BELL)

    def step(self) -> None:
        more = self._sealer.round()
        self._afterwards()
        if not more:
            self._waiter.wait(_REST_SECONDS)

    def wake(self) -> None:
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""
