"""The clocks of a case: what each step that the case takes does to them. Pure and total.

A transfer or a return lets `settle` run on; a case that is opened again gets a new one. Of a name at most one clock is
running or paused, and one that ended never changes again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from services.desk.deadlines.counting import PAUSED as PAUSED_DAY
from services.desk.deadlines.counting import Pause, Skipped, Span, closing, count, local_day
from shared.city_calendar import CityCalendar
from shared.city_deadlines import FORWARD, RESPOND, SETTLE, ClockRule, DeadlinePolicy

RUNNING, PAUSED, MET, ENDED = "running", "paused", "met", "ended"
_MOMENTS = ("started_at", "due_at", "paused_at", "ended_at")
WORKED_ON = (FORWARD, RESPOND, SETTLE)
"""The clocks that are somebody's work; the others wait for the citizen."""


@dataclass(frozen=True, slots=True)
class Step:
    """A case came from state `before` (None: it is new) into `after` by `act`; `agency` is in charge from now on."""

    act: str
    before: str | None
    after: str
    at: datetime
    kind: str
    agency: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """`number` counts from 1 how often it was started in this case, `rung` the steps of the ladder that were climbed.

    `days`, `unit`, `skipped`, `calendar` and `provisional` say how `due_at` was counted. While it is paused `due_at` is
    what it was; when it goes on it is counted anew.
    """

    name: str
    number: int
    state: str
    started_at: datetime
    due_at: datetime
    paused_at: datetime | None
    ended_at: datetime | None
    days: int
    unit: str
    skipped: tuple[Skipped, ...]
    calendar: str
    provisional: tuple[int, ...]
    rung: int = 0

    @property
    def is_active(self) -> bool:
        return self.state in (RUNNING, PAUSED)

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The pauses that are over."""
        return tuple((day, date.fromisoformat(last)) for day, why, last in self.skipped if why == PAUSED_DAY)

    def is_late(self, now: datetime) -> bool:
        """Whether the deadline passed before it was met, before it rested, or before now."""
        return self.due_at < (self.ended_at or self.paused_at or now)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in _MOMENTS:
            found[name] = None if found[name] is None else found[name].isoformat()
        found["skipped"] = skipped_as_lists(self.skipped)
        found["provisional"] = list(self.provisional)
        return found

    @staticmethod
    def from_dict(said: dict[str, Any]) -> Clock:
        """What `as_dict` gave. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
        read: dict[str, Any] = {name: said[name] for name in Clock.__dataclass_fields__}
        for name in _MOMENTS:
            read[name] = None if said[name] is None else datetime.fromisoformat(said[name])
        read["skipped"], read["provisional"] = skipped_from_lists(said["skipped"]), tuple(said["provisional"])
        return Clock(**read)


def skipped_as_lists(skipped: tuple[Skipped, ...]) -> list[list[str]]:
    return [[day.isoformat(), why, name] for day, why, name in skipped]


def skipped_from_lists(said: list[list[str]]) -> tuple[Skipped, ...]:
    return tuple((date.fromisoformat(day), why, name) for day, why, name in said)


def advance(
    clocks: tuple[Clock, ...], step: Step, policy: DeadlinePolicy, calendar: CityCalendar
) -> tuple[Clock, ...]:  # fmt: skip
    """All clocks after the step, in the order of the policy and of their numbers. The same step again is no change."""
    found: list[Clock] = []
    for rule in policy.rules:
        mine = [clock for clock in clocks if clock.name == rule.name]
        found += _advanced(mine, step, rule, policy, calendar)
    known = {rule.name for rule in policy.rules}
    return (*found, *(clock for clock in clocks if clock.name not in known))


def recounted(clock: Clock, calendar: CityCalendar, at: datetime) -> Clock:
    """Counted anew by another calendar, unless it is over or late. A recount by itself makes nothing late."""
    if not clock.is_active or clock.calendar == calendar.hash or clock.is_late(at):
        return clock
    new = _counted(clock, clock.pauses, calendar)
    earliest = min(clock.due_at, closing(clock.paused_at or at, calendar))
    return replace(new, due_at=max(new.due_at, earliest))


