"""What is counted, on both databases: no step is forgotten, whoever works at the same time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from services.desk.statistics import marks, repository
from services.desk.statistics.report import report
from services.desk.statistics.sums import summed
from services.desk.statistics.wanted import Wanted
from services.desk.tables import case_figures
from tests.bench.desk_sums import fill
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.figures import KEEPING, count_up, made, rated
from tests.unit.desk.world import World, open_world, psycopg_url


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        url = psycopg_url(request.getfixturevalue("postgres_database"))
    with open_world(url, tmp_path) as opened:
        yield opened


def test_cases_are_counted_and_recounted(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 6)), unrouted(6), routed(1, revision=3, agency="DPUPR"))
    count_up(world)
    world.hear(routed(2, revision=3, agency="DPUPR"))
    count_up(world)
    with world.database.read() as connection:
        found = report(connection, Wanted("2026-11", "2026-11", sort="value"), confidential=True)
        kept = list(repository.of_month(connection, "2026-11"))
        (sums,) = repository.sums_of(connection, ["2026-11"])
    assert [(line.value, line.sum.received) for line in found.lines] == [("", 1), ("DISHUB", 3), ("DPUPR", 2)]
    assert sums == summed(kept)
    assert found.as_of is not None


def test_a_mark_set_while_another_one_is_taken_stays(world: World) -> None:
    """The step is not to be seen yet when the case is counted: it is counted once more."""
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("there is one writer at a time")
    world.hear(routed())
    marked, go = threading.Event(), threading.Event()

    def slow_step() -> None:
        with world.database.write() as tx:
            marks.mark(tx, "c1")
            tx.flush()
            marked.set()
            assert go.wait(10)

    thread = threading.Thread(target=slow_step)
    thread.start()
    assert marked.wait(10)
    with world.database.write() as tx:
        assert marks.take(tx, 10) == []
    go.set()
    thread.join()
    with world.database.write() as tx:
        assert marks.take(tx, 10) == ["c1"]


def test_marks_of_one_step_are_one(world: World) -> None:
    with world.database.write() as tx:
        for complaint_id in ("c2", "c1", "c2"):
            marks.mark(tx, complaint_id)
    with world.database.write() as tx:
        assert marks.take(tx, 1) == ["c1"]
        assert marks.take(tx, 5) == ["c2"]
        KEEPING.renew(tx, ["c1", "c2"], world.clock.now())  # nobody knows them


def test_a_page_over_ten_years_asks_a_fixed_number_of_times(world: World) -> None:
    months = [f"{year}-{month:02d}" for year in range(2017, 2027) for month in range(1, 12, 2)]
    with world.database.write() as tx:
        repository.keep(tx, [made(number, month=month, day=f"{month}-03") for number, month in enumerate(months)])
        repository.behind(tx, months)
    count_up(world)
    with world.database.read() as connection:
        asked: list[str] = []
        event.listen(
            connection, "after_cursor_execute",
            lambda *given: asked.extend([given[2]] if given[2].startswith("SELECT") else []),
        )  # fmt: skip
        report(connection, Wanted("2026-11", "2026-11"), confidential=True)
        once = list(asked)
        found = report(connection, Wanted("2017-01", "2026-12"), confidential=True)
        assert len(asked) == 2 * len(once), asked
        years = repository.by_period(connection, [str(year) for year in range(2017, 2027)], "", confidential=True)
    assert found.whole.received == 60
    assert [line.sum.received for line in found.series] == [6] * 10
    assert len(years) == 9  # those that are over have sums of their own


def test_the_bench_fills_a_database_as_the_program_would(world: World) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("the bench fills PostgreSQL only")
    world.hear(*(routed(number) for number in range(1, 5)), unrouted(5, identity="confidential"))
    world.hear(routed(6, agency="KELURAHAN"))
    world.clock.advance(30 * 3600)
    officer = world.logged_in("petugas.dishub")
    for number, close in ((1, "yes"), (2, "no")):
        path = f"/cases/{ticket(number)}"
        officer.get(path)
        officer.post(f"{path}/answer", revision=world.case(number).revision, answer="Sudah.", close=close)
    world.hear(rated(4), rated(2, 2))
    world.clock.advance(9 * 86_400)
    count_up(world)
    with world.database.write() as tx:
        kept = sorted(repository.of_month(tx.connection, "2026-11"), key=lambda one: one.complaint_id)
        tx.execute(case_figures.delete())
    fill(world.database.engine.url.render_as_string(hide_password=False), world.clock.now())
    with world.database.read() as connection:
        assert sorted(repository.of_month(connection, "2026-11"), key=lambda one: one.complaint_id) == kept
    assert len({(one.settle_in_time, one.respond_in_time, one.rating, one.office) for one in kept}) > 3
