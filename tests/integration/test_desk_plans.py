"""The lists of the desk are read by their indexes on PostgreSQL, however many settled cases there are."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event, text

from services.desk.inbox.conditions import Moment
from services.desk.inbox.likeness import KnownWords
from services.desk.inbox.listing import newest, standing
from services.desk.inbox.news import IN_TRIAGE, INBOX, keys_now
from services.desk.inbox.triage import in_triage
from services.desk.inbox.wanted import LATE, Wanted
from services.desk.inbox.words import read_terms
from services.desk.people.person import Person
from tests.unit.desk.facts import routed
from tests.unit.desk.world import World, open_world, psycopg_url

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas", "Petugas", "officer", "DINAS_2")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("Asia/Jakarta"))
_CASES = """
    INSERT INTO cases SELECT (jsonb_populate_record(one, jsonb_build_object(
        'complaint_id', 'x' || n, 'ticket', 'CMH-' || n, 'agency', CASE WHEN n % 10 <> 0 THEN 'DINAS_' || n % 3 END,
        'state', CASE WHEN n % 5 <> 0 THEN 'closed' WHEN n % 10 = 0 THEN 'triage'
                      WHEN n % 20 = 5 THEN 'forwarded' ELSE 'in_progress' END,
        'received_at', moment, 'updated_at', moment,
        'due_at', CASE WHEN n % 5 = 0 THEN moment + interval '3 days' END, 'urgent', n % 400 = 0
    ))).*
    FROM cases one, generate_series(1, 6000) n,
         LATERAL (SELECT timestamptz '2026-11-28' - n * interval '1 minute' AS moment) m
    WHERE one.complaint_id = 'c1'
"""
_CONTENTS = """
    INSERT INTO case_contents SELECT (jsonb_populate_record(one, jsonb_build_object(
        'complaint_id', cases.complaint_id, 'ref', refs.ref, 'text', repeat('x', 1000)))).*
    FROM case_contents one, cases, LATERAL (VALUES ('report'), ('addition:' || cases.complaint_id)) refs (ref)
    WHERE one.complaint_id = 'c1' AND cases.complaint_id <> 'c1'
