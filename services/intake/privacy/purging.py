"""Removing what the city's days of keeping are over for: by the running intake once a day, or by a command.

Works in small transactions. May be stopped at any moment, repeated, and run beside itself and beside everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.privacy import repository_due
from services.intake.privacy.again import complete_ledger
from services.intake.privacy.erasing import Erasing
from services.intake.privacy.sources import WISHED, Source, sources
from shared.city_retention import CONTACT, CityRetention
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("privacy")
TIMER = "privacy_purge"
EVERY = timedelta(days=1)
AT_ONCE = 20
"""Things removed in one transaction."""
_PAUSE = timedelta(seconds=1)
_IN_A_STEP = 100
_LOOKED_UP = 400
"""Looked up together, since finding them takes longer than removing them."""


@dataclass(frozen=True)
class DueKind:
    """`number` things whose `days` are over (None: never); `oldest` is when those of the first of them began."""

    kind: str
    days: int | None
    number: int = 0
    oldest: datetime | None = None

    def joined(self, number: int, oldest: datetime | None) -> DueKind:
        first = min(filter(None, (self.oldest, oldest)), default=None)
        return DueKind(self.kind, self.days, self.number + number, first)


@dataclass(frozen=True)
class Overview:
    """`unended`: complaints older than the days of contacts that are still going on, and so stay."""

    kinds: tuple[DueKind, ...]
    unended: int

    @property
    def number(self) -> int:
        return sum(one.number for one in self.kinds)


@dataclass(frozen=True)
class Purge:
    erasing: Erasing
    retention: CityRetention

    def overview(self) -> Overview:
        """What is due now, by kind; changes nothing."""
        kinds = {rule.kind: DueKind(rule.kind, rule.days) for rule in self.retention.rules} | {
            WISHED: DueKind(WISHED, 0)
        }
        contacts_before = self.retention.before(CONTACT, self.erasing.spine.clock.now())
        with self.erasing.spine.database.read() as connection:
            for source in sources(self.erasing):
                before = self._before(source)
                if before is not None:
                    kinds[source.kind] = kinds[source.kind].joined(*source.count(connection, before))
            unended = repository_due.count_unended(connection, contacts_before) if contacts_before else 0
        return Overview(tuple(kinds.values()), unended)

    def run(self, most: int | None = None, progress: Callable[[str, int], None] | None = None) -> dict[str, int]:
        """Removes what is due, at most so many things; how many, by kind. `progress` hears of each transaction."""
        done: dict[str, int] = {}
        for source in sources(self.erasing):
            for ids, before in self._pieces(source, most):
                wanted = ids if most is None else ids[: most - sum(done.values())]
                if not wanted:
                    break
                with self.erasing.spine.database.write() as tx:
                    removed = source.remove(tx, wanted, before)
                done[source.kind] = done.get(source.kind, 0) + removed
                if progress is not None:
                    progress(source.kind, done[source.kind])
        self.erasing.files.remove()
        with self.erasing.spine.database.read() as connection:
            complete_ledger(self.erasing, connection)
        return done

    def step(self, tx: Transaction, _timer: Timer) -> datetime | None:
        """The timer's work, when its own transaction has ended: nobody waits while it looks."""
        tx.after_commit(self._some)
        return self.erasing.spine.clock.now() + EVERY

    def _some(self) -> None:
        """A part of what is due; soon again while there was any."""
        done, spine = self.run(_IN_A_STEP), self.erasing.spine
        if done:
            log.info("privacy_purged", **done)
            with spine.database.write() as tx:
                spine.timers.set(tx, TIMER, "", spine.clock.now() + _PAUSE)

    def _pieces(self, source: Source, most: int | None) -> Iterator[tuple[list[str], datetime]]:
        """Small lists of ids, until nothing new is found: what could not be removed is not tried for ever."""
        known: set[str] = set()
        while (before := self._before(source)) is not None:
            with self.erasing.spine.database.read() as connection:
                found = source.find(connection, before, min(_LOOKED_UP, most or _LOOKED_UP))
            fresh = [one for one in found if one not in known]
            if not fresh:
                return
            known.update(fresh)
            for start in range(0, len(fresh), AT_ONCE):
                yield fresh[start : start + AT_ONCE], before

    def _before(self, source: Source) -> datetime | None:
        now = self.erasing.spine.clock.now()
        return now if source.kind == WISHED else self.retention.before(source.kind, now)
