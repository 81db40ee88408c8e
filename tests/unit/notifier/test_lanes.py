"""Whose turn it is: fairness, caps, breakers, rates, and how often the database is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from services.notifier import app
from services.notifier.delivery import Planned, lane_of
from services.notifier.repository import add_pending
from services.notifier.sending.breaker import OPENS_AFTER, Breakers
from services.notifier.sending.calling import bell_of, call
from services.notifier.sending.due_lanes import count_waiting, due_lanes
from services.notifier.sending.lanes import BATCH, Lanes, Rest, Turn
from services.notifier.tables import deliveries
from services.notifier.way_out import Away
from shared.storage.bells import MOST_SECONDS, Bells
from shared.storage.database import Database
from tests.support.migrated import migrate
from tests.unit.notifier.samples import NOW, HeldClock

THREADS = {"any": 1, "email": 4, "sms": 2}


class Ground:
    def __init__(self, database: Database, *, per_second: dict[str, float] | None = None) -> None:
        self.database = database
        self.clock = HeldClock()
        self.breakers = Breakers(self.clock.now)
        self.bells = Bells()
        self.lanes = Lanes(
            database, self.clock, self.breakers, self.bells,
            threads=THREADS, per_second=per_second or {}, sweeps_after=timedelta(hours=4),
        )  # fmt: skip

    def plan(self, channel: str, recipient: str, number: int = 1, due_in: float = 0.0) -> None:
        due_at = self.clock.now() + timedelta(seconds=due_in)
        planned = [
            Planned(f"c{each}", "T", 1, recipient, f"case_notice.{channel}", channel, due_at) for each in range(number)
        ]
        with self.database.write() as tx:
            add_pending(tx, planned, self.clock.now())
        self.clock.spent += 1

    def take(self, channel: str = "email") -> Turn:
        turn = self.lanes.take(channel)
        assert isinstance(turn, Turn), turn
        return turn

    def rests(self, channel: str = "email") -> float:
        rest = self.lanes.take(channel)
        assert isinstance(rest, Rest), rest
        return rest.seconds

    def plan_and_call(self, channel: str, recipient: str) -> None:
        """As the service itself plans: nothing but the bell tells of it before the next look."""
        with self.database.write() as tx:
            add_pending(tx, [Planned(f"c-{recipient}", "T", 1, recipient, "case_notice", channel, NOW)], NOW)
            call(tx, self.bells, [lane_of(channel, recipient)])

    def slow(self) -> None:
        """Whoever was given a turn is at it for so long that it does not count as quick."""
        self.clock.spent += 0.3

    def away(self, lane: str, away: Away = Away.LANE) -> None:
        for _ in range(OPENS_AFTER):
            self.breakers.note(lane.partition(":")[0], lane, away)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/notifier.db")
    migrate(made.engine, app.MIGRATIONS)
    yield made
    made.close()


@pytest.fixture
def ground(database: Database) -> Ground:
    return Ground(database)


def test_a_lane_of_another_channel_is_nobodys_business(ground: Ground) -> None:
    ground.plan("sms", "citizen")
    assert ground.rests("email") == MOST_SECONDS
    assert ground.take("sms").lane == "sms:citizen"


def test_the_lane_served_longest_ago_is_next(ground: Ground) -> None:
    for code in ("A", "B", "C"):
        ground.plan("email", code, 3)
    served = []
    for _ in range(9):
        turn = ground.take()
        served.append(turn.lane)
        ground.lanes.done(turn, turn.most)
    assert served == ["email:A", "email:B", "email:C"] * 3


def test_no_destination_keeps_all_threads_busy(ground: Ground) -> None:
    ground.plan("email", "citizen", 9)
    for _ in range(3):
        assert ground.take().lane == "email:citizen"
        ground.slow()
    ground.rests()
    ground.plan("email", "DPUPR", 9)
    for _ in range(2):
        assert ground.take().lane == "email:DPUPR"
        ground.slow()
    ground.rests()


def test_a_second_thread_goes_to_a_lane_when_the_first_one_is_slow(ground: Ground) -> None:
    ground.plan("email", "DPUPR", 9)
    ground.take()
    assert ground.rests() == pytest.approx(0.05)
    ground.plan("email", "DISHUB")
    assert ground.take().lane == "email:DISHUB"
    ground.slow()
    assert ground.take().lane == "email:DPUPR"


def test_what_this_process_plans_is_known_at_once(ground: Ground) -> None:
    ground.rests()
    ground.plan_and_call("email", "DPUPR")
    assert ground.take().lane == "email:DPUPR"


def test_whoever_takes_a_lane_wakes_others_for_the_lanes_that_nobody_serves(ground: Ground) -> None:
    """They may sleep since the moment in which that lane was in good hands."""
    waiter = ground.bells.waiter(bell_of("email"))
    ground.plan("email", "DPUPR")
    ground.take()
    assert not waiter.wait(0)
    for code in ("DISHUB", "DLH"):
        ground.plan("email", code)
    ground.take()
    assert waiter.wait(0)
    ground.take()
    assert not waiter.wait(0)


def test_after_a_turn_it_is_soon_looked_when_to_go_on(ground: Ground) -> None:
    """What the turn has put off is due at a moment that nobody knows yet."""
    ground.plan("email", "DPUPR")
    assert ground.rests("sms") == MOST_SECONDS
    ground.lanes.done(ground.take(), 1)
    assert ground.rests("sms") <= 1.0


def test_a_lane_that_was_called_while_it_was_served_is_served_again(ground: Ground) -> None:
    ground.plan("email", "DPUPR")
    turn = ground.take()
    ground.plan_and_call("email", "DPUPR")
    ground.lanes.take("email")  # another thread hears it
    ground.lanes.done(turn, 1)
    again = ground.take()
    assert again.lane == "email:DPUPR"
    ground.lanes.done(again, 1)
    ground.rests()


def test_a_lane_to_which_something_was_given_back_stays_due(ground: Ground) -> None:
    ground.plan("email", "DPUPR", 9)
    ground.lanes.done(ground.take(), 9, given_back=4)
    assert ground.take().lane == "email:DPUPR"


def test_whoever_failed_last_time_keeps_one_thread_at_most(ground: Ground) -> None:
    ground.plan("email", "DPUPR", 9)
    ground.breakers.note("email", "email:DPUPR", Away.LANE)
    assert ground.take().most == 1
    ground.rests()


def test_an_open_breaker_holds_a_lane_and_lets_one_message_try(ground: Ground) -> None:
    ground.plan("email", "DPUPR", 9)
    ground.away("email:DPUPR")
    assert 3 < ground.rests() <= MOST_SECONDS, "until the breaker lets somebody try, at most"
    ground.clock.pass_time(5)
    turn = ground.take()
    assert (turn.most, turn.probe) == (1, True)
    ground.lanes.done(turn, 1)
    assert ground.take().probe, "it told nothing, so another one may try"


def test_what_is_away_for_hours_is_looked_through_once_a_minute(ground: Ground) -> None:
    ground.plan("email", "DPUPR", 9)
    ground.away("email:DPUPR")
    ground.clock.pass_time(4 * 3600)
    ground.lanes.done(probe := ground.take(), 1)
    assert probe.probe
    ground.breakers.note("email", "email:DPUPR", Away.LANE, probe=True)
    sweep = ground.take()
    assert sweep.away_since == NOW
    ground.lanes.done(sweep, 3)
    ground.clock.spent += 1
    ground.rests()
    ground.clock.spent += 60
    full = ground.take()
    ground.lanes.done(full, full.most)
    assert ground.take().away_since == NOW, "a full batch is followed by the next one at once"


def test_the_rate_of_a_lane_is_kept(database: Database) -> None:
    ground = Ground(database, per_second={"email": 2.0})
    ground.plan("email", "DPUPR", 99)
    turn = ground.take()
    assert turn.most == 2
    ground.lanes.done(turn, 2)
    assert 0 < ground.rests() <= 0.5
    ground.clock.pass_time(1.0)
    assert ground.take().most == 2


def test_it_rests_until_the_next_one_is_due(ground: Ground) -> None:
    ground.plan("email", "DPUPR", due_in=0.3)
    assert ground.rests() == pytest.approx(0.3)
    ground.clock.pass_time(0.3)
    ground.take()


def test_a_lane_that_is_worked_off_is_left_alone_until_the_next_look(ground: Ground) -> None:
    ground.plan("email", "DPUPR")
    turn = ground.take()
    ground.lanes.done(turn, 1)
    assert turn.most == BATCH
    ground.rests()


def test_the_database_is_asked_seldom(ground: Ground) -> None:
    asked = 0

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal asked
        asked += "RECURSIVE" in statement

    event.listen(ground.database._read_engine, "before_cursor_execute", count)
    ground.lanes.take("email")
    for _ in range(1000):
        ground.clock.spent += 0.001
        ground.lanes.take("email")
    assert 1 <= asked <= 2


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_due_lanes_are_those_of_a_plain_count(data: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('lanes')}/n.db")
    migrate(database.engine, app.MIGRATIONS)
    ground = Ground(database)
    waits = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["any", "email", "sms"]), st.sampled_from("ABC"), st.integers(-50, 50)),
            max_size=12, unique_by=lambda one: one[:2],
        )
    )  # fmt: skip
    for channel, recipient, due_in in waits:
        ground.plan(channel, recipient, data.draw(st.integers(1, 3)), due_in)
    if waits and data.draw(st.booleans()):
        with database.write() as tx:
            tx.execute(deliveries.update().where(deliveries.c.lane == lane_of(*waits[0][:2])).values(state="sent"))
        waits = waits[1:]
    if waits and data.draw(st.booleans()):
        held = deliveries.c.lane == lane_of(*waits[-1][:2])
        with database.write() as tx:
            tx.execute(deliveries.update().where(held).values(lease_owner="x", lease_until=NOW + timedelta(seconds=9)))
        waits = waits[:-1]
    with database.read() as connection:
        found = due_lanes(connection, NOW)
        counted = count_waiting(connection)
    database.close()
    assert found == {lane_of(channel, who): NOW + timedelta(seconds=wait) for channel, who, wait in waits}
    assert Counter(counted).total() >= len(waits)