"""


@pytest.fixture
def world(postgres_database: str, tmp_path: Path) -> Iterator[World]:
    with open_world(psycopg_url(postgres_database), tmp_path) as opened:
        opened.hear(routed(1))
        with opened.database.write() as tx:
            tx.execute(text(_CASES))
            tx.execute(text(_CONTENTS))
        with opened.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE cases, case_contents"))
        yield opened


def plans(world: World, look: Callable[[Connection], Any]) -> str:
    """Those of all that it asks the database."""
    with world.database.read() as connection:
        asked = asked_by(connection, look)
        lines = [row[0] for one in asked for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) {one[0]}", one[1])]
    return "\n".join(lines)


def asked_by(connection: Connection, look: Callable[[Connection], Any]) -> list[tuple[str, Any]]:
    asked = list[tuple[str, Any]]()

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    look(connection)
    event.remove(connection, "before_cursor_execute", note)
    return asked


def general_plans(world: World, look: Callable[[Connection], Any]) -> str:
    """Those that PostgreSQL may keep for a statement that comes again and again: they hold for any parameters."""
    lines = list[str]()
    with world.database.read() as connection:
        asked = asked_by(connection, look)
        connection.exec_driver_sql("SET plan_cache_mode = force_generic_plan")
        for statement, parameters in asked:
            places = {name: f"${place}" for place, name in enumerate(parameters, 1)}
            connection.exec_driver_sql(f"PREPARE look AS {statement % places}")
            nothing = f"({', '.join(['NULL'] * len(places))})" if places else ""
            lines += [row[0] for row in connection.exec_driver_sql(f"EXPLAIN (COSTS OFF) EXECUTE look{nothing}")]
            connection.exec_driver_sql("DEALLOCATE look")
        connection.exec_driver_sql("RESET plan_cache_mode")
    return "\n".join(lines)


def wanted(person: Person, **more: Any) -> Callable[[Connection], Any]:
    return lambda connection: newest(connection, person, Wanted(**more), MOMENT)


_OF_AGENCY = ("cases_due", "cases_of_agency_due", "cases_open_of_agency", "cases_open_in_place")
LOOKS: list[tuple[tuple[str, ...], Callable[[Connection], Any]]] = [
    (_OF_AGENCY, wanted(OFFICER)),
    (_OF_AGENCY, wanted(OFFICER, due=LATE)),
    (_OF_AGENCY, lambda connection: standing(connection, OFFICER, MOMENT)),
    (("cases_due",), wanted(COORDINATOR)),
    (("cases_due",), wanted(COORDINATOR, due=LATE)),
    (("cases_new_to_agency",), lambda connection: keys_now(connection, OFFICER, INBOX)),
    (("cases_new_to_somebody",), lambda connection: keys_now(connection, COORDINATOR, INBOX)),
    (("cases_triage_newest",), lambda connection: keys_now(connection, COORDINATOR, IN_TRIAGE)),
    (("cases_triage",), lambda connection: in_triage(connection, COORDINATOR, KnownWords(), NOW)),
]


def test_no_list_goes_through_all_cases(world: World) -> None:
    for indexes, look in LOOKS:
        plan = plans(world, look)
        assert any(index in plan for index in indexes), plan
        assert "Seq Scan on cases" not in plan, plan


def test_the_texts_of_a_page_are_read_by_their_cases_however_often_it_was_asked(world: World) -> None:
    waiting = lambda connection: in_triage(connection, COORDINATOR, KnownWords(), NOW)  # noqa: E731
    for look in (wanted(OFFICER), wanted(COORDINATOR), waiting):
        plan = general_plans(world, look)
        assert "Index Scan using case_contents_pkey" in plan, plan
        assert "case_contents_ref" not in plan, plan
        assert "Seq Scan on case_contents" not in plan, plan


_WORDS = """
    INSERT INTO case_search (complaint_id, ref, words)
    SELECT complaint_id, ref, array_to_tsvector(CASE WHEN complaint_id = 'x17' THEN ARRAY['kunang']
        WHEN random() < 0.3 THEN ARRAY['lampu', 'mati'] ELSE ARRAY['jalan', 'lubang'] END
        || ('kata' || (random() * 400)::int))
    FROM case_contents WHERE complaint_id <> 'c1'
"""


def test_rare_words_are_looked_up_at_once_and_the_page_of_common_ones_is_walked_for(world: World) -> None:
    with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(_WORDS))
        connection.execute(text("ANALYZE case_search"))
    with world.database.read() as connection:
        for words, walks in (("lampu", True), ("lamp", True), ("kunang", False), ("nihil", False),
                             ("jalan nihil", False), ("jalan lubang", True)):  # fmt: skip
            look = wanted(COORDINATOR, q=words, terms=read_terms(words))
            asked = [statement for statement, _ in asked_by(connection, look)]
            assert any("walked" in statement for statement in asked) == walks, words
            assert len(asked) <= 3, asked
    with world.database.read() as connection:
        found = newest(connection, COORDINATOR, Wanted(q="kunang", terms=read_terms("kunang")), MOMENT)
    assert [line.complaint_id for line in found.lines] == ["x17"]


def test_where_all_of_a_list_was_walked_through_no_words_are_looked_up(world: World) -> None:
    words = read_terms("jalan lubang")
    with world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(_WORDS))
        connection.execute(text("ANALYZE case_search"))
    with world.database.read() as connection:
        moment = {"terms": words, "q": "jalan lubang"}
        asked = [statement for statement, _ in asked_by(connection, wanted(OFFICER, **moment, due=LATE))]
        assert any("walked" in statement for statement in asked)
        assert not any("MATERIALIZED" in statement for statement in asked), asked
