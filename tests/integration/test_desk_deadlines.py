"""Deadlines in the database: kept with each step, escalated once, closed and withdrawn by themselves, counted anew."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from services.desk.deadlines import repository
from services.desk.deadlines.clocks import Step
from services.desk.deadlines.internal import deadline_api
from services.desk.deadlines.recounting import ACT
from services.desk.tables import audit
from shared.storage.database import Database
from shared.web.errors import install_error_handlers
from tests.integration.deadlines import Office, empty, open_database
from tests.unit.deadlines.made_calendar import CALENDAR, YEAR_2026, calendar, local
from tests.unit.desk.world import psycopg_url

NO_PILKADA = calendar(year_2026=YEAR_2026.replace("  - {date: 2026-12-09, name: Pilkada, kind: local}\n", ""))


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "sqlite":
        with open_database(f"sqlite:///{tmp_path_factory.mktemp('deadlines') / 'desk.db'}") as opened:
            yield opened
        return
    server = request.getfixturevalue("postgres_server")
    server.heal()
    with open_database(psycopg_url(server.create_database("desk_deadlines"))) as opened:
        yield opened
    server.drop_database("desk_deadlines")


@pytest.fixture
def office(database: Database) -> Office:
    empty(database)
    return Office(database)


def test_clocks_are_kept_with_each_step_and_one_timer_stands(office: Office) -> None:
    office.receives("c1", "triage", agency=None)
    office.receives("c2")
    assert office.timer_at("c1") == local("2026-11-26 07:30")
    office.clock.strikes("2026-11-25 09:00")
    office.moves("c1", "triage", "forwarded", "assigned")
    clocks = office.clocks("c1")
    assert {name: clock.state for name, clock in clocks.items()} == {
        "forward": "met", "respond": "running", "settle": "running",
    }  # fmt: skip
    assert clocks["settle"].due_at == local("2026-12-16 16:00")
    assert [day.day for day, _, _ in clocks["settle"].skipped] == [28, 29, 5, 6, 9, 12, 13]
    assert office.timer_at("c1") == local("2026-12-01 07:30")
    office.moves("c1", "forwarded", "closed")
    assert office.timer_at("c1") is None
    assert office.timer_at("c2") is not None


def test_a_case_can_begin_and_go_on_in_one_transaction(office: Office) -> None:
    now = office.clock.now()
    with office.database.write() as tx:
        begun = office.deadlines.begin(tx, "c1", Step("unrouted", None, "triage", now, "pengaduan"))
        assert begun.changed == begun.clocks
        later = Step("assigned", "triage", "forwarded", now + timedelta(seconds=1), "pengaduan", "DISHUB")
        followed = office.deadlines.follow(tx, "c1", later)
        again = office.deadlines.follow(tx, "c1", later)
    assert [clock.name for clock in followed.changed] == ["forward", "respond", "settle"]
    assert followed.due_at == office.clocks("c1")["respond"].due_at
    assert (again.changed, again.clocks) == ((), followed.clocks)
    with office.database.read() as connection:
        assert repository.of_case(connection, "c1") == office.deadlines.of_case(connection, "c1") == followed.clocks


def test_each_rung_hears_once_in_office_hours(office: Office) -> None:
    office.receives("c1")
    heard = []
    for at in ("2026-11-30 07:29", "2026-11-30 07:30", "2026-11-30 08:00", "2026-12-01 23:00", "2026-12-02 07:30"):
        office.clock.strikes(at)
        office.ring()
        heard.append(list(office.acts.noted))
        office.acts.noted.clear()
    assert heard == [[], ["c1 respond 1 officer"], [], [], ["c1 respond 2 head"]]
    assert office.clocks("c1")["respond"].rung == 2


def test_a_clock_that_jumps_forth_and_back_tells_nobody_twice(office: Office) -> None:
    office.receives("c1")
    for at in ("2026-11-30 09:00", "2026-11-24 10:00", "2026-11-30 09:00", "2020-01-01 00:00", "2026-11-30 10:00"):
        office.clock.strikes(at)
        office.ring()
    assert office.acts.noted == ["c1 respond 1 officer"]


def test_what_fails_is_done_again_and_what_was_done_is_not(office: Office) -> None:
    office.receives("c1")
    office.clock.strikes("2026-11-30 09:00")
    office.dies("c1")
    assert office.clocks("c1")["respond"].rung == 0
    office.ring()
    assert office.acts.noted == ["c1 respond 1 officer"] * 2  # the first was rolled back
    assert office.clocks("c1")["respond"].rung == 1


def test_of_two_workers_one_tells(office: Office) -> None:
    for number in range(4):
        office.receives(f"c{number}")
    office.clock.strikes("2026-11-30 09:00")
    threads = [threading.Thread(target=office.ring) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(office.acts.noted) == [f"c{number} respond 1 officer" for number in range(4)]


def test_an_answer_without_reply_closes_and_a_question_without_answer_withdraws(office: Office) -> None:
    office.receives("c1")
    office.receives("c2")
    office.moves("c1", "forwarded", "answered", "answered")
    office.moves("c2", "forwarded", "waiting", "asked")
    assert office.timer_at("c1") == local("2026-12-08 16:00")
    assert office.timer_at("c2") == local("2026-12-24 23:59:59")
    office.clock.strikes("2026-12-08 16:00")
    office.ring()
    assert office.acts.noted == ["c1 closed"]
    office.clock.strikes("2026-12-25 00:00")
    office.ring()
    office.ring()
    assert office.acts.noted == ["c1 closed", "c2 withdrawn"]
    assert office.clocks("c2")["settle"].state == office.clocks("c2")["complete"].state == "ended"
    assert office.timer_at("c1") is office.timer_at("c2") is None


def test_an_act_without_effect_is_not_repeated_for_ever(office: Office) -> None:
    office.receives("c1")
    office.moves("c1", "forwarded", "answered", "answered")
    office.acts.without_effect = True
    office.clock.strikes("2026-12-09 10:00")
    office.ring()
    assert office.acts.noted == ["c1 closed"]


def test_a_reply_in_time_keeps_it_open(office: Office) -> None:
    office.receives("c1")
    office.moves("c1", "forwarded", "answered", "answered")
    office.clock.strikes("2026-12-08 15:00")
    office.moves("c1", "answered", "in_progress", "reopened")
    office.clock.strikes("2026-12-08 16:00")
    office.ring()
    assert office.acts.noted == []


def test_a_case_that_is_built_anew_has_its_clocks_and_no_others(office: Office) -> None:
    office.receives("c1")
    (respond, settle) = sorted(office.clocks("c1").values(), key=lambda clock: clock.name)
    with office.database.write() as tx:
        office.deadlines.restore(tx, "c1", (settle,))
    assert list(office.clocks("c1").values()) == [settle]
    assert office.timer_at("c1") == local("2026-12-14 07:30")
    assert respond.name == "respond"


def test_a_new_calendar_counts_open_clocks_anew_and_says_so_once(office: Office) -> None:
    starts(office)
    for number in range(5):
        office.receives(f"c{number}")
    office.moves("c4", "forwarded", "closed")
    office.uses(NO_PILKADA)
    office.clock.strikes("2026-12-02 10:00")  # `respond` passed at the end of 1 December
    assert starts(office)
    assert not starts(office)
    office.ring()
    assert office.acts.noted.count("c0 settle 15->14") == 1
    moved = [line for line in office.acts.noted if "->" in line]
    assert moved == [f"c{number} settle 15->14" for number in range(4)]
    settle, respond = office.clocks("c3")["settle"], office.clocks("c3")["respond"]
    assert (settle.due_at, settle.calendar) == (local("2026-12-14 16:00"), NO_PILKADA.hash)
    assert (respond.due_at, respond.calendar) == (local("2026-12-01 16:00"), CALENDAR.hash)  # late stays late
    assert office.clocks("c4")["settle"].calendar == CALENDAR.hash
    (row,) = audited(office)
    assert row["details"] == {"before": CALENDAR.hash, "after": NO_PILKADA.hash, "cases": 4, "moved": 4}
    assert not starts(office)


def test_a_recount_that_is_killed_goes_on_where_it_was(office: Office) -> None:
    starts(office)
    for number in range(6):
        office.receives(f"c{number}")
    office.uses(NO_PILKADA)
    starts(office)
    office.timers.run_due(office.database, office.handlers)
    office.dies(NO_PILKADA.hash, "recount")  # in the next batch
    with office.database.read() as connection:
        state = repository.used_last(connection)
    assert state is not None
    assert (state.counted_until, state.seen, state.finished_at) == ("c1", 2, None)
    office.acts.noted.clear()
    office.uses(NO_PILKADA)
    starts(office)  # a desk that is started again does not begin from the front
    office.clock.at += timedelta(minutes=5)
    office.ring()
    assert [line.split()[0] for line in office.acts.noted if "->" in line] == ["c2", "c3", "c4", "c5"]
    assert len(audited(office)) == 1


def test_back_to_the_calendar_before(office: Office) -> None:
    starts(office)
    office.receives("c1")
    for where in (NO_PILKADA, CALENDAR):
        office.uses(where)
        office.clock.at += timedelta(minutes=1)
        assert starts(office)
        office.ring()
    assert office.clocks("c1")["settle"].due_at == local("2026-12-15 16:00")
    assert [row["details"]["after"] for row in audited(office)] == [NO_PILKADA.hash, CALENDAR.hash]


def test_a_desk_with_the_calendar_before_leaves_the_count_to_the_other(office: Office) -> None:
    starts(office)
    office.receives("c1")
    old = office.recounting
    office.uses(NO_PILKADA)
    starts(office)
    office.timers.run_due(office.database, {**office.handlers, "recount": old})
    assert office.clocks("c1")["settle"].calendar == CALENDAR.hash
    office.clock.at += timedelta(minutes=2)
    office.ring()
    assert office.clocks("c1")["settle"].calendar == NO_PILKADA.hash


def test_intake_learns_what_a_citizen_may_see(office: Office) -> None:
    app = Flask("test")
    install_error_handlers(app)
    app.register_blueprint(deadline_api(office.database, CALENDAR, office.clock, "s" * 40))
    client, shown = app.test_client(), {"Authorization": f"Bearer {'s' * 40}"}
    office.receives("c1", "triage", agency=None)
    assert client.get("/internal/cases/c1/deadlines").status_code == 401
    (forward,) = client.get("/internal/cases/c1/deadlines", headers=shown).json["deadlines"]
    assert forward == {
        "clock": "forward", "title": "Diteruskan ke instansi", "started_at": "2026-11-24T03:00:00+00:00",
        "due_at": "2026-11-27T09:30:00+00:00", "state": "running", "late": False, "provisional": False,
        "told": ["Jatuh tempo 27 Nov 2026, 16.30 WIB: 3 hari kerja sejak 24 Nov 2026, 10.00 WIB."],
    }  # fmt: skip
    office.moves("c1", "triage", "forwarded", "assigned")
    office.clock.strikes("2027-01-04 10:00")
    (settle,) = client.get("/internal/cases/c1/deadlines", headers=shown).json["deadlines"]
    assert (settle["clock"], settle["late"]) == ("settle", True)
    assert client.get("/internal/cases/nobody/deadlines", headers=shown).json == {"deadlines": []}


def starts(office: Office) -> bool:
    with office.database.write() as tx:
        return office.recounting.notice_calendar(tx)


def audited(office: Office) -> list:  # type: ignore[type-arg]
    with office.database.read() as connection:
        return list(connection.execute(select(*audit.c).where(audit.c.act == ACT).order_by(audit.c.seq)).mappings())
