"""The clocks of cases, kept: each step that a case takes, in the transaction of the step.

One timer a case (kind `clocks`, key the complaint) stands at the next moment at which somebody has to look.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from services.desk.deadlines import repository
from services.desk.deadlines.clocks import Clock, Step, advance, next_due
from services.desk.deadlines.ladder import next_moment
from shared.city_calendar import CityCalendar
from shared.city_deadlines import DeadlinePolicy
from shared.clock import Clock as Time
from shared.storage.database import Transaction
from shared.timers import Timers

TIMER = "clocks"
_BEGUN = "clocks_begun"


@dataclass(frozen=True, slots=True)
class Kept:
    """All clocks of a case after a step, and those among them that the step started or changed."""

    clocks: tuple[Clock, ...]
    changed: tuple[Clock, ...]

    @property
    def due_at(self) -> datetime | None:
        """The earliest deadline that is somebody's work."""
        return next_due(self.clocks)


@dataclass(frozen=True)
class Deadlines:
    """`clock` is the time. Whoever calls holds the case, so that two steps do not cross."""

    timers: Timers
    policy: DeadlinePolicy
    calendar: CityCalendar
    clock: Time

    def begin(self, tx: Transaction, complaint_id: str, step: Step) -> Kept:
        """The first clocks of a case that is new in this transaction. Reads nothing, writes before the commit."""
        clocks = advance((), step, self.policy, self.calendar)
        repository.add_late(tx, complaint_id, clocks)
        moment = self._next_moment(clocks)
        if moment is not None:
            self.timers.add(tx, TIMER, [complaint_id], moment)
        tx.memory.setdefault(_BEGUN, set()).add(complaint_id)
        return Kept(clocks, clocks)

    def follow(self, tx: Transaction, complaint_id: str, step: Step) -> Kept:
        """What a further step does; writes what changed and moves the timer."""
        if complaint_id in tx.memory.get(_BEGUN, ()):
            tx.flush()  # its first clocks still wait to be written
        before = repository.of_case(tx.connection, complaint_id)
        return self.change(tx, complaint_id, before, advance(before, step, self.policy, self.calendar))

    def change(
        self, tx: Transaction, complaint_id: str, before: Sequence[Clock], clocks: tuple[Clock, ...], *,
        same_timer: bool = False,
    ) -> Kept:  # fmt: skip
        """Keeps what differs between them; the timer is moved when anything does, unless it is the `same_timer`."""
        known = set(before)
        changed = tuple(clock for clock in clocks if clock not in known)
        if changed:
            repository.keep(tx, complaint_id, changed)
            if not same_timer:
                self.set_timer(tx, complaint_id, clocks)
        return Kept(clocks, changed)

    def restore(self, tx: Transaction, complaint_id: str, clocks: tuple[Clock, ...]) -> None:
        """A case that is built anew from what happened has these clocks and no others."""
        tx.flush()
        repository.forget(tx, complaint_id)
        repository.keep(tx, complaint_id, clocks)
        self.set_timer(tx, complaint_id, clocks)

    def set_timer(
        self, tx: Transaction, complaint_id: str, clocks: tuple[Clock, ...],
        settled: Collection[tuple[str, int]] = (),
    ) -> None:  # fmt: skip
        moment = self._next_moment(clocks, settled)
        if moment is None:
            self.timers.cancel(tx, TIMER, complaint_id)
        else:
            self.timers.set(tx, TIMER, complaint_id, moment)

    def of_case(self, connection: Connection, complaint_id: str) -> tuple[Clock, ...]:
        return repository.of_case(connection, complaint_id)

    def _next_moment(
        self, clocks: tuple[Clock, ...], settled: Collection[tuple[str, int]] = ()
    ) -> datetime | None:  # fmt: skip
        return next_moment(clocks, self.policy, self.calendar, self.clock.now(), settled)
