"""The register of cases and their deadlines, each as the other needs it.

A step of a case moves its clocks (`CaseClocks`, for the register), and a clock that ran out is a step of the case
(`ClockActs`, for the timers).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.desk.cases import machine
from services.desk.cases.by_itself import ByItself
from services.desk.cases.case import Case, Happening
from services.desk.cases.register import Standing
from services.desk.deadlines.clocks import Clock, Step, next_due
from services.desk.deadlines.keeping import Deadlines, Kept
from services.desk.deadlines.repository import of_case
from shared.city_deadlines import Rung
from shared.storage.database import Transaction

_STILL = frozenset(
    {machine.NOTED, machine.COPIED, machine.SPLIT, machine.REFERENCED, machine.ESCALATED, machine.RECOUNTED}
)


@dataclass(frozen=True)
class CaseClocks:
    deadlines: Deadlines

    def begin(self, tx: Transaction, case: Case, event: Happening) -> Standing:
        """Forwarding is counted from the receipt: what we lost on the way is no gift to us."""
        step = _step(None, case, event)
        received = replace(step, at=case.received_at) if case.state == machine.TRIAGE else step
        return standing(self.deadlines.begin(tx, case.complaint_id, received))

    def follow(self, tx: Transaction, before: Case, after: Case, event: Happening) -> Standing | None:
        if event.act in _STILL:
            return None
        return standing(self.deadlines.follow(tx, after.complaint_id, _step(before.state, after, event)))


@dataclass(frozen=True)
class ClockActs:
    """What the desk does about a deadline; the case is held already."""

    by_itself: ByItself
    coordination: str | None
    """The agency that is written to for whoever stands above the agency in charge."""

    def escalate(self, tx: Transaction, complaint_id: str, clock: Clock, rung: Rung) -> None:
        told = {"clock": clock.name, "number": clock.number, "step": rung.step, "rung": rung.who}
        tell = self.coordination if rung.tells_coordination else None
        rung_told = {**told, "tell": tell, "due_at": clock.due_at}
        self.by_itself.escalate(tx, complaint_id, rung_told, _now(tx, complaint_id, clock))

    def close_by_itself(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        self.by_itself.close(tx, complaint_id)

    def withdraw(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        self.by_itself.withdraw(tx, complaint_id)

    def recounted(self, tx: Transaction, complaint_id: str, before: Clock, after: Clock) -> None:
        moved = {
            "clock": after.name, "number": after.number, "was": before.due_at.isoformat(),
            "now": after.due_at.isoformat(), "calendar": after.calendar,
        }  # fmt: skip
        self.by_itself.recount(tx, complaint_id, moved, _now(tx, complaint_id, after))


def standing(kept: Kept) -> Standing:
    return Standing([clock.as_dict() for clock in kept.changed], kept.due_at, highest_rung(kept.clocks))


def highest_rung(clocks: tuple[Clock, ...]) -> int:
    """How far the deadlines that still run were escalated."""
    return max((clock.rung for clock in clocks if clock.is_active), default=0)


def _now(tx: Transaction, complaint_id: str, changed: Clock) -> Standing:
    """How the clocks stand while one of them changes, which may not be written yet."""
    clocks = {(clock.name, clock.number): clock for clock in of_case(tx.connection, complaint_id)}
    clocks[(changed.name, changed.number)] = changed
    every = tuple(clocks.values())
    return Standing([changed.as_dict()], next_due(every), highest_rung(every))


def _step(before: str | None, case: Case, event: Happening) -> Step:
    return Step(event.act, before, case.state, event.at, case.kind, case.agency, case.urgent)
