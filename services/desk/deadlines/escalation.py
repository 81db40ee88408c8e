"""What happens when a case's timer rings: the next rungs hear of it, or the system itself closes or withdraws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from services.desk.deadlines import repository
from services.desk.deadlines.clocks import RUNNING, Clock
from services.desk.deadlines.keeping import Deadlines
from services.desk.deadlines.ladder import ACTING, due_rungs, next_moment
from shared.city_deadlines import CLOSE, Rung
from shared.observability.logs import get_logger
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("deadlines")


class DeadlineActs(Protocol):
    """What the desk does about a deadline, in the transaction that noticed it. The case is held."""

    def escalate(self, tx: Transaction, complaint_id: str, clock: Clock, rung: Rung) -> None:
        """Tells the rung. `clock` has climbed it already."""
        ...

    def close_by_itself(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        """Nobody replied to the answer in time. Closing is a step that ends the clock (`Deadlines.follow`)."""
        ...

    def withdraw(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        """The citizen did not complete the complaint in time. A step that ends the clock, too."""
        ...

    def recounted(self, tx: Transaction, complaint_id: str, before: Clock, after: Clock) -> None:
        """A new calendar moved the deadline: for the timeline, not for a notice."""
        ...


@dataclass(frozen=True)
class Escalation:
    """The handler of the timer `clocks`. The same ring twice does once what it does."""

    deadlines: Deadlines
    acts: DeadlineActs

    def __call__(self, tx: Transaction, timer: Timer) -> datetime | None:
        """When to come again. A step that was taken meanwhile has set the timer anew: that setting holds."""
        complaint_id, now = timer.key, self.deadlines.clock.now()
        if not repository.hold(tx, complaint_id):
            return None
        clocks = repository.of_case(tx.connection, complaint_id)
        for clock in clocks:
            self._climb(tx, complaint_id, clock, now)
        settled = self._settle(tx, complaint_id, now)
        tx.flush()
        left = repository.of_case(tx.connection, complaint_id)
        return next_moment(left, self.deadlines.policy, self.deadlines.calendar, now, settled)

    def _climb(self, tx: Transaction, complaint_id: str, clock: Clock, now: datetime) -> None:
        """The rung is marked before anybody is told, in the same transaction: it is told once."""
        for rung in due_rungs(clock, self.deadlines.policy, self.deadlines.calendar, now):
            climbed = replace(clock, rung=rung.step)
            repository.keep(tx, complaint_id, [climbed])
            self.acts.escalate(tx, complaint_id, climbed, rung)
            log.info("deadline_escalated", complaint_id=complaint_id, clock=clock.name, step=rung.step, rung=rung.who)

    def _settle(self, tx: Transaction, complaint_id: str, now: datetime) -> set[tuple[str, int]]:
        """Acts on the clocks that end by themselves; those that it acted on are not acted on again by this timer."""
        settled = set()
        for clock in repository.of_case(tx.connection, complaint_id):
            if clock.name in ACTING and clock.state == RUNNING and clock.due_at <= now:
                act = self.acts.close_by_itself if clock.name == CLOSE else self.acts.withdraw
                act(tx, complaint_id, clock)
                settled.add((clock.name, clock.number))
                log.info("deadline_acted", complaint_id=complaint_id, clock=clock.name)
        return settled
