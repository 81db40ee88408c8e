"""The desk on both databases: its schema, and two people at the same case at the same moment."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.desk.app import build_deadlines
from services.desk.auditing.repository import DayHead, add_head, heads
from services.desk.cases.acting import Ending, Outcome, perform
from services.desk.cases.agency_acts import Answer, acknowledge
from services.desk.cases.coordinator_acts import Assign
from services.desk.cases.rebuilding import Rebuilding
from services.desk.erasing.eraser import Eraser
from services.desk.inbox.listing import PAGE
from services.desk.people.person import Person
from services.desk.tables import metadata
from shared.contracts.case import CaseAcknowledged, CaseAnswered, CaseAssigned, CaseClosed
from shared.contracts.envelope import Codec, Envelope
from shared.erasing import AGAIN, Erasing
from shared.messaging.message import Message
from tests.support.eventually import eventually
from tests.unit.desk.erased import OFFICER, erased, publish_all, where
from tests.unit.desk.facts import RECEIVED, added, delivery, followed, routed, ticket, unrouted
from tests.unit.desk.world import PACK, PASSWORD, World, open_world, psycopg_url

PEOPLE = [Person(f"koordinator.{number}", f"Koordinator {number}", "coordinator") for number in range(4)]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        url = psycopg_url(request.getfixturevalue("postgres_database"))
    with open_world(url, tmp_path) as opened:
        yield opened


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migration_makes_what_the_tables_say(world: World) -> None:
    with world.database.engine.connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("case_search_fts")}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_of_many_at_once_one_hands_over_and_the_others_learn_who(world: World) -> None:
    for number in range(1, 6):
        world.hear(unrouted(number))
        outcomes = _at_once(world, number)
        assert sorted(outcome.ending for outcome in outcomes) == [Ending.CONFLICT] * 3 + [Ending.DONE]
        (winner,) = (outcome.case for outcome in outcomes if outcome.ending is Ending.DONE)
        assert {outcome.by for outcome in outcomes if outcome.ending is Ending.CONFLICT} <= {p.name for p in PEOPLE}
        assert world.case(number).agency == winner.agency
    said = world.said(CaseAssigned.TYPE)
    assert sorted(event.complaint_id for event in said) == [f"c{number}" for number in range(1, 6)]
    assert len(world.audited("case.assign")) == 5


def test_of_many_officers_at_once_one_takes_note_and_one_answers(world: World) -> None:
    register, officers = world.register, [Person(f"p{n}", f"Petugas {n}", "officer", "DISHUB") for n in range(4)]
    for number in range(1, 6):
        world.hear(routed(number))
        seen = world.case(number)
        _together([lambda one=one, seen=seen: acknowledge(register, one, seen) for one in officers])
        outcomes: list[Outcome | None] = []
        wish = (ticket(number), 2, Answer("Sudah diganti.", close=True))
        _together([partial(_perform, outcomes, register, one, *wish) for one in officers])
        assert sorted(one.ending for one in outcomes if one) == [Ending.CONFLICT] * 3 + [Ending.DONE]
        assert (world.case(number).state, world.case(number).revision) == ("closed", 4)
    for kind in (CaseAcknowledged, CaseAnswered, CaseClosed):
        assert sorted(event.complaint_id for event in world.said(kind.TYPE)) == [f"c{number}" for number in range(1, 6)]


def test_facts_that_arrive_at_the_same_moment_make_one_case(world: World) -> None:
    for number in range(1, 6):
        events = [unrouted(number), routed(number, revision=4), unrouted(number), delivery(number), delivery(number)]
        _together([lambda event=event: world.hear(event) for event in events])
        case = world.case(number)
        assert (case.agency, case.revision, case.router_revision, case.state) == ("DISHUB", 4, 4, "forwarded")


def test_the_pages_work_on_this_database(world: World) -> None:
    world.hear(*(routed(number) for number in range(1, 61)), unrouted(61), delivery(1))
    visitor = world.logged_in("koordinator")
    for path in ("/cases", "/cases?q=lampu+jalan&state=forwarded&agency=DISHUB", "/triage", f"/cases/{ticket(1)}"):
        assert visitor.get(path).status_code == 200, path
    page = visitor.get("/cases?sort=newest").text
    for _ in range(60 // PAGE):
        following = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0]
        page = visitor.get(following.replace("&amp;", "&")).text
    assert ticket(1) in page
    form = {"agency": "DLH", "reason": "a\0b", "revision": "2"}
    assert visitor.post(f"/cases/{ticket(61)}/assign", **form).status_code == 303
    assert world.logged_in("auditor").get("/audit?q=x%00y").status_code == 200
    assert world.visitor().post("/login", login="x\0", password=PASSWORD).status_code == 401


def test_two_desks_that_start_together_seed_once(world: World) -> None:
    _together([world.service.seed] * 3)
    assert len(world.said("agency.changed.v1")) == len(PACK.agencies)


def test_the_desk_takes_what_a_broker_brings_and_is_ready(tmp_path: Path) -> None:
    with open_world(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path) as world:
        spine = world.service.spine
        world.service.start()
        try:
            envelopes = [
                Envelope.of(event, source="router", time=RECEIVED) for event in (delivery(), routed(), routed(2))
            ]
            spine.broker.publisher("router").publish([_message(spine.codec, envelope) for envelope in envelopes])
            visitor = world.logged_in("petugas.dishub")
            eventually(lambda: visitor.get(f"/cases/{ticket(2)}").status_code == 200, 10)
            assert "disimpan, tidak dikirim" in visitor.get(f"/cases/{ticket(1)}").text
            assert visitor.get("/healthz").status_code == visitor.get("/readyz").status_code == 200
        finally:
            world.service.request_stop()
            assert world.service.finish_stop()


def _message(codec: Codec, envelope: Envelope) -> Message:
    return Message(
        envelope.id, envelope.type, codec.encode(envelope), envelope.source, envelope.subject, envelope.traceparent,
        envelope.time,
    )  # fmt: skip


def _at_once(world: World, number: int) -> list[Outcome]:
    outcomes: list[Outcome] = []

    def hand_over(person: Person, agency: str) -> None:
        outcome = perform(world.register, person, ticket(number), 2, Assign(agency, "alasan"))
        assert outcome is not None
        outcomes.append(outcome)

    agencies = ("DISHUB", "DLH", "DPUPR", "BPBD")
    _together([lambda p=p, a=a: hand_over(p, a) for p, a in zip(PEOPLE, agencies, strict=True)])
    return outcomes


def _perform(outcomes: list[Outcome | None], *what: Any) -> None:
    outcomes.append(perform(*what))


def _together(calls: list[object]) -> None:
    """All calls start at the same moment; the first error is raised."""
    barrier, errors = threading.Barrier(len(calls)), []

    def run(call: object) -> None:
        barrier.wait(10)
        try:
            call()  # type: ignore[operator]
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors, errors


def test_what_is_being_stored_while_it_is_erased_goes_a_little_later(world: World) -> None:
    """A transaction that began before the mark was there does not see it."""
    handling, word = world.handling, "kuningan"
    fact = Envelope.of(routed(text=f"Lampu {word} mati"), source="router", time=world.clock.now())
    eraser = threading.Thread(target=world.hear, args=(erased(),))
    with world.database.write() as tx:
        handling.guard.look_up(tx, [fact])
        handling.handle(tx, fact, handling.handler_for(fact))
        eraser.start()
        eraser.join(1)  # PostgreSQL lets both go on; SQLite lets one write after the other
    eraser.join()
    world.clock.advance(AGAIN.total_seconds())
    spine = world.service.spine
    erasing = Erasing(spine, Eraser(spine).erase)
    handlers: Any = defaultdict(lambda: lambda *_: None, erasing.timers())
    while spine.timers.run_due(world.database, handlers):
        pass
    assert where(world, word) == set()
    assert world.case().contact_ref is None


def test_an_erased_case_is_made_again_as_it_is_stored(world: World) -> None:
    world.hear(routed(), added(text="Tiang kuningan"), followed(follower=50))
    perform(world.register, OFFICER, ticket(1), world.case().revision, Answer("Sudah, kuningan", close=True))
    publish_all(world)
    world.hear(erased(reason="retention"))
    assert where(world, "kuningan") | where(world, "lampu jalan mati") == set()
    assert "case_contents" in where(world, "Saya juga"), "the follower's own"
    rebuilding = Rebuilding(world.database, build_deadlines(world.service.spine, PACK))
    (batch,) = rebuilding.compare()
    assert (batch.seen, batch.differences) == (1, ())


def test_the_head_of_a_day_is_noted_once(world: World) -> None:
    made = DayHead(date(2026, 11, 24), 7, "a" * 64, RECEIVED)
    with world.database.write() as tx:
        assert (add_head(tx, made), add_head(tx, made)) == (True, False)
        assert heads(tx.connection, 5) == [made]
