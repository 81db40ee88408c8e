"""Keeps figures and sums true, in the background: what is marked is made anew, never corrected by a difference.

So steps may come in any order, twice, or all at once: a figure is made of what the case is now, a month's sums of its
figures, a year's of its months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.desk.deadlines import repository as clocks
from services.desk.statistics import marks, repository
from services.desk.statistics.figure import Figure, figure_of
from services.desk.statistics.sums import added, summed
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

TIMER = "figures"
BATCH = 200
"""Cases a transaction: a step of one of them waits meanwhile, on SQLite everybody."""
EVERY = timedelta(seconds=20)
"""How far the statistics may be behind, when there is little to count."""


@dataclass(frozen=True)
class FigureKeeping:
    """The handler of the timer `figures`."""

    zone: ZoneInfo

    def handler(self, spine: Spine) -> KeepingTimer:
        return KeepingTimer(self, spine)

    def made(self, connection: Connection, complaint_ids: Sequence[str], now: datetime) -> list[Figure]:
        """The figures of these cases as they must be now; nothing for a case that is not known."""
        found = repository.known(connection, complaint_ids)
        running = clocks.of_cases(connection, [one.case.complaint_id for one in found])
        return [
            figure_of(one.case, running.get(one.case.complaint_id, ()), one.events, self.zone, now) for one in found
        ]

    def renew(self, tx: Transaction, complaint_ids: Sequence[str], now: datetime) -> None:
        """Keeps the figures of these cases, and remembers which months are behind."""
        before = repository.figures_of(tx.connection, complaint_ids)
        made = self.made(tx.connection, complaint_ids, now)
        changed = [one for one in made if before.get(one.complaint_id) != one]
        repository.keep(tx, changed)
        repository.settle(tx, set(before) - {one.complaint_id for one in made})
        months = {one.month for one in changed}
        months |= {before[one.complaint_id].month for one in changed if one.complaint_id in before}
        repository.behind(tx, months)

    def wrong(self, connection: Connection, complaint_ids: Sequence[str], now: datetime) -> dict[str, str]:
        """Complaint and ticket of those whose figures are not what they must be, though nothing waits to be counted."""
        kept = repository.figures_of(connection, complaint_ids)
        waiting = marks.waiting(connection, complaint_ids)
        waiting |= {one.complaint_id for one in kept.values() if one.due_at is not None and one.due_at < now}
        made = self.made(connection, [one for one in complaint_ids if one not in waiting], now)
        return {one.complaint_id: one.ticket for one in made if kept.get(one.complaint_id) != one}

    def sum_up(self, tx: Transaction, now: datetime) -> bool:
        """Sums one period that is behind; False when none is. A month takes with it the year it belongs to."""
        period = repository.next_behind(tx.connection, f"{now.astimezone(self.zone):%Y}")
        if period is None:
            return False
        if len(period) > len("2026"):
            repository.replace(tx, period, summed(repository.of_month(tx.connection, period)), now)
            repository.behind(tx, [period[:4]])
        else:
            months = [f"{period}-{number:02d}" for number in range(1, 13)]
            repository.replace(tx, period, added(repository.sums_of(tx.connection, months)), now)
        return True


@dataclass(frozen=True)
class KeepingTimer:
    keeping: FigureKeeping
    spine: Spine

    def __call__(self, tx: Transaction, _timer: Timer) -> datetime:
        now = self.spine.clock.now()
        return now if step(self.keeping, tx, now) else now + EVERY


def step(keeping: FigureKeeping, tx: Transaction, now: datetime) -> bool:
    """A batch of cases, or a period when no more are marked. Whether there is more to do."""
    marked = marks.take(tx, BATCH)
    if len(marked) < BATCH:
        marked += repository.overdue(tx.connection, now, BATCH - len(marked))
    if marked:
        keeping.renew(tx, marked, now)
        return True
    return keeping.sum_up(tx, now)


def order(tx: Transaction, spine: Spine) -> None:
    """To be called when the desk starts."""
    spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now())