def _advanced(
    mine: list[Clock], step: Step, rule: ClockRule, policy: DeadlinePolicy, calendar: CityCalendar
) -> list[Clock]:
    active = next((clock for clock in mine if clock.is_active), None)
    days = rule.days_for(step.kind, inspection=step.agency in policy.inspection_agencies, urgent=step.urgent)
    if step.after in rule.starts:
        entered = step.before != step.after
        again = step.act in rule.again
        heard = any(clock.started_at == step.at for clock in mine)
        if not heard and (again or (entered and active is None)):
            others = [clock for clock in mine if clock is not active]
            if active is not None:
                others.append(_end(_resume(active, step.at, calendar), ENDED, step.at))
            return [*others, _start(rule, len(mine) + 1, days, step.at, calendar)]
    if active is None:
        return mine
    return [_moved(clock, step, rule, days, calendar) if clock is active else clock for clock in mine]


def _moved(clock: Clock, step: Step, rule: ClockRule, days: int, calendar: CityCalendar) -> Clock:
    """What a step does to a clock that is running or paused."""
    if step.after in rule.meets:
        return _end(_resume(clock, step.at, calendar), MET, step.at)
    if step.after in rule.ends:
        return _end(_resume(clock, step.at, calendar), ENDED, step.at)
    if step.after in rule.pauses:
        at = max(step.at, clock.started_at)
        return clock if clock.state == PAUSED else replace(clock, state=PAUSED, paused_at=at)
    resumed = _resume(clock, step.at, calendar)
    if days > resumed.days and not resumed.is_late(step.at):  # it turned out to need inspection
        longer = _counted(replace(resumed, days=days), resumed.pauses, calendar)
        return replace(longer, due_at=max(longer.due_at, resumed.due_at))
    return resumed


def _start(rule: ClockRule, number: int, days: int, at: datetime, calendar: CityCalendar) -> Clock:
    counted = count(at, Span(days, rule.unit), calendar)
    return Clock(
        rule.name, number, RUNNING, at, counted.due_at, None, None, days, rule.unit, counted.skipped,
        counted.calendar, counted.provisional,
    )  # fmt: skip


def _end(clock: Clock, state: str, at: datetime) -> Clock:
    return replace(clock, state=state, ended_at=max(clock.started_at, at), paused_at=None)


def _resume(clock: Clock, at: datetime, calendar: CityCalendar) -> Clock:
    """Days that were paused, even in part, do not count; a pause within one day changes nothing, nor one after due."""
    if clock.state != PAUSED:
        return clock
    paused_at = clock.paused_at or at
    first, last = local_day(paused_at, calendar), local_day(at, calendar)
    running = replace(clock, state=RUNNING, paused_at=None)
    if last <= first or clock.due_at < paused_at:
        return running
    pauses = clock.pauses
    if pauses and first <= pauses[-1][1]:  # it was paused again on the day on which it went on
        first, pauses = pauses[-1][0], pauses[:-1]
    new = _counted(running, (*pauses, (first, last)), calendar)
    return replace(new, due_at=max(new.due_at, clock.due_at))


def _counted(clock: Clock, pauses: tuple[Pause, ...], calendar: CityCalendar) -> Clock:
    counted = count(clock.started_at, Span(clock.days, clock.unit), calendar, pauses)
    return replace(
        clock, due_at=counted.due_at, skipped=counted.skipped, calendar=counted.calendar,
        provisional=counted.provisional,
    )  # fmt: skip


def next_due(clocks: tuple[Clock, ...]) -> datetime | None:
    """The earliest deadline of those that are somebody's work and run."""
    return min((one.due_at for one in clocks if one.state == RUNNING and one.name in WORKED_ON), default=None)
