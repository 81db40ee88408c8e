"""Who hears of a deadline, and when: the rungs of a clock's ladder. Pure.

A rung before or after the deadline is climbed when the offices open on that working day; the rung at the deadline when
they open after it. Nothing is said outside office hours.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.desk.deadlines.clocks import RUNNING, Clock
from services.desk.deadlines.counting import next_office_moment, opening
from shared.city_calendar import CityCalendar
from shared.city_deadlines import CLOSE, COMPLETE, DeadlinePolicy, Rung

ACTING = (CLOSE, COMPLETE)
"""The clocks at whose end the system itself does something."""


def next_rung(clock: Clock, policy: DeadlinePolicy, calendar: CityCalendar) -> tuple[Rung, datetime] | None:
    """The next rung and its moment, which may have passed; None when there is none, or the clock does not run."""
    rule = policy.rule(clock.name)
    if clock.state != RUNNING or rule is None or clock.rung >= len(rule.ladder):
        return None
    rung = rule.ladder[clock.rung]
    moment = opening(clock.due_at, rung.days, calendar) if rung.days else clock.due_at
    return rung, next_office_moment(max(moment, clock.started_at), calendar)


def due_rungs(clock: Clock, policy: DeadlinePolicy, calendar: CityCalendar, now: datetime) -> tuple[Rung, ...]:
    """The rungs whose moment has come, lowest first; none while the offices are closed."""
    found: list[Rung] = []
    rule = policy.rule(clock.name)
    if rule is None or next_office_moment(now, calendar) > now:
        return ()
    for rung in rule.ladder[clock.rung :]:
        upcoming = next_rung(_climbed(clock, rung.step - 1), policy, calendar)
        if upcoming is None or upcoming[1] > now:
            break
        found.append(rung)
    return tuple(found)


def next_moment(
    clocks: tuple[Clock, ...], policy: DeadlinePolicy, calendar: CityCalendar, now: datetime,
    settled: Collection[tuple[str, int]] = (),
) -> datetime | None:  # fmt: skip
    """When somebody has to look at this case again: the next rung, or the end of a clock that acts by itself.

    May have passed for the latter. `settled` names clocks (name, number) whose end has been acted on already.
    """
    rungs = [found[1] for clock in clocks if (found := next_rung(clock, policy, calendar))]
    moments = [moment if moment > now else next_office_moment(now, calendar) for moment in rungs]
    moments += [
        clock.due_at
        for clock in clocks
        if clock.name in ACTING and clock.state == RUNNING and (clock.name, clock.number) not in settled
    ]
    return min(moments, default=None)


def _climbed(clock: Clock, rung: int) -> Clock:
    return replace(clock, rung=rung)
