"""A month is made public once, without confidential complaints, and nothing under five shows."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.desk.statistics import repository
from services.desk.statistics.figure import Figure
from services.desk.statistics.open_data import fixed_of, published, tables
from services.desk.statistics.opening import WAIT, Opening
from services.desk.statistics.suppression import LEAST, hidden_in, most
from shared.contracts.statistics import StatisticsPublished
from tests.unit.desk.figures import ZONE, count_up, figures, made
from tests.unit.desk.world import World

NOW = datetime(2026, 12, 6, tzinfo=UTC)
DECEMBER = datetime(2026, 11, 30, 17, tzinfo=UTC)
"""When it begins in the city."""


def name(_dimension: str, value: str) -> str:
    return value.title()


def several(number: int, begin: int = 0, **more: object) -> list[Figure]:
    return [made(begin + one, **more) for one in range(number)]


def shown(figures_: list[Figure]) -> dict[tuple[str, str, str], int]:
    fact = published("2026-11", figures_, name, NOW)
    return {(one.dimension, one.value, one.kind): one.number for one in fact.counts}


def test_what_is_large_shows_by_value_and_kind() -> None:
    found = shown(several(8) + several(9, 10, kind="aspirasi", agency="DPUPR"))
    assert found[("total", "", "")] == 17
    assert found[("total", "", "aspirasi")] == 9
    assert found[("channel", "web", "pengaduan")] == 8
    assert found[("kecamatan", "Cimahi Tengah", "")] == 17
    assert ("agency", "DISHUB", "aspirasi") not in found  # nought is under five too
    assert {kind for dimension, _, kind in found if dimension == "total"} == {"", "aspirasi", "pengaduan"}


def test_confidential_complaints_are_in_no_number() -> None:
    assert shown(several(7) + several(9, 10, confidential=True, channel="sms")) == shown(several(7))


def test_few_complaints_show_nothing_at_all() -> None:
    assert shown(several(4)) == {}
    assert shown([]) == {}


def test_a_kind_that_is_rare_takes_all_kinds_with_it() -> None:
    found = shown(several(30) + several(2, 40, kind="aspirasi"))
    assert {kind for _, _, kind in found} == {""}
    assert found[("total", "", "")] == 32


def test_an_agency_with_few_takes_another_one_with_it() -> None:
    found = shown(several(30) + several(2, 40, agency="DPUPR") + several(6, 50, agency="KELURAHAN"))
    assert {value for dimension, value, _ in found if dimension == "agency"} == {"DISHUB"}


@settings(max_examples=30, deadline=None)
@given(several_=st.lists(figures(), max_size=60))
def test_nothing_under_five_shows_nor_follows_in_any_month(several_: list[Figure]) -> None:
    assert all(number >= LEAST for number in shown(several_).values())
    for table in tables(one for one in several_ if not one.confidential).values():
        hidden = hidden_in(table, fixed_of(table))
        assert all(most(table, hidden, cell) >= LEAST for cell in hidden)
    totals = Counter(one.kind for one in several_ if not one.confidential)
    for (dimension, _, kind), number in shown(several_).items():
        assert dimension != "total" or number == (totals[kind] if kind else sum(totals.values()))


def test_a_month_is_said_once_when_it_is_over(world: World) -> None:
    with world.database.write() as tx:
        repository.keep(tx, [*several(6), made(20, month="2026-12", day="2026-12-01")])
        repository.behind(tx, ["2026-11", "2026-12"])
    count_up(world)
    opening = Opening(world.service.spine, ZONE)
    for now, said in ((DECEMBER + WAIT - timedelta(seconds=1), False), (DECEMBER + WAIT, True), (NOW, False)):
        with world.database.write() as tx:
            assert opening.open_next(tx, now) is said
    with world.database.write() as tx:  # what comes later changes nothing that was said
        repository.keep(tx, [made(30)])
        repository.behind(tx, ["2026-11"])
    count_up(world)
    with world.database.write() as tx:
        assert not opening.open_next(tx, NOW)
    (fact,) = world.said(StatisticsPublished.TYPE)
    assert (fact.month, len(fact.counts)) == ("2026-11", 8)
    assert {one.name for one in fact.counts if one.dimension == "agency"} == {"Dinas Perhubungan"}


def test_a_month_that_is_still_being_counted_waits(world: World) -> None:
    with world.database.write() as tx:
        repository.keep(tx, several(6))
        repository.behind(tx, ["2026-11"])
        assert not Opening(world.service.spine, ZONE).open_next(tx, NOW)
