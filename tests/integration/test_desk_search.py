"""Searching on both databases: the same words find the same cases, for each what he may read, and quickly forgotten."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text

from services.composition import migrations_of
from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer
from services.desk.inbox.conditions import Moment
from services.desk.inbox.listing import newest
from services.desk.inbox.paging import WALKED
from services.desk.inbox.wanted import Wanted
from services.desk.people.person import Person
from services.desk.tables import case_contents, case_search
from services.desk.views.filtering import moment_of, sought_in
from shared.contracts.fields import Place
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.unit.desk.facts import RECEIVED, added, followed, routed, ticket
from tests.unit.desk.world import PACK, World, open_world, psycopg_url

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
OPERATOR = Person("operator", "Operator", "operator")
MELONG = Place("Cimahi Selatan", "Melong", "depan warung bu tini")
SEARCHES: list[tuple[str, list[int], list[int]]] = [
    ("lampu", [1, 2, 5], [1, 2, 5]),
    ("lamp", [1, 2, 5], [1, 2, 5]),
    ("LAMPU padam", [2, 5], [2, 5]),
    ('"lampu jalan"', [1], [1]),
    ('"jalan lampu"', [], []),
    ('"lamp"', [], []),
    ("lampu -jalan", [2, 5], [2, 5]),
    ("-lampu", [3, 4], [3, 4]),
    ("miring", [1], [1]),
    ("lampu miring", [1], [1]),
    ("melong", [3], [3]),
    ("melong -sampah", [], []),
    ("warung", [3], [3]),
    ("diperbaiki", [4], [4]),
    ("0812", [1, 5], [5]),
    ("08123456", [], []),
    ("ikutan", [1], [1]),
    ("rahasiaku", [], []),
    ("telepon", [], []),
    ("cafe", [4], [4]),
    ("مكسو", [4], [4]),
    ("100%", [], []),
    ("zirkonium", [], []),
    ("'; DROP TABLE cases; --", [], []),
    ("lampu & | ! ( ) : * <->", [1, 2, 5], [1, 2, 5]),
    ("NEAR(lampu jalan)", [], []),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'desk.db'}" if is_sqlite else request.getfixturevalue("postgres_database")
    with open_world(psycopg_url(url), tmp_path) as opened:
        fill(opened)
        yield opened


def fill(world: World) -> None:
    shown = {"identity": "open"}
    world.hear(
        routed(1, text="Lampu jalan mati, hubungi 0812-3456-7890."), routed(2, text="Lampu gang padam"),
        routed(3, text="Sampah menumpuk", place=MELONG), routed(4, text="Café ditutup مكسور الشارع"),
        routed(5, text="Lampu taman padam. 0812 1111 2222", **shown), added(1, "Tiangnya miring."),
        followed(1, "ikutan", follower=50), followed(1, "rahasiaku", follower=51, identity="confidential"),
    )  # fmt: skip
    assert perform(world.register, OFFICER, ticket(4), 2, Answer("Sudah diperbaiki.")) is not None


def numbers(world: World, person: Person, q: str, walked: int = WALKED, **more: str) -> list[int]:
    desk = _Desk(world)
    wanted = sought_in(desk, replace(Wanted(q=q), **more))  # type: ignore[arg-type]
    with world.database.read() as connection:
        page = newest(connection, person, wanted, moment_of(desk), walked=walked)  # type: ignore[arg-type]
    return sorted(int(line.complaint_id[1:]) for line in page.lines)


class _Desk:
    def __init__(self, world: World) -> None:
        self.pack, self.spine = PACK, world.service.spine


def test_the_same_words_find_the_same_cases_on_both(world: World) -> None:
    found = [(q, numbers(world, COORDINATOR, q), numbers(world, OFFICER, q)) for q, *_ in SEARCHES]
    assert found == SEARCHES
    assert numbers(world, OPERATOR, "lampu") == []
    assert numbers(world, COORDINATOR, "lampu", sort="oldest", state="forwarded") == [1, 2, 5]
    for number in (1, 5):
        assert numbers(world, OPERATOR, ticket(number).lower()) == [number]
        head, tail = ticket(number).split("-")[1:]
        assert number in numbers(world, OFFICER, f"cmh-{head}")
        assert numbers(world, OFFICER, tail) == [number]


def test_words_beyond_those_that_are_walked_through_are_found(world: World) -> None:
    found = [(q, numbers(world, COORDINATOR, q, 2), numbers(world, OFFICER, q, 2)) for q, *_ in SEARCHES]
    assert found == SEARCHES
    with world.database.read() as connection:
        moment = Moment(RECEIVED, moment_of(_Desk(world)).zone)  # type: ignore[arg-type]
        desk = _Desk(world)
        first = sought_in(desk, Wanted(q="lampu"))  # type: ignore[arg-type]
        one = newest(connection, COORDINATOR, first, moment, limit=2, walked=1)
        two = newest(connection, COORDINATOR, replace(first, after=one.next), moment, limit=2, walked=1)
        back = newest(connection, COORDINATOR, replace(first, before=two.previous), moment, limit=2, walked=1)
    assert [line.complaint_id for page in (one, two) for line in page.lines] == ["c5", "c2", "c1"]
    assert back.lines == one.lines


def test_what_is_deleted_is_not_found_any_more_and_a_repetition_brings_nothing_back(world: World) -> None:
    with world.database.write() as tx:
        tx.execute(delete(case_contents).where(case_contents.c.complaint_id == "c1"))
    world.hear(routed(1, text="Lampu jalan mati, hubungi 0812-3456-7890."))
    assert numbers(world, COORDINATOR, "lampu") == [2, 5]
    assert numbers(world, COORDINATOR, "miring") == []
    with world.database.read() as connection:
        rest = connection.execute(select(func.count()).where(case_search.c.complaint_id == "c1")).scalar_one()
    assert rest == 0


def test_a_later_version_of_a_text_is_found_by_its_own_words(world: World) -> None:
    world.hear(routed(2, text="Trotoar retak", revision=4))
    assert numbers(world, COORDINATOR, "trotoar") == [2]
    assert numbers(world, COORDINATOR, "lampu") == [1, 5]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_there_before_is_found_after_the_upgrade(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The words that the upgrade fills in are those that the program itself writes."""
    url = f"sqlite:///{tmp_path / 'd.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_database")
    with open_world(psycopg_url(url), tmp_path) as world:
        fill(world)
        written = _words(world.database)
    _take_back(world.database)
    assert upgrade(world.database.engine, _as_it_was_then(tmp_path)) == ["desk_0011"]
    assert _words(world.database) == written
    world.database.close()


def _words(database: Database) -> list[tuple[str, ...]]:
    names = [case_search.c[name] for name in ("complaint_id", "ref", "words", "hidden")]
    with database.read() as connection:
        return sorted(tuple(row) for row in connection.execute(select(*names)))


def _as_it_was_then(folder: Path) -> Path:
    """The migrations without those that came later."""
    copied = folder / "migrations"
    shutil.copytree(migrations_of("desk"), copied)
    for script in (copied / "versions").glob("0*.py"):
        if script.name > "0011_search.py":
            script.unlink()
    return copied


def _take_back(database: Database) -> None:
    with database.write() as tx:
        if database.is_sqlite:
            tx.execute(text("DROP TABLE case_search_fts"))
        for name in ("case_search", "inbox_visits"):
            tx.execute(text(f"DROP TABLE {name}"))
        indexes = (
            "cases_due", "cases_open_newest", "cases_open_of_agency", "cases_open_in_place", "cases_open_at_point",
            "cases_triage", "cases_new_to_somebody", "cases_ticket_head", "cases_ticket_tail",
        )  # fmt: skip
        for name in indexes:
            tx.execute(text(f"DROP INDEX {name}"))
        tx.execute(text("UPDATE alembic_version SET version_num = 'desk_0010'"))
