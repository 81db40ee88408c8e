"""The agencies' API on both databases: keys under a race, changes that nobody misses, the same rules as the pages."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk.api.changes import Asked, changes_of
from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer
from services.desk.cases.coordinator_acts import Assign, Copy
from services.desk.people.person import Person
from services.desk.tables import api_answers
from shared.contracts.case import CaseAnswered
from tests.unit.desk.agency_system import System, system
from tests.unit.desk.facts import LATER, added, routed, ticket
from tests.unit.desk.world import World, open_world, psycopg_url

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
AT_ONCE = 8


BOTH = pytest.mark.parametrize("world", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if getattr(request, "param", "sqlite") == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        url = psycopg_url(request.getfixturevalue("postgres_database"))
    with open_world(url, tmp_path) as opened:
        yield opened


def at_once(caller: System, *calls: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    def call(said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        own = System(caller.client.application.test_client(), caller.token, caller.secret)
        answer = own.act(**said)
        return answer.status_code, answer.get_json()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@BOTH
def test_under_a_race_each_key_is_done_once_and_each_revision_answered_once(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 5)))
    caller = system(world)
    for number in (1, 2):
        said = {"act": "answer", "which": number, "key": f"a-{number}", "text": "Sudah diganti."}
        answers = at_once(caller, *[said] * AT_ONCE)
        assert [status for status, _ in answers] == [200] * AT_ONCE
        assert all(body == answers[0][1] for _, body in answers)
    assert [event.ticket for event in world.said(CaseAnswered.TYPE)] == [ticket(1), ticket(2)]
    assert len(world.audited("api.act")) == 2

    notes = [{"act": "note", "which": 3, "key": "same", "text": f"Catatan {number}"} for number in range(AT_ONCE)]
    answers = at_once(caller, *notes)
    assert sorted(status for status, _ in answers) == [200] + [422] * (AT_ONCE - 1)
    assert {body["code"] for status, body in answers if status == 422} == {"key_reused"}
    assert world.case(3).number_of("noted") == 1

    seen = [{"act": "answer", "which": 4, "text": f"Jawaban {number}", "revision": 2} for number in range(AT_ONCE)]
    answers = at_once(caller, *seen)
    assert sorted(status for status, _ in answers) == [200] + [409] * (AT_ONCE - 1)
    revision = world.case(4).revision
    conflicts = [body for status, body in answers if status == 409]
    assert all((body["last_change"]["act"], body["revision"]) == ("answered", revision) for body in conflicts)


def test_a_key_is_kept_for_seven_days_and_then_forgotten(world: World) -> None:
    world.hear(routed(1))
    caller = system(world, days=60)
    assert caller.act("note", key="k", text="Satu").status_code == 200
    world.clock.advance(timedelta(days=6, hours=23).total_seconds())
    assert caller.act("note", key="k", text="Dua").status_code == 422
    world.clock.advance(timedelta(hours=2).total_seconds())
    assert caller.act("note", key="k", text="Dua").status_code == 200
    with world.database.read() as connection:
        assert [row.key for row in connection.execute(api_answers.select())] == ["k"]


def read_on(world: World, cursor: str, limit: int = 2) -> tuple[list[str], list[str], str]:
    """All the pages from there: tickets in their order, those that are gone, and where it goes on."""
    seen, gone = [], []
    while True:
        found = changes_of(world.database, "DISHUB", Asked(cursor, limit=limit), world.clock.now())
        seen += [case.ticket for case, _ in found.seen]
        gone += found.gone
        cursor = found.cursor
        if not found.more:
            return seen, gone, cursor


def assign(world: World, number: int, agency: str) -> None:
    act = Assign(agency, "Bukan wewenangnya.", "Cimahi Tengah", "Baros")
    assert perform(world.register, COORDINATOR, ticket(number), world.case(number).revision, act)


@BOTH
def test_whoever_reads_on_sees_every_change_also_what_comes_late(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 6)), routed(9, agency="DLH"))
    seen, gone, cursor = read_on(world, "")
    assert (seen, gone) == ([ticket(number) for number in range(1, 6)], [])
    assert read_on(world, cursor) == ([], [], cursor)
    world.hear(routed(0), added(3), routed(6, identity="confidential"))  # a fact of the hour before; no step at all
    assign(world, 2, "DLH")
    assign(world, 9, "DISHUB")
    officer = Person("p", "P", "officer", "DISHUB")
    assert perform(world.register, officer, ticket(5), 2, Answer("Sudah."))
    seen, gone, cursor = read_on(world, cursor)
    assert sorted(seen) == sorted([ticket(0), ticket(3), ticket(5), ticket(9)])
    assert gone == [ticket(2)]
    assign(world, 2, "DISHUB")
    assert read_on(world, cursor)[:2] == ([ticket(2)], [])


def test_a_copy_is_seen_and_goes_when_it_becomes_the_own(world: World) -> None:
    world.hear(routed(1, agency="DLH"))
    caller = system(world)
    assert caller.get("/cases").get_json()["cases"] == []
    assert perform(world.register, COORDINATOR, ticket(1), 2, Copy("DISHUB", "Tiangnya milik DISHUB."))
    (copy,) = caller.get("/cases").get_json()["cases"]
    assert (copy["role"], copy["assignment"], copy["lead"]) == ("copy", 0, "Dinas Lingkungan Hidup")
    assign(world, 1, "DISHUB")
    (own,) = caller.get("/cases").get_json()["cases"]
    assert (own["role"], own["assignment"]) == ("lead", 2)


def test_since_leaves_out_only_what_was_known_before(world: World) -> None:
    world.hear(routed(1), routed(2))
    now = world.clock.now()

    def since(moment: Any) -> list[str]:
        found = changes_of(world.database, "DISHUB", Asked(since=moment), now)
        return [case.ticket for case, _ in found.seen]

    assert since(None) == [ticket(1), ticket(2)]
    assert since(world.case(2).updated_at) == [ticket(2)], "that moment counts"
    assert since(LATER) == []
    world.hear(routed(0))  # older than that, and heard just now
    assert since(now - timedelta(seconds=1)) == [ticket(0)]


STEPS = st.lists(st.tuples(st.sampled_from(("new", "add", "away", "back", "read")), st.integers(1, 5)), max_size=14)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_a_follower_knows_at_the_end_what_the_desk_knows(world: World, steps: list[tuple[str, int]]) -> None:
    """Whatever happens in between, and however often it asks."""
    first = next(_firsts)
    known: set[str] = set()
    there: set[int] = set()
    cursor = ""
    for step, offset in [*steps, ("read", 0)]:
        number = first + offset
        if step == "new":
            world.hear(routed(number))
            there.add(number)
        elif step == "add":
            world.hear(added(number, count=next(_additions)))
        elif step == "read":
            seen, gone, cursor = read_on(world, cursor, 50)
            known = (known | set(seen)) - set(gone)
        elif number in there and world.case(number).agency != (agency := "DLH" if step == "away" else "DISHUB"):
            assign(world, number, agency)
    own = {ticket(number) for number in there if world.case(number).agency == "DISHUB"}
    assert known & {ticket(first + offset) for offset in range(6)} == own


_firsts, _additions = itertools.count(10, 10), itertools.count(1)
