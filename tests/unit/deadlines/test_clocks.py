"""What the steps of a case do to its clocks, and how they are counted anew."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.deadlines.clocks import Clock, Step, advance, next_due, recounted
from shared.city_calendar import CityCalendar
from shared.city_deadlines import STATES, USUAL_POLICY
from tests.unit.deadlines.made_calendar import CALENDAR, YEAR_2026, calendar, local

POLICY = USUAL_POLICY.__class__(USUAL_POLICY.rules, frozenset({"INSPEKTORAT"}), "SETDA")


class Case:
    """Takes steps and shows its clocks."""

    def __init__(self, where: CityCalendar = CALENDAR, **about: object) -> None:
        self.where, self.about = where, {"kind": "pengaduan", "agency": "DISHUB", **about}
        self.state: str | None = None
        self.clocks: tuple[Clock, ...] = ()

    def enters(self, state: str, at: str, act: str = "moved", **about: object) -> "Case":
        step = Step(act, self.state, state, local(at), **{**self.about, **about})  # type: ignore[arg-type]
        self.clocks, self.state = advance(self.clocks, step, POLICY, self.where), state
        return self

    def clock(self, name: str, number: int = 1) -> Clock:
        (found,) = [clock for clock in self.clocks if (clock.name, clock.number) == (name, number)]
        return found

    def shown(self) -> list[str]:
        return [f"{clock.name}{clock.number} {clock.state}" for clock in self.clocks]


def test_from_triage_to_the_end() -> None:
    case = Case(agency=None).enters("triage", "2026-11-24 10:00")
    assert case.shown() == ["forward1 running"]
    assert case.clock("forward").due_at == local("2026-11-27 16:30")
    case.enters("forwarded", "2026-11-25 09:00", agency="DISHUB")
    assert case.shown() == ["forward1 met", "respond1 running", "settle1 running"]
    assert next_due(case.clocks) == case.clock("respond").due_at == local("2026-12-02 16:00")
    case.enters("in_progress", "2026-11-26 09:00").enters("answered", "2026-12-01 09:00")
    assert case.shown() == ["forward1 met", "respond1 met", "settle1 met", "close1 running"]
    assert next_due(case.clocks) is None  # nobody's work: the citizen may reply
    assert case.clock("close").due_at == local("2026-12-16 16:00")
    case.enters("closed", "2026-12-16 16:00")
    assert case.clock("close").state == "met"
    assert case.clock("settle").ended_at == local("2026-12-01 09:00")


@pytest.mark.parametrize(
    ("about", "days"),
    [
        ({"kind": "permintaan_informasi"}, 5),
        ({"kind": "pengaduan"}, 14),
        ({"kind": "aspirasi"}, 14),
        ({"kind": "something_new"}, 14),
        ({"agency": "INSPEKTORAT"}, 60),
        ({"agency": "INSPEKTORAT", "kind": "permintaan_informasi", "urgent": True}, 60),
    ],
)
def test_how_long_depends_on_the_kind_and_on_inspection(about: dict[str, object], days: int) -> None:
    assert Case(**about).enters("forwarded", "2026-11-24 10:00").clock("settle").days == days


def test_the_city_s_clocks_stand_while_the_citizen_is_asked() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00").enters("waiting", "2026-12-01 10:00", "asked")
    assert [case.clock(name).state for name in ("respond", "settle", "complete")] == ["paused", "paused", "running"]
    assert case.clock("complete").due_at == local("2026-12-31 23:59:59")
    assert not case.clock("respond").is_late(local("2027-03-01 10:00"))
    case.enters("forwarded", "2026-12-03 10:00", "resumed")
    assert case.clock("respond").due_at == local("2026-12-08 16:00")  # 27 and 30 Nov were used, 4, 7 and 8 Dec are left
    assert case.clock("complete").state == "met"
    assert case.clock("respond").number == 1


def test_a_body_outside_has_it_and_the_clock_stands() -> None:
    case = Case().enters("triage", "2026-11-24 10:00").enters("referred", "2026-11-25 10:00", agency="EXT_PLN")
    assert case.shown() == ["forward1 met"]
    case.enters("forwarded", "2026-12-01 10:00", "assigned").enters("referred", "2026-12-02 10:00", "assigned")
    assert case.clock("settle").state == "paused"


def test_a_pause_within_a_day_changes_nothing() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00")
    due = case.clock("settle").due_at
    case.enters("waiting", "2026-11-30 09:00").enters("forwarded", "2026-11-30 15:00")
    assert case.clock("settle").due_at == due
    assert case.clock("settle").pauses == ()


def test_a_late_clock_does_not_come_back_by_a_pause() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00").enters("waiting", "2026-12-04 10:00")
    assert case.clock("respond").is_late(local("2026-12-04 10:00"))
    case.enters("forwarded", "2026-12-10 10:00")
    assert case.clock("respond").due_at == local("2026-12-03 16:00")
    assert case.clock("settle").due_at > local("2026-12-18 16:30")


def test_after_the_offices_closed_on_the_last_day_a_pause_comes_too_late() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00")
    due = case.clock("respond").due_at
    case.enters("waiting", "2026-12-03 18:00").enters("forwarded", "2026-12-10 10:00")
    assert case.clock("respond").due_at == due == local("2026-12-03 16:00")
    assert case.clock("respond").is_late(local("2026-12-10 10:00"))


def test_paused_twice_on_the_same_day_it_is_one_pause() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00").enters("waiting", "2026-12-01 10:00")
    case.enters("forwarded", "2026-12-02 10:00").enters("waiting", "2026-12-02 11:00")
    case.enters("forwarded", "2026-12-03 10:00")
    (pause,) = case.clock("settle").pauses
    assert [day.isoformat() for day in pause] == ["2026-12-01", "2026-12-03"]


def test_transfer_and_return_keep_the_settling_clock_and_start_the_agency_s_anew() -> None:
    case = Case().enters("forwarded", "2026-11-24 10:00", "routed")
    case.enters("forwarded", "2026-11-26 10:00", "assigned", agency="DPUPR")
    assert case.shown() == ["respond1 ended", "respond2 running", "settle1 running"]
    assert case.clock("respond", 2).due_at == local("2026-12-03 16:00")
    case.enters("triage", "2026-11-27 10:00", "returned", agency=None)
    assert case.shown() == ["forward1 running", "respond1 ended", "respond2 ended", "settle1 running"]
    assert case.clock("settle").started_at == local("2026-11-24 10:00")


def test_to_the_inspectorate_there_is_more_time_from_the_same_beginning() -> None:
    case = Case().enters("forwarded", "2026-01-05 10:00")
    case.enters("forwarded", "2026-01-08 10:00", "assigned", agency="INSPEKTORAT")
    settle = case.clock("settle")
    assert (settle.days, settle.due_at) == (60, local("2026-04-03 16:30"))
    case.enters("forwarded", "2026-01-09 10:00", "assigned", agency="DISHUB")
    assert case.clock("settle") == settle  # it never shrinks


def test_opened_again_the_settling_clock_starts_anew() -> None:
    case = Case().enters("forwarded", "2026-11-24 10:00").enters("answered", "2026-11-25 10:00")
    case.enters("in_progress", "2026-12-01 10:00", "reopened")
    assert case.shown() == ["respond1 met", "settle1 met", "settle2 running", "close1 ended"]
    assert case.clock("settle", 2).due_at == local("2026-12-22 16:00")


def test_a_further_answer_or_a_reply_starts_the_ten_days_again() -> None:
    case = Case().enters("forwarded", "2026-11-23 10:00").enters("answered", "2026-11-24 10:00", "answered")
    case.enters("answered", "2026-11-26 10:00", "answered").enters("answered", "2026-11-27 10:00", "noted")
    case.enters("answered", "2026-11-30 10:00", "added")
    assert case.shown()[2:] == ["close1 ended", "close2 ended", "close3 running"]


def test_archived_nothing_runs() -> None:
    case = Case().enters("forwarded", "2026-11-24 10:00").enters("archived", "2026-11-25 10:00")
    assert case.shown() == ["respond1 ended", "settle1 ended"]


# Counted anew

PILKADA_MOVED = calendar(year_2026=YEAR_2026.replace("2026-12-09", "2026-12-10"))
NO_PILKADA = calendar(year_2026=YEAR_2026.replace("  - {date: 2026-12-09, name: Pilkada, kind: local}\n", ""))


def test_another_calendar_moves_what_is_open_and_not_late() -> None:
    case = Case().enters("forwarded", "2026-11-27 08:00")
    before, now = case.clock("settle"), local("2026-12-01 10:00")
    after = recounted(before, NO_PILKADA, now)
    assert (before.due_at, after.due_at) == (local("2026-12-18 16:30"), local("2026-12-17 16:00"))
    assert after.calendar == NO_PILKADA.hash
    assert recounted(before, PILKADA_MOVED, now).due_at == before.due_at
    assert recounted(after, NO_PILKADA, now) is after
    assert recounted(before, NO_PILKADA, local("2026-12-19 10:00")) is before  # late stays late
    met = case.enters("answered", "2026-12-01 09:00").clock("settle")
    assert recounted(met, NO_PILKADA, now) is met


def test_a_recount_makes_nothing_late() -> None:
    case = Case().enters("forwarded", "2026-11-27 08:00")
    now = local("2026-12-18 10:00")  # by the other calendar it would have been due yesterday
    assert recounted(case.clock("settle"), NO_PILKADA, now).due_at == local("2026-12-18 16:30")


def test_a_recount_keeps_the_pauses() -> None:
    case = Case().enters("forwarded", "2026-11-26 10:00").enters("waiting", "2026-12-01 10:00")
    resting = recounted(case.clock("settle"), NO_PILKADA, local("2027-06-01 10:00"))
    assert (case.clock("settle").due_at, resting.due_at) == (local("2026-12-17 16:00"), local("2026-12-16 16:00"))
    case.enters("forwarded", "2026-12-03 10:00")
    settle = case.clock("settle")
    again = recounted(settle, NO_PILKADA, local("2026-12-04 10:00"))
    assert again.pauses == settle.pauses
    assert (settle.due_at, again.due_at) == (local("2026-12-22 16:00"), local("2026-12-21 16:00"))


# Whatever happens

ACTS = st.sampled_from(["moved", "assigned", "answered", "asked", "added", "noted"])
STEPS = st.lists(
    st.tuples(
        ACTS, st.sampled_from([None, *STATES]), st.sampled_from(STATES), st.integers(-30, 400),
        st.sampled_from(["pengaduan", "permintaan_informasi"]), st.sampled_from([None, "DISHUB", "INSPEKTORAT"]),
        st.booleans(),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(STEPS, st.booleans())
def test_clocks_stay_consistent_whatever_steps_come(steps: list[tuple], other_calendar: bool) -> None:  # type: ignore[type-arg]
    at: datetime = local("2026-06-01 08:00")
    clocks: tuple[Clock, ...] = ()
    where = CALENDAR
    for act, before, after, hours, kind, agency, urgent in steps:
        at += timedelta(hours=hours)
        step = Step(act, before, after, at, kind, agency, urgent)
        following = advance(clocks, step, POLICY, where)
        assert advance(following, step, POLICY, where) == following
        over = {clock for clock in clocks if not clock.is_active}
        assert over <= set(following)
        clocks, where = following, NO_PILKADA if other_calendar else CALENDAR
        for name in {clock.name for clock in clocks}:
            mine = [clock for clock in clocks if clock.name == name]
            assert [clock.number for clock in mine] == list(range(1, len(mine) + 1))
            assert sum(clock.is_active for clock in mine) <= 1
        for clock in clocks:
            assert clock.due_at > clock.started_at
            assert (clock.ended_at is None) == clock.is_active
            assert clock.ended_at is None or clock.ended_at >= clock.started_at
            assert (clock.paused_at is not None) == (clock.state == "paused")
            assert Clock.from_dict(json.loads(json.dumps(clock.as_dict()))) == clock
            if clock.is_active:
                new = recounted(clock, NO_PILKADA, at)
                assert new.due_at <= clock.due_at or clock.calendar == NO_PILKADA.hash
                assert new.is_late(at) == clock.is_late(at)
