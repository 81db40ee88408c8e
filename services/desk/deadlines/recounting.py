"""Another calendar: open clocks are counted anew, in the background, a batch a transaction.

What was late stays late, what ended stays as it is, and nobody gets a notice. How far it is stands in `calendars_used`,
so that a desk that was killed goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.desk.cases.timeline import record
from services.desk.deadlines import repository
from services.desk.deadlines.clocks import Clock, recounted
from services.desk.deadlines.escalation import DeadlineActs
from services.desk.deadlines.keeping import Deadlines
from services.desk.deadlines.repository import UsedCalendar
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("deadlines")
TIMER = "recount"
ACT = "deadlines.recount"
BATCH = 50
"""Cases a transaction: on SQLite everybody else waits meanwhile."""
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Recounting:
    """The handler of the timer `recount`, whose key is the hash of the calendar to count by."""

    deadlines: Deadlines
    acts: DeadlineActs
    batch: int = BATCH

    def notice_calendar(self, tx: Transaction) -> bool:
        """Call when the desk starts: whether the calendar is another than last time, so that counting begins."""
        return order(tx, self.deadlines)

    def __call__(self, tx: Transaction, timer: Timer) -> datetime | None:
        now, calendar = self.deadlines.clock.now(), self.deadlines.calendar
        last = repository.used_last(tx.connection)
        if last is None or last.hash != timer.key:
            return None  # a newer calendar is counted by
        if timer.key != calendar.hash:
            return now + _LOOK_AGAIN  # a desk that was started with that calendar will take it
        held = repository.used(tx, timer.key)
        if held is None or held.finished_at is not None:
            return None
        found = repository.open_cases(tx.connection, held.counted_until, self.batch)
        moved = self._recount(tx, found, now)
        done = len(found) < self.batch
        kept = replace(
            held, counted_until=found[-1] if found else held.counted_until, seen=held.seen + len(found),
            moved=held.moved + moved, finished_at=now if done else None,
        )  # fmt: skip
        repository.keep_used(tx, kept)
        if not done:
            return now
        _record(tx, kept, now)
        return None

    def _recount(self, tx: Transaction, complaint_ids: list[str], now: datetime) -> int:
        """How many deadlines moved."""
        held = repository.hold_all(tx, complaint_ids)
        known, found = repository.of_cases(tx.connection, held), 0
        for complaint_id in held:
            clocks = known.get(complaint_id, ())
            new = tuple(recounted(clock, self.deadlines.calendar, now) for clock in clocks)
            moved = moves(clocks, new)
            self.deadlines.change(tx, complaint_id, clocks, new, same_timer=not moved)
            for before, after in moved:
                self.acts.recounted(tx, complaint_id, before, after)
            found += len(moved)
        return found


def order(tx: Transaction, deadlines: Deadlines, *, again: bool = False) -> bool:
    """Has open clocks counted anew if the calendar is another than last time, or `again`; whether it was ordered.

    The first calendar ever is only noted: whatever there is was counted by it.
    """
    calendar, now = deadlines.calendar, deadlines.clock.now()
    last = repository.used_last(tx.connection)
    if last is None and not again:
        repository.keep_used(tx, UsedCalendar(calendar.hash, "", now, "", 0, 0, now))
        return False
    if last is None:
        last = UsedCalendar("", "", now, "", 0, 0, now)
    if last.hash == calendar.hash and not again:
        if last.finished_at is None:
            deadlines.timers.set_if_absent(tx, TIMER, calendar.hash, now)
        return False
    since = max(now, last.since + timedelta(microseconds=1))  # it is the last one even if the clock went back
    repository.keep_used(tx, UsedCalendar(calendar.hash, last.hash, since, "", 0, 0, None))
    deadlines.timers.cancel(tx, TIMER, last.hash)
    deadlines.timers.set(tx, TIMER, calendar.hash, now)
    log.info("recount_ordered", before=last.hash, after=calendar.hash)
    return True


def moves(before: tuple[Clock, ...], after: tuple[Clock, ...]) -> list[tuple[Clock, Clock]]:
    """The clocks whose deadline moved."""
    return [(old, new) for old, new in zip(before, after, strict=True) if old.due_at != new.due_at]


def _record(tx: Transaction, kept: UsedCalendar, now: datetime) -> None:
    details = {"before": kept.before, "after": kept.hash, "cases": kept.seen, "moved": kept.moved}
    record(
        tx, at=now, actor="system", role="system", act=ACT, subject=kept.hash, details=details,
        reason=f"{kept.before} -> {kept.hash}: {kept.moved}",
    )  # fmt: skip
    log.info("recount_finished", **details)
