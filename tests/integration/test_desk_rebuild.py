"""Cases made again from their timelines; and the cases of the bench are what the program would write.

Thousands of them, ten thousand in the long proof.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, select, update

from services.desk.cases.rebuilding import Difference, Rebuilding
from services.desk.deadlines.keeping import Deadlines
from services.desk.inbox import indexing
from services.desk.tables import case_clocks, case_contents, case_events, case_search, cases, messaging
from shared.storage.bells import Bells
from shared.storage.database import Database
from shared.timers import Timers
from tests.bench.desk_actors import LATITUDE, LONGITUDE, Names, Stage, StillClock, cimahi
from tests.bench.desk_moulds import ALL_DAYS, CAST, make_moulds, mould_of, rows_in, rows_of, stage
from tests.bench.desk_seed import AGENCIES, seed_cases
from tests.bench.desk_story import Act, story_of
from tests.support.postgres import PostgresServer

UNTIL = datetime(2026, 11, 27, 2, tzinfo=UTC)
CASES = 10_000 if os.environ.get("TANGGAP_PROOF") == "long" else 1_000
MOULDS, STORIES, DAMAGED, LOST = 30, 16, 10, 3
AS = Names("01a21779-3aa6-7151-ba56-39b4f4f17011", "CMH-9Z40-RXA9", "c9", "DINAS_07", "DINAS_31", "Cimahi", "Cibabat")
MINUTE = {"minute": 12, "second": 44, "microsecond": 123_456}


def test_a_cast_case_is_what_the_program_writes(tmp_path: Path) -> None:
    chance = Random(7)
    direct = Stage(f"sqlite:///{tmp_path}/direct.db", cimahi(AS.mine, AS.other), StillClock(UNTIL))
    with stage(UNTIL) as moulding:
        for number in range(STORIES):
            recent = number % 2 == 0
            received_at = UNTIL - timedelta(days=chance.uniform(1, 60 if recent else ALL_DAYS))
            story = story_of(chance, received_at, UNTIL)
            made = moulding.play(story, UNTIL, Names(f"id-x{number}.", f"CMH-XXXX-XXXX{number}."))
            names = Names(f"{AS.id}{number}", f"{AS.ticket}{number}", AS.contact, *list(vars(AS).values())[3:])
            direct.play([Act(act.at.replace(**MINUTE), act.what, act.said) for act in story], UNTIL, names)
            mould = mould_of(moulding, made)
            values = _values(names) | {slot: slot for slot in mould.texts}
            for table, template in zip(CAST, mould.templates, strict=True):
                cast = [_without_form(row) for row in rows_in(table, template.cast(values))]
                assert cast == [_without_form(row) for row in rows_of(direct, names.id)[table]], (number, table.name)
    direct.close()


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    url = postgres_server.create_database("desk_rebuild")
    seed_cases(url, make_moulds(MOULDS, 1, UNTIL, processes=1), CASES, tell=lambda _told: None)
    opened = Database(url)
    yield opened
    opened.close()
    postgres_server.drop_database("desk_rebuild")


def test_the_cases_are_what_their_timelines_make_of_them(database: Database) -> None:
    batches = list(rebuilding(database).compare())
    assert sum(batch.seen for batch in batches) == CASES
    assert [one for batch in batches for one in batch.differences] == []


def test_what_was_damaged_is_found_and_put_right(database: Database) -> None:
    damaged = _damage(database)
    timers = _timers(database)
    assert {one.complaint_id: one.fields for one in differences(database)} == damaged
    assert {one.complaint_id: one.fields for one in differences(database, repair=True) if one.repaired} == damaged
    assert differences(database) == []
    assert _timers(database) == timers


def test_a_lost_step_is_told_and_nothing_is_invented(database: Database) -> None:
    with database.write() as tx:
        lost = _some(tx.connection)[-LOST:]
        for one, which in zip(lost, (func.min, func.max, None), strict=True):
            mine = case_events.c.complaint_id == one, case_events.c.seq > 0
            seq = select(which(case_events.c.seq)).where(*mine).scalar_subquery() if which else case_events.c.seq
            tx.execute(delete(case_events).where(*mine, case_events.c.seq == seq))
        before = _rows(tx.connection, lost)
    found = differences(database, repair=True)
    assert {one.complaint_id for one in found} == set(lost)
    assert all(one.problem and not one.repaired for one in found)
    assert sorted(one.problem.partition(":")[0] for one in found) == [
        "a step is missing in its timeline", "a step is missing in its timeline", "its timeline has no step",
    ]  # fmt: skip
    with database.read() as connection:
        assert _rows(connection, lost) == before


def test_the_database_reads_the_same_words_as_the_program(database: Database, tmp_path: Path) -> None:
    """The seeder lets PostgreSQL read the words of a text; the desk reads them itself."""
    kinds = (case_contents.c.kind, case_contents.c.text != case_contents.c.masked)
    with database.write() as tx:
        some = select(func.min(case_contents.c.complaint_id)).group_by(*kinds)
        mine = case_search.c.complaint_id.in_(list(tx.execute(some).scalars()))
        words = select(*(one for one in case_search.c if one.name != "seq")).where(mine)
        by_database = sorted(map(tuple, tx.execute(words)))
        tx.execute(delete(case_search).where(mine))
        contents = select(case_contents).where(case_contents.c.complaint_id.in_({row[0] for row in by_database}))
        indexing.add(tx, [dict(row) for row in tx.execute(contents).mappings()])
        tx.flush()
        assert sorted(map(tuple, tx.execute(words))) == by_database
    assert len(by_database) > 5


def rebuilding(database: Database) -> Rebuilding:
    pack, clock = cimahi(*AGENCIES), StillClock(UNTIL)
    timers = Timers("desk", messaging, clock=clock, bells=Bells())
    return Rebuilding(database, Deadlines(timers, pack.deadlines, pack.calendar, clock))


def differences(database: Database, *, repair: bool = False) -> list[Difference]:
    return [one for batch in rebuilding(database).compare(repair=repair) for one in batch.differences]


def _damage(database: Database) -> dict[str, tuple[str, ...]]:
    """By complaint what is wrong with it then; ten of each kind."""
    expected: dict[str, tuple[str, ...]] = {}
    kinds: Sequence[tuple[str, Any]] = (
        ("state", {"state": "waiting"}), ("agency", {"agency": "BPBD"}), ("counts", {"counts": {"routed": 9}}),
        ("due_at", {"due_at": UNTIL}), ("deadlines", None),
    )  # fmt: skip
    with database.write() as tx:
        ids = iter(_some(tx.connection)[:-LOST])
        for name, values in kinds:
            for one in islice(ids, DAMAGED):
                clocks = delete(case_clocks).where(case_clocks.c.complaint_id == one)
                case = update(cases).where(cases.c.complaint_id == one)
                tx.execute(clocks if values is None else case.values(values))
                expected[one] = (name,)
    assert len(expected) == len(kinds) * DAMAGED
    return expected


def _some(connection: Connection) -> list[str]:
    """Cases of an agency with more than two steps, those with a running deadline first; always in the same order."""
    order = cases.c.due_at.is_(None), cases.c.ticket
    found = select(cases.c.complaint_id).where(cases.c.agency.is_not(None), cases.c.steps > 2).order_by(*order)
    return list(connection.execute(found).scalars())


def _rows(connection: Connection, ids: Sequence[str]) -> list[Any]:
    return list(connection.execute(select(cases).where(cases.c.complaint_id.in_(ids)).order_by(cases.c.ticket)))


def _timers(database: Database) -> dict[str, datetime]:
    with database.read() as connection:
        timers = select(messaging.timers.c.key, messaging.timers.c.due_at)
        return {row.key: row.due_at for row in connection.execute(timers)}


def _values(names: Names) -> dict[str, str]:
    return {
        "id": names.id, "ticket": names.ticket, "contact": names.contact, "moment": ":12:44.123456",
        "mine": names.mine, "mine_low": names.mine.lower(), "other": names.other, "other_low": names.other.lower(),
        "kecamatan": names.kecamatan, "kelurahan": names.kelurahan, "latitude": str(LATITUDE),
        "longitude": str(LONGITUDE),
    }  # fmt: skip


def _without_form(row: Mapping[str, Any]) -> dict[str, Any]:
    """The digest of a form names the case in a way that nobody can read, so nobody can cast it either."""
    if "form" not in (row.get("data") or {}):
        return dict(row)
    return {**row, "data": {**row["data"], "form": ""}}
