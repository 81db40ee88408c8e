"""What is counted of a case, and that sums are always those of the figures."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.desk.app import build_deadlines
from services.desk.cases import contents
from services.desk.cases.folding import judgement
from services.desk.cases.rebuilding import Rebuilding
from services.desk.statistics import repository, spans
from services.desk.statistics.figure import Figure
from services.desk.statistics.keeping import EVERY, SUMS, TIMER
from services.desk.statistics.spans import MOST_OFF, bucket_of, quantile, spans_of
from services.desk.statistics.sums import ALL, CHANNEL, DIMENSIONS, Key, Sum, Sums, added, summed
from services.desk.tables import case_contents, case_figures
from shared.timers import Timer
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.figures import KEEPING, count_up, figures, made, rated
from tests.unit.desk.world import PACK, World

DAY = 86_400


def figure(world: World, number: int = 1) -> Figure:
    count_up(world)
    with world.database.read() as connection:
        return repository.figures_of(connection, [f"c{number}"])[f"c{number}"]


def total(world: World, period: str = "2026-11", scope: str = ALL) -> Sum:
    with world.database.read() as connection:
        return repository.by_period(connection, [period], scope, confidential=True).get(period, Sum())


def answer(world: World, number: int = 1, **form: Any) -> None:
    visitor = world.logged_in("petugas.dishub")
    path = f"/cases/{ticket(number)}"
    visitor.get(path)
    form = {"revision": world.case(number).revision, "answer": "Lampu sudah diganti.", **form}
    assert visitor.post(f"{path}/answer", **form).status_code == 303


def test_a_case_is_counted_from_receipt_to_rating(world: World) -> None:
    world.hear(routed())
    one = figure(world)
    assert (one.month, one.day, one.office, one.channel) == ("2026-11", "2026-11-24", "DISHUB", "web")
    assert (one.answer_seconds, one.settle_in_time, one.state) == (None, None, "forwarded")
    world.clock.advance(20 * 3600)
    answer(world, close="yes")
    world.hear(rated(2), rated(5, number=2), rated(1))
    one = figure(world)
    assert one.answer_seconds == one.close_seconds is not None
    assert one.answer_seconds >= 20 * 3600
    assert (one.respond_in_time, one.settle_in_time, one.state, one.rating) == (True, True, "closed", 5)
    assert (total(world).received, total(world).closed, total(world).satisfaction) == (1, 1, 5.0)


def test_who_gets_it_later_has_it_counted_and_nobody_else(world: World) -> None:
    world.hear(unrouted())
    assert figure(world).office == ""
    world.hear(routed(agency="DPUPR", revision=3))
    assert figure(world).office == "DPUPR"
    assert [total(world, scope=one).received for one in (ALL, "DPUPR", "DISHUB")] == [1, 1, 0]


def test_each_place_s_office_is_counted_apart_and_together(world: World) -> None:
    world.hear(routed(agency="KELURAHAN"))
    assert figure(world).office == "KELURAHAN Baros"
    assert [total(world, scope=one).received for one in ("KELURAHAN Baros", "KELURAHAN")] == [1, 1]


def test_a_deadline_that_passes_is_counted_without_a_step(world: World) -> None:
    world.hear(routed())
    due_at = figure(world).due_at
    assert due_at is not None
    assert total(world).respond_late == 0
    assert count_up(world, due_at) == 0
    assert count_up(world, due_at + timedelta(seconds=1)) > 0
    assert total(world).respond_late == 1
    assert total(world).respond_share == 0.0


def test_what_is_counted_stays_when_words_are_deleted(world: World) -> None:
    world.hear(routed())
    answer(world)
    world.hear(rated(4))
    before = figure(world)
    with world.database.write() as tx:
        tx.execute(delete(case_contents))
    with world.database.write() as tx:
        assert KEEPING.made(tx.connection, ["c1"], world.clock.now()) == [before]
    assert not {"text", "contact_ref", "place_detail"} & set(Figure.__dataclass_fields__)
    assert contents.RATING == "rating"


def test_cases_that_change_all_the_time_do_not_keep_the_desk_counting(world: World) -> None:
    count, sum_up = (KEEPING.timers(world.service.spine)[name] for name in (TIMER, SUMS))
    count_up(world)
    world.hear(routed(1))
    timer = Timer(TIMER, "", world.clock.now(), 1, 1)
    with world.database.write() as tx:
        again_at = count(tx, timer)
    assert again_at is not None
    assert again_at > world.clock.now() + EVERY / 2, "what is marked from now on waits for the next time"
    with world.database.write() as tx:
        assert sum_up(tx, timer) is not None
    assert total(world).received == 1
    with world.database.write() as tx:
        assert sum_up(tx, timer) is None, "until it is called again"


def test_a_mark_is_rolled_back_with_its_step(world: World) -> None:
    world.hear(routed())
    count_up(world)
    with pytest.raises(RuntimeError):
        _break_off(world)
    assert count_up(world) == 0


def _break_off(world: World) -> None:
    with world.database.write() as tx:
        world.register.open(tx, judgement(routed(agency="DPUPR", revision=9)), None)
        raise RuntimeError


def test_a_figure_that_is_wrong_is_found_and_made_anew(world: World) -> None:
    world.hear(routed())
    count_up(world)
    with world.database.write() as tx:
        tx.execute(case_figures.update().values(office="DPUPR", rating=1))
    rebuilding = Rebuilding(world.database, build_deadlines(world.service.spine, PACK), KEEPING)
    (batch,) = rebuilding.compare()
    assert [one.fields for one in batch.differences] == [("figures",)]
    (batch,) = rebuilding.compare(repair=True)
    assert [one.repaired for one in batch.differences] == [True]
    (batch,) = rebuilding.compare()
    assert batch.differences == ()
    assert figure(world).office == "DISHUB"
    assert total(world, scope="DISHUB").received == 1


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.lists(figures(), max_size=8), min_size=1, max_size=4))
def test_sums_are_those_of_the_figures_whatever_came_in_which_order(steps: list[list[Figure]]) -> None:
    """A later figure of a case takes the place of the former; months are summed only when something in them changed."""
    kept: dict[str, Figure] = {}
    months: dict[str, Sums] = {}
    for changes in steps:
        behind = set()
        for one in changes:
            behind |= {one.month} | ({kept[one.complaint_id].month} if one.complaint_id in kept else set())
            kept[one.complaint_id] = one
        for month in behind:
            months[month] = summed(one for one in kept.values() if one.month == month)
    assert added(months.values()) == summed(kept.values())


@settings(max_examples=40, deadline=None)
@given(several=st.lists(figures(), max_size=30))
def test_every_dimension_adds_up_to_all_and_agencies_to_the_city(several: list[Figure]) -> None:
    sums = summed(several)
    for dimension in DIMENSIONS:
        parts = Sum()
        for key, one in sums.items():
            if (key.scope, key.dimension, key.confidential) == (ALL, dimension, True):
                parts.add(one)
        assert parts.received == len(several)
        assert parts.open == sum(one.state not in ("closed", "archived", "withdrawn") for one in several)
    whole = sums.get(Key(ALL, CHANNEL, "web", False), Sum())
    assert whole.rated == sum(
        one.rating is not None for one in several if one.channel == "web" and not one.confidential
    )


@settings(deadline=None)
@given(durations=st.lists(st.integers(60, 10**8), min_size=1, max_size=60), at=st.sampled_from((0.5, 0.9)))
def test_a_quantile_is_off_by_no_more_than_is_said(durations: list[int], at: float) -> None:
    exact = sorted(durations)[max(0, -int(-at * len(durations) // 1) - 1)]
    found = quantile(spans_of(durations), at)
    assert found is not None
    assert abs(found - exact) <= exact * MOST_OFF + 1


@settings(deadline=None)
@given(one=st.lists(st.integers(0, 10**9)), other=st.lists(st.integers(0, 10**9)))
def test_durations_of_two_months_add_up(one: list[int], other: list[int]) -> None:
    both = spans_of(one)
    spans.add(both, spans_of(other))
    assert both == spans_of([*one, *other])
    assert spans.read_spans(",".join(spans.write_spans(spans_of(several)) for several in (one, other))) == both


def test_buckets_grow_and_nothing_has_no_quantile() -> None:
    assert [bucket_of(seconds) for seconds in (0, 59, 60, 120, DAY)] == [0, 0, 1, 9, 84]
    assert all(bucket_of(one) <= bucket_of(other) for one, other in pairwise(range(0, 10**6, 997)))
    assert quantile({}, 0.5) is None
    assert quantile(spans_of([30]), 0.5) == 30


def test_a_year_that_is_over_has_sums_of_its_own(world: World) -> None:
    with world.database.write() as tx:
        repository.keep(tx, [made(1, month="2025-03", day="2025-03-02"), made(2, month="2025-11", day="2025-11-02")])
        repository.behind(tx, ["2025-03", "2025-11"])
    assert count_up(world) == 3
    assert total(world, "2025").received == 2
    with world.database.read() as connection:
        assert repository.periods(connection) == {"2025": True, "2025-03": True, "2025-11": True}
