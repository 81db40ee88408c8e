"""Holding back from destinations that do not work, and finding out when they do again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.notifier.sending.breaker import OPENS_AFTER, Breaker, Breakers, Permit
from services.notifier.way_out import Away
from tests.unit.notifier.samples import NOW, HeldClock

LANE, OTHER = "email:DPUPR", "email:DISHUB"


def opened(clock: HeldClock, away: Away = Away.LANE) -> Breakers:
    breakers = Breakers(clock.now)
    for _ in range(OPENS_AFTER):
        assert breakers.enter("email", LANE) is Permit.ALL
        breakers.note("email", LANE, away, "server_away")
    return breakers


def test_failures_in_a_row_open_it_and_one_success_between_does_not() -> None:
    breakers = Breakers(HeldClock().now)
    for away in (Away.LANE, Away.LANE, Away.NOTHING, Away.LANE, Away.LANE):
        breakers.note("email", LANE, away)
        assert breakers.enter("email", LANE) is Permit.ALL
    breakers.note("email", LANE, Away.LANE)
    assert breakers.enter("email", LANE) is Permit.NONE


def test_a_lane_that_is_away_holds_no_other_one_back() -> None:
    breakers = opened(HeldClock())
    assert breakers.enter("email", LANE) is Permit.NONE
    assert breakers.enter("email", OTHER) is Permit.ALL
    assert breakers.enter("sms", "sms:DPUPR") is Permit.ALL


def test_a_channel_that_is_away_holds_all_its_lanes_back() -> None:
    breakers = opened(HeldClock(), Away.CHANNEL)
    assert breakers.enter("email", OTHER) is Permit.NONE
    assert breakers.enter("sms", "sms:DPUPR") is Permit.ALL


def test_one_probe_at_a_time_and_its_success_closes() -> None:
    clock = HeldClock()
    breakers = opened(clock)
    clock.pass_time(5)
    assert breakers.enter("email", LANE) is Permit.PROBE
    assert breakers.enter("email", LANE) is Permit.NONE
    assert [one.state for one in breakers.destinations()] == ["half_open"]
    breakers.release("email", LANE)
    assert breakers.enter("email", LANE) is Permit.PROBE
    breakers.note("email", LANE, Away.NOTHING)
    assert breakers.enter("email", LANE) is Permit.ALL
    assert breakers.destinations() == []


def test_each_probe_that_fails_makes_the_pause_longer_up_to_five_minutes() -> None:
    clock = HeldClock()
    breakers, pauses = opened(clock), []
    for _ in range(12):
        (shown,) = breakers.destinations()
        pauses.append((shown.next_probe_at - clock.now()).total_seconds())
        clock.at = shown.next_probe_at
        assert breakers.enter("email", LANE) is Permit.PROBE
        breakers.note("email", LANE, Away.LANE, "still_away", probe=True)
        breakers.release("email", LANE)
    assert 3.75 <= pauses[0] <= 5
    assert pauses[:6] == sorted(pauses[:6])
    assert all(225 <= pause <= 300 for pause in pauses[-3:])
    assert (shown.key, shown.since, shown.problem) == (LANE, NOW, "still_away")
    assert shown.failures == OPENS_AFTER + 11


def test_what_was_under_way_when_it_opened_makes_no_pause_longer() -> None:
    clock = HeldClock()
    breakers = opened(clock)
    (before,) = breakers.destinations()
    for _ in range(5):
        breakers.note("email", LANE, Away.LANE)
    (after,) = breakers.destinations()
    assert after.next_probe_at == before.next_probe_at


def test_a_lane_that_is_away_proves_that_its_channel_works() -> None:
    breakers = opened(HeldClock(), Away.CHANNEL)
    breakers.note("email", OTHER, Away.LANE)
    assert breakers.enter("email", OTHER) is Permit.ALL


@given(events=st.lists(st.sampled_from(["fail", "probe", "release", "wait"]), max_size=80))
def test_the_value_never_lets_two_probes_through_and_always_comes_to_one(events: list[str]) -> None:
    breaker, now = Breaker("k"), NOW
    for event in events:
        if event == "fail":
            breaker = breaker.failed(now, "x", probe=breaker.probing)
        elif event == "release":
            breaker = breaker.released()
        elif event == "wait":
            now += timedelta(seconds=100)
        elif breaker.permit(now) is Permit.PROBE:
            breaker = breaker.probed()
            assert breaker.permit(now) is Permit.NONE
    assert breaker.is_open is (breaker.failures >= OPENS_AFTER)
    if breaker.is_open:
        assert breaker.released().permit(now + timedelta(minutes=5)) is Permit.PROBE


class ManyThreads(RuleBasedStateMachine):
    """Whatever threads do at once: at most one probe is under way, and an open lane lets nothing else through."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HeldClock()
        self.breakers = Breakers(self.clock.now)
        self.inside: list[Permit] = []

    @rule(seconds=st.floats(0, 400))
    def pass_time(self, seconds: float) -> None:
        self.clock.pass_time(seconds)

    @rule()
    def enter(self) -> None:
        permit = self.breakers.enter("email", LANE)
        if permit is not Permit.NONE:
            self.inside.append(permit)

    @precondition(lambda self: self.inside)
    @rule(away=st.sampled_from(list(Away)), data=st.data())
    def leave(self, away: Away, data: Any) -> None:
        permit = self.inside.pop(data.draw(st.integers(0, len(self.inside) - 1)))
        self.breakers.note("email", LANE, away, probe=permit is Permit.PROBE)
        if permit is Permit.PROBE:
            self.breakers.release("email", LANE)

    @invariant()
    def what_is_open_is_shown(self) -> None:
        shown = {one.key for one in self.breakers.destinations()}
        assert shown <= {"email", LANE}
        assert (self.breakers.open_since("email", LANE) is not None) is bool(shown)


TestManyThreads = ManyThreads.TestCase
