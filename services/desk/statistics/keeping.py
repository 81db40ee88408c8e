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
from shared.timers import Timer, TimerHandler

TIMER, SUMS = "figures", "figure_sums"
BATCH = 200
"""Cases a transaction: a step of one of them waits meanwhile, on SQLite everybody."""
EVERY = timedelta(seconds=20)
"""How far the statistics may be behind. What is marked meanwhile waits for the next time: where cases change all the
time, counting and summing up after each change would never end.
"""


@dataclass(frozen=True)
class FigureKeeping:
    """The handlers of two timers: `figures` counts all that is marked, and then calls `figure_sums`."""

    zone: ZoneInfo

    def timers(self, spine: Spine) -> dict[str, TimerHandler]:
        def count(tx: Transaction, _timer: Timer) -> datetime:
            now = spine.clock.now()
            if self.count_marked(tx, now):
                return now
            spine.timers.set(tx, SUMS, "", now)
            return now + EVERY

        def sum_up(tx: Transaction, _timer: Timer) -> datetime | None:
            now = spine.clock.now()
            return now if self.sum_up(tx, now) else None

        return {TIMER: count, SUMS: sum_up}

    def count_marked(self, tx: Transaction, now: datetime) -> bool:
        """A batch of cases. Whether it was full, so that more may wait."""
        marked = marks.take(tx, BATCH)
        if len(marked) < BATCH:
            marked += repository.overdue(tx.connection, now, BATCH - len(marked))
        if marked:
            self.renew(tx, marked, now)
        return len(marked) == BATCH

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


def order(tx: Transaction, spine: Spine) -> None:
    """To be called when the desk starts."""
    spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now())
