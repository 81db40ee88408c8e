"""Sealing anew, with the key that is used, what an older one sealed: a few rows at a time, while everything runs.

What is done already tells itself: so whoever was stopped begins again, and passes quickly over it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import or_, select, tuple_, update

from services.operations.installation import Installation
from services.operations.sealed_places import OUTBOXES, PLACES, Place, may_be_sealed
from shared.errors import Rejected, Transient
from shared.sealing import Sealer
from shared.storage.database import Transaction

# What Fernet makes: 73 bytes or more in base64; the first of them (version and time) are the same for the next decades.
_TOKEN = re.compile(r"gAAAA[A-Za-z0-9_-]{93,}={0,2}")
_CHUNK = 1_000
_TRIES = 5

Progress = Callable[[str, int], None]
"""Is told a place, and how many of its rows were looked at."""


@dataclass(frozen=True)
class Resealed:
    """`unreadable`: sealed texts that none of the keys opens; they stay as they are."""

    done: int = 0
    unreadable: int = 0

    def plus(self, other: Resealed) -> Resealed:
        return Resealed(self.done + other.done, self.unreadable + other.unreadable)


@dataclass
class Resealing:
    """`reseal(text)` gives a text in which every token that an older key sealed is sealed with the first."""

    sealer: Sealer
    unreadable: int = field(default=0)

    def text(self, held: str) -> str:
        return _TOKEN.sub(lambda match: self._token(match.group(0)), held)

    def value(self, held: Any) -> Any:
        """Of whatever a column holds: text, bytes, or what was JSON."""
        if held is None or isinstance(held, str):
            return held and self.text(held)
        if isinstance(held, (bytes, memoryview)):
            return self.text(bytes(held).decode("latin-1")).encode("latin-1")
        return json.loads(self.text(json.dumps(held)))

    def _token(self, token: str) -> str:
        try:
            return self.sealer.reseal(token)
        except Rejected:
            self.unreadable += 1
            return token


def reseal_places(
    installation: Installation, keys: str, sealer: Sealer, *, batch: int, progress: Progress, waiting: frozenset[str]
) -> Resealed:
    """One pass over all tables. What an outbox said and some queue has not heard yet (`waiting`) is left as it is:
    the broker holds it under the old key."""
    total = Resealed()
    for place in PLACES:
        if place.keys != keys:
            continue
        left = waiting if place in OUTBOXES else frozenset()
        total = total.plus(_reseal_place(installation, place, sealer, batch, progress, left))
    return total


def still_sealed(installation: Installation, place: Place, sealer: Sealer, ids: Sequence[str]) -> list[str]:
    """Which of the outbox's messages are sealed with an older key."""
    found = []
    column = place.table.c[place.columns[0]]
    for start in range(0, len(ids), _CHUNK):
        some = select(place.table.c.message_id, column).where(place.table.c.message_id.in_(ids[start : start + _CHUNK]))
        with installation.members[place.service].database.read() as connection:
            rows = connection.execute(some).all()
        work = Resealing(sealer)
        found += [str(row[0]) for row in rows if work.value(row[1]) != row[1]]
    return found


def _reseal_place(
    installation: Installation, place: Place, sealer: Sealer, batch: int, progress: Progress, left: frozenset[str]
) -> Resealed:
    looked_at, total, database = 0, Resealed(), installation.members[place.service].database
    for rows in _held(installation, place):
        looked_at += len(rows)
        looking = Resealing(sealer)
        old = [
            tuple(row[: len(place.identity)]) for row in rows if _is_old(place, row, looking) and not _waits(row, left)
        ]
        total = replace(total, unreadable=total.unreadable + looking.unreadable)
        for start in range(0, len(old), batch):
            total = replace(total, done=total.done + _rewrite(database, place, sealer, old[start : start + batch]))
        progress(place.name, looked_at)
    return total


def _rewrite(database: Any, place: Place, sealer: Sealer, ids: Sequence[tuple[Any, ...]]) -> int:
    """Reads them again under a lock: a running service may have changed or emptied them meanwhile."""
    for _ in range(_TRIES):
        try:
            with database.write() as tx:
                return _rewrite_locked(tx, place, Resealing(sealer), ids)
        except Transient as error:  # a deadlock with a running service: one of the two goes first
            problem = error
    raise problem


def _rewrite_locked(tx: Transaction, place: Place, work: Resealing, ids: Sequence[tuple[Any, ...]]) -> int:
    columns, identity = [place.table.c[name] for name in place.columns], place.identity
    chosen = select(*identity, *columns).where(tuple_(*identity).in_(ids)).order_by(*identity).with_for_update()
    done = 0
    for row in tx.execute(chosen).all():
        held = dict(zip(place.columns, row[len(identity) :], strict=True))
        fresh = {name: work.value(value) for name, value in held.items()}
        changed = {name: value for name, value in fresh.items() if value != held[name]}
        if changed:
            mine = [column == value for column, value in zip(identity, row[: len(identity)], strict=True)]
            tx.execute(update(place.table).where(*mine).values(changed))
            done += 1
    return done


def _waits(row: Any, left: frozenset[str]) -> bool:
    return bool(left) and row.message_id in left


def _is_old(place: Place, row: Any, work: Resealing) -> bool:
    """Every column is looked at, so that what cannot be read is counted."""
    return any([work.value(value) != value for value in (getattr(row, name) for name in place.columns)])


def _held(installation: Installation, place: Place) -> Iterator[Sequence[Any]]:
    """In the order of their identity, a chunk at a time, so that no transaction is held meanwhile."""
    columns, identity = [place.table.c[name] for name in place.columns], place.identity
    more = [place.table.c.message_id] if place in OUTBOXES else []
    sealed = select(*identity, *columns, *more).where(or_(*(may_be_sealed(column) for column in columns)))
    chunk = rest = sealed.order_by(*identity).limit(_CHUNK)
    while True:
        with installation.members[place.service].database.read() as connection:
            rows = connection.execute(rest).all()
        if not rows:
            return
        yield rows
        rest = chunk.where(tuple_(*identity) > tuple_(*rows[-1][: len(identity)]))
