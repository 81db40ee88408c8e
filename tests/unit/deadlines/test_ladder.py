"""Who hears of a deadline, and when."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.desk.deadlines.clocks import Clock, Step, advance
from services.desk.deadlines.ladder import due_rungs, next_moment, next_rung
from services.desk.deadlines.warnings import calendar_warnings
from shared.city_deadlines import USUAL_POLICY
from tests.unit.deadlines.made_calendar import CALENDAR, JAKARTA, local


def started(state: str, at: str) -> tuple[Clock, ...]:
    return advance((), Step("routed", None, state, local(at), "pengaduan", "DISHUB"), USUAL_POLICY, CALENDAR)


def climb(clock: Clock) -> list[tuple[str, datetime]]:
    found = []
    while upcoming := next_rung(clock, USUAL_POLICY, CALENDAR):
        rung, moment = upcoming
        found.append((rung.who, moment))
        clock = replace(clock, rung=rung.step)
    return found


def test_the_rungs_hear_in_office_hours_around_the_deadline() -> None:
    settle = started("forwarded", "2026-11-27 08:00")[1]
    assert settle.due_at == local("2026-12-18 16:30")  # a Friday
    assert climb(settle) == [
        ("officer", local("2026-12-17 07:30")),  # the working day before
        ("head", local("2026-12-21 07:30")),  # when the offices open after it
        ("coordinator", local("2026-12-22 07:30")),
        ("secretary", local("2026-12-29 07:30")),  # 24 to 27 December are free
    ]


def test_of_a_case_that_nobody_took_coordinator_and_secretary_hear() -> None:
    (forward,) = started("triage", "2026-11-24 10:00")
    assert [(who, str(at.astimezone(JAKARTA))[:16]) for who, at in climb(forward)] == [
        ("coordinator", "2026-11-26 07:30"), ("coordinator", "2026-11-30 07:30"), ("secretary", "2026-12-01 07:30"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "who"),
    [
        ("2026-12-17 07:29", []),
        ("2026-12-17 07:30", ["officer"]),
        ("2026-12-18 16:30", []),  # the offices have just closed: nobody is told tonight
        ("2026-12-18 23:00", []),
        ("2026-12-19 10:00", []),  # nor on Saturday
        ("2026-12-21 08:00", ["officer", "head"]),  # whoever slept through all of it hears in order
        ("2026-12-21 12:30", []),  # the break
        ("2027-02-01 10:00", ["officer", "head", "coordinator", "secretary"]),
    ],
)
def test_what_is_due_is_told_in_office_hours_only(now: str, who: list[str]) -> None:
    settle = started("forwarded", "2026-11-27 08:00")[1]
    assert [rung.who for rung in due_rungs(settle, USUAL_POLICY, CALENDAR, local(now))] == who


def test_a_rung_is_climbed_once_and_a_clock_that_stands_climbs_none() -> None:
    settle = started("forwarded", "2026-11-27 08:00")[1]
    late = local("2027-02-01 10:00")
    for other in (
        replace(settle, rung=4),
        replace(settle, state="paused", paused_at=late),
        replace(settle, state="met"),
    ):
        assert due_rungs(other, USUAL_POLICY, CALENDAR, late) == ()
        assert next_rung(other, USUAL_POLICY, CALENDAR) is None


def test_a_warning_is_never_before_the_clock_began() -> None:
    urgent = Step("routed", None, "forwarded", local("2026-11-27 17:00"), "pengaduan", "DISHUB", True)
    short = replace(advance((), urgent, USUAL_POLICY, CALENDAR)[0], due_at=local("2026-11-30 16:00"))
    assert climb(short)[0] == ("officer", local("2026-11-30 07:30"))


def test_the_next_moment_is_the_first_of_all_clocks() -> None:
    now = local("2026-11-27 09:00")
    clocks = started("forwarded", "2026-11-27 08:00")
    assert next_moment(clocks, USUAL_POLICY, CALENDAR, now) == local("2026-12-03 07:30")  # the officer's, of `respond`
    night = local("2026-12-03 23:00")
    assert next_moment(clocks, USUAL_POLICY, CALENDAR, night) == local("2026-12-04 07:30")
    answered = advance(clocks, Step("answered", "forwarded", "answered", now, "pengaduan"), USUAL_POLICY, CALENDAR)
    close = answered[-1]
    assert next_moment(answered, USUAL_POLICY, CALENDAR, now) == close.due_at == local("2026-12-14 16:00")
    assert next_moment(answered, USUAL_POLICY, CALENDAR, close.due_at + timedelta(days=9)) == close.due_at
    assert next_moment(answered, USUAL_POLICY, CALENDAR, now, {("close", 1)}) is None


def test_operators_hear_of_a_year_without_a_calendar_in_time() -> None:
    assert calendar_warnings(CALENDAR, local("2026-09-30 10:00")) == []
    assert [text.split(":")[0] for text in calendar_warnings(CALENDAR, local("2026-10-01 10:00"))] == [
        "the calendar of 2027 has not been reviewed"
    ]
    assert [text[:32] for text in calendar_warnings(CALENDAR, local("2027-12-01 10:00"))] == [
        "there is no calendar for 2028, d", "the calendar of 2027 has not bee",
    ]  # fmt: skip
