"""The inbox: what is due first, what narrows it, pages that stay where they are, and what copies allow."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer, GiveBack, Note, acknowledge
from services.desk.cases.coordinator_acts import Copy
from services.desk.inbox.chips import chip
from services.desk.inbox.conditions import Moment
from services.desk.inbox.listing import newest, standing
from services.desk.inbox.visits import visit
from services.desk.inbox.wanted import Wanted
from services.desk.people.person import Person
from services.desk.tables import cases
from shared.contracts.fields import Place
from tests.unit.desk.facts import RECEIVED, routed, ticket, unrouted
from tests.unit.desk.world import PACK, World

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)  # Wednesday, 10.00 in Cimahi
MOMENT = Moment(NOW, JAKARTA)
OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
OTHER = Person("petugas.dlh", "Petugas", "officer", "DLH")
COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
DUE = {
    1: NOW + timedelta(days=9), 2: NOW - timedelta(days=4), 3: NOW + timedelta(hours=2), 4: None, 5: None,
    6: NOW + timedelta(days=3),
}  # fmt: skip


@pytest.fixture
def full(world: World) -> World:
    world.hear(*(routed(number) for number in DUE), routed(7, agency="DLH"), unrouted(8))
    with world.database.write() as tx:
        for number, due_at in DUE.items():
            tx.execute(update(cases).where(cases.c.ticket == ticket(number)).values(due_at=due_at))
    return world


def numbers(world: World, wanted: Wanted, person: Person = OFFICER) -> list[int]:
    with world.database.read() as connection:
        page = newest(connection, person, wanted, MOMENT)
    return [int(line.complaint_id[1:]) for line in page.lines]


def test_what_is_due_first_stands_first_and_what_has_no_deadline_by_its_age(full: World) -> None:
    assert numbers(full, Wanted()) == [2, 3, 6, 1, 4, 5]
    assert numbers(full, Wanted(sort="newest")) == [6, 5, 4, 3, 2, 1]
    assert numbers(full, Wanted(sort="oldest", due="none")) == [4, 5]


FILTERED = [
    (Wanted(due="late"), [2]), (Wanted(due="today"), [3]), (Wanted(due="week"), [3, 6]),
    (Wanted(due="none"), [4, 5]), (Wanted(unread="1", due="late"), [2]), (Wanted(state="closed"), []),
    (Wanted(state="forwarded", kelurahan="Baros", channel="web", kind="pengaduan"), [2, 3, 6, 1, 4, 5]),
    (Wanted(kelurahan="Melong"), []), (Wanted(photo="1"), []), (Wanted(escalated="1"), []),
    (Wanted(identity="confidential"), []), (Wanted(agency="DLH"), []), (Wanted(copies="1"), []),
]  # fmt: skip


def test_filters_can_be_combined(full: World) -> None:
    for wanted, found in FILTERED:
        assert numbers(full, wanted) == found, wanted


def test_another_agency_is_nothing_that_an_officer_can_ask_for(full: World) -> None:
    page = full.logged_in("petugas.dishub").get("/cases?agency=DLH&state=all").text
    assert ticket(7) not in page
    assert ticket(1) in page
    assert numbers(full, Wanted(agency="DLH"), COORDINATOR) == [7]


def test_tabs_count_what_is_there(full: World) -> None:
    with full.database.read() as connection:
        assert standing(connection, OFFICER, MOMENT).counted == {
            "open": 6, "late": 1, "today": 1, "week": 2, "unread": 6, "escalated": 0, "copies": 0,
        }  # fmt: skip
        assert "copies" not in standing(connection, COORDINATOR, MOMENT).counted


def test_pages_stay_where_they_are_while_cases_come_and_go(full: World) -> None:
    """Through the two parts of the list, forwards and back, with a new first row in between."""
    with full.database.read() as connection:
        one = newest(connection, OFFICER, Wanted(), MOMENT, limit=2)
        two = newest(connection, OFFICER, Wanted(after=one.next), MOMENT, limit=2)
        three = newest(connection, OFFICER, Wanted(after=two.next), MOMENT, limit=2)
    assert [[line.complaint_id for line in page.lines] for page in (one, two, three)] == [
        ["c2", "c3"], ["c6", "c1"], ["c4", "c5"],
    ]  # fmt: skip
    assert (one.previous, three.next) == ("", "")
    full.hear(routed(9))
    with full.database.write() as tx:
        tx.execute(update(cases).where(cases.c.ticket == ticket(9)).values(due_at=NOW - timedelta(days=30)))
    with full.database.read() as connection:
        again = newest(connection, OFFICER, Wanted(before=three.previous), MOMENT, limit=2)
        first = newest(connection, OFFICER, Wanted(before=again.previous), MOMENT, limit=2)
        newer = newest(connection, OFFICER, Wanted(before=first.previous), MOMENT, limit=2)
    assert again.lines == two.lines
    assert [line.complaint_id for line in first.lines] == ["c2", "c3"]
    assert [line.complaint_id for line in newer.lines] == ["c9", "c2"], "less than a page is left: the first one"


def test_a_place_that_is_none_is_the_first_page(full: World) -> None:
    visitor = full.logged_in("petugas.dishub")
    for after in ("x", "d.1.", "d.99999999999999999999.c1", "q.1.c1", "d.-5.c1", "n.."):
        assert numbers(full, Wanted(after=after)) == [2, 3, 6, 1, 4, 5], after
    assert visitor.client.get("/cases", query_string={"after": "d.1.c\0", "before": "n.1.\t"}).status_code == 200


@pytest.mark.parametrize(
    ("state", "due_at", "mark", "words"),
    [
        ("forwarded", NOW - timedelta(days=2), "late", "terlambat 2 hari kerja"),
        ("forwarded", NOW - timedelta(minutes=5), "late", "terlambat"),
        ("forwarded", datetime(2026, 12, 2, 9, 0, tzinfo=UTC), "soon", "jatuh tempo hari ini 16.00"),
        ("in_progress", datetime(2026, 12, 3, 9, 0, tzinfo=UTC), "soon", "jatuh tempo besok 16.00"),
        ("in_progress", datetime(2026, 12, 7, 9, 0, tzinfo=UTC), "running", "jatuh tempo Senin 7 Des"),
        ("in_progress", datetime(2026, 12, 22, 9, 0, tzinfo=UTC), "running", "jatuh tempo 22 Des"),
        ("waiting", None, "paused", "tenggat dijeda: menunggu pelapor"),
        ("referred", None, "paused", "tenggat dijeda: di badan luar"),
    ],
)
def test_a_deadline_in_words(state: str, due_at: datetime | None, mark: str, words: str) -> None:
    shown = chip(state, due_at, PACK.calendar, NOW)
    assert shown is not None
    assert (shown.mark, str(shown.words)) == (mark, words)


def test_what_is_settled_is_due_no_more() -> None:
    assert chip("closed", None, PACK.calendar, NOW) is None
    assert chip("archived", NOW, PACK.calendar, NOW) is None


def test_a_copy_is_read_and_nothing_else(world: World) -> None:
    world.hear(routed(1), routed(2, identity="confidential"))
    assert perform(world.register, COORDINATOR, ticket(1), 2, Copy("DLH", "sampah ikut terbakar"))
    world.person("petugas.dlh", "officer", agency="DLH")
    visitor = world.logged_in("petugas.dlh")
    assert ticket(1) not in visitor.get("/cases").text
    page = visitor.get("/cases?copies=1").text
    assert ticket(1) in page
    assert ticket(2) not in page
    assert visitor.get(f"/cases/{ticket(1)}").status_code == 200
    assert ticket(1) in visitor.get(f"/cases?q={ticket(1)}").text, "a number is found wherever it is"
    assert visitor.get(f"/cases/{ticket(2)}").status_code == 404
    before = world.case(1)
    assert before.state == "forwarded", "who only reads does not take note of it"
    for act in (Answer("Sudah."), GiveBack("bukan kami"), Note("halo")):
        assert perform(world.register, OTHER, ticket(1), before.revision, act) is None
    assert acknowledge(world.register, OTHER, before) == before
    form = {"revision": str(before.revision), "answer": "Sudah.", "reason": "x", "contact_reason": "ingin tahu"}
    assert {visitor.post(f"/cases/{ticket(1)}/{path}", **form).status_code for path in ("answer", "return")} == {403}
    assert visitor.post(f"/cases/{ticket(1)}/contact", **form).status_code == 403
    assert not world.contacts.asked
    bulk = visitor.post("/cases/bulk", act="acknowledged", chosen=f"{ticket(1)}:{before.revision}").text
    assert "bulk-not_yours" in bulk
    assert world.case(1) == before


def test_a_copy_for_the_office_of_a_place_is_for_that_place(world: World) -> None:
    world.hear(routed(1), routed(2, place=Place("Cimahi Selatan", "Melong")))
    for number in (1, 2):
        assert perform(world.register, COORDINATOR, ticket(number), 2, Copy("KELURAHAN", "agar tahu"))
    lurah = Person("x", "X", "officer", "KELURAHAN", kelurahan="Baros")
    assert numbers(world, Wanted(copies="1"), lurah) == [1]


def test_the_next_visit_shows_what_is_new_since_the_last(world: World) -> None:
    assert visit(world.database, "x", RECEIVED) is None
    assert visit(world.database, "x", RECEIVED + timedelta(minutes=20)) is None, "still the same visit"
    later = RECEIVED + timedelta(hours=3)
    assert visit(world.database, "x", later) == RECEIVED + timedelta(minutes=20)
    assert visit(world.database, "x", later + timedelta(minutes=1)) == RECEIVED + timedelta(minutes=20)


def test_the_page_keeps_what_was_asked_and_gives_each_filter_a_way_out(full: World) -> None:
    visitor = full.logged_in("koordinator")
    page = visitor.get("/cases?q=%22lampu&due=late&agency=DISHUB&sort=oldest").text
    assert 'value="&#34;lampu"' in page
    assert set(re.findall(r'class="choice" href="([^"]+)"', page)) == {
        "/cases?q=%22lampu&amp;sort=oldest&amp;agency=DISHUB", "/cases?q=%22lampu&amp;sort=oldest&amp;due=late",
    }  # fmt: skip
    odd = ("%00", "%25", "_", "'; DROP TABLE cases; --", "x" * 10_000, "kata " * 50, "‮لا", "a\\", '"', "-", "state:x")
    for sought in odd:
        query = {"q": sought, "due": sought, "before": sought}
        assert visitor.client.get("/cases", query_string=query).status_code == 200, sought
