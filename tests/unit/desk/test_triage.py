"""Triage: emergencies and what is due first, whom it may be for and why, and what else may be the same matter."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, update

from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import GiveBack
from services.desk.inbox.likeness import KnownWords, metres_between
from services.desk.inbox.triage import TriagePage, Waiting, in_triage
from services.desk.people.person import Person
from services.desk.tables import case_contents, cases
from shared.contracts.fields import Place
from tests.unit.desk.facts import RECEIVED, decision, routed, ticket, unrouted
from tests.unit.desk.world import World

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
SECRETARY = Person("sekretaris", "Sekretaris", "secretary")
OFFICER = Person("petugas.dishub", "Petugas Satu", "officer", "DISHUB")
NOW = RECEIVED + timedelta(days=1)


def look(world: World, person: Person = COORDINATOR, **more: object) -> TriagePage:
    with world.database.read() as connection:
        return in_triage(connection, person, KnownWords(), NOW, **more)  # type: ignore[arg-type]


def row(world: World, number: int = 1, person: Person = COORDINATOR) -> Waiting:
    return next(one for one in look(world, person).rows if one.case.ticket == ticket(number))


def test_emergencies_stand_first_then_what_is_due_first(world: World) -> None:
    urgent = decision(outcome="emergency", agency=None)
    world.hear(*(unrouted(number) for number in (1, 2, 3, 4)), unrouted(5, decision=urgent), routed(6))
    due = {1: NOW + timedelta(days=3), 2: NOW - timedelta(days=1), 3: None, 4: NOW, 5: NOW + timedelta(days=9)}
    with world.database.write() as tx:
        for number, due_at in due.items():
            tx.execute(update(cases).where(cases.c.ticket == ticket(number)).values(due_at=due_at))
    assert [one.case.complaint_id for one in look(world).rows] == ["c5", "c2", "c4", "c1", "c3"]
    first = look(world, limit=2)
    second = look(world, limit=2, after=first.next)
    assert [one.case.complaint_id for one in second.rows] == ["c4", "c1"]
    assert look(world, limit=2, before=second.previous).rows == first.rows


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8])
def test_pages_show_each_case_once_in_their_order_forwards_and_backwards(world: World, limit: int) -> None:
    world.hear(*(unrouted(number) for number in range(1, 9)))
    with world.database.write() as tx:
        for number in range(1, 9):
            due_at = NOW + timedelta(days=number % 3) if number % 2 else None  # some at the same moment
            values = {"due_at": due_at, "urgent": number in (3, 4, 8)}
            tx.execute(update(cases).where(cases.c.ticket == ticket(number)).values(values))
    whole = [one.case.complaint_id for one in look(world).rows]
    assert whole == ["c3", "c4", "c8", "c1", "c7", "c5", "c2", "c6"]
    pages = [look(world, limit=limit)]
    while pages[-1].next:
        pages.append(look(world, limit=limit, after=pages[-1].next))
    assert [one.case.complaint_id for page in pages for one in page.rows] == whole
    for earlier, later in pairwise(pages):
        assert look(world, limit=limit, before=later.previous).rows == earlier.rows


def test_candidates_with_what_speaks_for_them_and_none_that_returned_it(world: World) -> None:
    world.hear(routed(1))
    assert perform(world.register, OFFICER, ticket(1), 2, GiveBack("bukan kami, tanya saja", "DLH")) is not None
    found = row(world)
    assert [(one.agency, one.score, one.named_by) for one in found.candidates] == [
        ("DLH", None, "DISHUB"),
        ("DPUPR", 3, ""),
    ]
    assert found.returned is not None
    assert (found.returned.note, found.returned.data["agency"]) == ("bukan kami, tanya saja", "DISHUB")
    page = world.logged_in("koordinator").get("/triage").text
    assert "Dikembalikan oleh" in page
    assert "bukan kami, tanya saja" in page
    assert "Usul DISHUB disetujui." in page
    assert 'data-agency="DISHUB"' not in page


def test_the_words_that_decided_are_marked_as_far_as_one_may_read_them(world: World) -> None:
    world.hear(unrouted(1, decision=decision(outcome="triage", reason="weak")))
    assert [piece.text for piece in row(world).pieces or () if piece.marked] == ["Lampu jalan"]
    assert row(world).candidates[0].phrases == ("lampu jalan",)
    for person, sees in ((COORDINATOR, True), (SECRETARY, False)):
        shown = "".join(piece.text for piece in row(world, person=person).pieces or ())
        assert ("0812" in shown) == sees
    long = unrouted(2, text="kata " * 4000)
    world.hear(long)
    assert sum(len(piece.text) for piece in row(world, 2).pieces or ()) < 600


def test_a_body_outside_is_confirmed_and_what_follows_is_said(world: World) -> None:
    outside = decision(outcome="triage", reason="external_confirmation", agency="EXT_PLN", alternatives=[])
    world.hear(unrouted(1, reason="external_confirmation", decision=outside))
    assert row(world).is_external
    visitor = world.logged_in("koordinator")
    page = visitor.get("/triage").text
    assert "Setujui rujukan ke" in page
    assert "tenggat kota tidak berjalan" in page
    form = {"revision": "2", "back": "triage", "agency": "EXT_PLN", "suggested": "yes"}
    assert visitor.post(f"/cases/{ticket(1)}/assign", **form).status_code == 303
    assert world.case(1).state == "referred"
    assert "Buat aturan dari ini" not in world.logged_in("sekretaris").get("/triage").text


LAMP, DARK = "Lampu penerangan padam di gang mawar", "gang mawar gelap, lampu padam semua"


def likes(world: World, number: int = 1) -> list[str]:
    return [one.ticket for one in row(world, number).likes]


def test_what_may_be_the_same_matter(world: World) -> None:
    near, far = (
        Place("Cimahi Tengah", "Baros", None, -6.88, 107.54),
        Place("Cimahi Tengah", "Baros", None, -6.89, 107.54),
    )
    beside = Place("Cimahi Tengah", "Setiamanah", None, -6.8805, 107.5404)
    world.hear(
        unrouted(1, text=LAMP, place=near), routed(2, text=DARK, place=beside, agency="DLH"),
        routed(3, text=DARK, place=far), routed(4, text=DARK), routed(5, text=DARK, agency="DLH"),
        routed(6, text="Sampah di pasar"), routed(7, text=DARK, identity="confidential"), unrouted(8, text=DARK),
        routed(9, text=DARK, received_at=NOW - timedelta(days=40)),
        routed(10, text=DARK, place=Place("Cimahi Selatan", "Melong")),
    )  # fmt: skip
    assert set(likes(world)) == {ticket(2), ticket(4), ticket(8)}
    found = {one.ticket: one for one in row(world).likes}
    assert (found[ticket(2)].metres, found[ticket(4)].metres) == (71, None)
    assert set(found[ticket(4)].words) == {"gang", "gelap", "lampu", "mawar", "padam"} & set(LAMP.lower().split())
    page = world.logged_in("koordinator").get("/triage").text
    assert f'href="/cases/{ticket(1)}/merge?into={ticket(2)}"' in page
    assert "merge?into" not in world.logged_in("auditor").get("/triage").text


def test_a_confidential_case_is_like_no_other(world: World) -> None:
    world.hear(unrouted(1, text=LAMP, identity="confidential"), routed(2, text=DARK))
    assert likes(world) == []


def test_texts_are_read_once_and_never_looked_at_again_when_they_are_gone(world: World) -> None:
    world.hear(unrouted(1, text=LAMP), routed(2, text=DARK), routed(3, text=DARK))
    known = KnownWords(most=2)

    def alike() -> list[str]:
        with world.database.read() as connection:
            page = in_triage(connection, COORDINATOR, known, NOW)
        return [one.ticket for one in page.rows[0].likes]

    assert set(alike()) == {ticket(2), ticket(3)}
    with world.database.write() as tx:
        tx.execute(update(case_contents).values(masked="lain sama sekali"))
    assert set(alike()) == {ticket(2), ticket(3)}, "the texts were not read again"
    with world.database.write() as tx:
        tx.execute(delete(case_contents).where(case_contents.c.complaint_id == "c2"))
    assert alike() == [ticket(3)]
    world.hear(routed(4, text=DARK))
    assert set(alike()) == {ticket(3), ticket(4)}, "the one that was looked at longest ago made room"


def test_a_later_version_of_a_text_is_compared_by_its_own_words(world: World) -> None:
    known = KnownWords()

    def alike() -> list[str]:
        with world.database.read() as connection:
            page = in_triage(connection, COORDINATOR, known, NOW)
        return [one.ticket for one in page.rows[0].likes]

    world.hear(unrouted(1, text=LAMP), routed(2, text=DARK))
    assert alike() == [ticket(2)]
    world.hear(routed(2, text="Trotoar retak", revision=4))
    assert alike() == []


@pytest.mark.parametrize(("other", "metres"), [((-6.88, 107.54), 0), ((-6.881, 107.54), 111), ((-6.88, 107.541), 111)])
def test_metres_between_two_points(other: tuple[float, float], metres: int) -> None:
    assert round(metres_between((-6.88, 107.54), other)) == pytest.approx(metres, abs=1)
