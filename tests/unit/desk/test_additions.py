"""What was said later, who joined, and what the rules think then."""

import pytest

from services.desk.handlers import DeskHandlers
from shared.contracts.case import CaseAssigned
from shared.contracts.envelope import Envelope
from tests.unit.desk.facts import added, followed, reassessed, routed, ticket, unrouted
from tests.unit.desk.world import World

PATH = f"/cases/{ticket(1)}"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_second_thought_takes_a_case_that_nobody_has(world: World, order: tuple[int, int]) -> None:
    facts = (unrouted(), reassessed())
    world.hear(*(facts[place] for place in order))
    case = world.case()
    assert (case.state, case.agency, case.assigned_by, case.assignment) == ("forwarded", "DISHUB", "person", 1)
    (event,) = world.said(CaseAssigned.TYPE)
    assert (event.agency, event.assignment, event.role, event.revision) == ("DISHUB", 1, "router", 3)
    page = world.logged_in("koordinator").get(PATH).text
    assert "Aturan menilai ulang setelah tambahan: sekarang menunjuk DISHUB" in page
    assert "oleh aturan" in page


def test_it_takes_the_case_also_within_one_batch(world: World) -> None:
    handlers = DeskHandlers(world.register)
    batch = [Envelope.of(fact, source="test", time=world.clock.now()) for fact in (unrouted(), reassessed())]
    for facts in (batch, batch[::-1]):  # the second time everything is known
        with world.database.write() as tx:
            handlers.foresee(tx, facts)
            for envelope in facts:
                handlers.table()[envelope.type](tx, envelope)
    assert world.case().agency == "DISHUB"
    assert len(world.said(CaseAssigned.TYPE)) == 1


def test_a_case_that_somebody_has_keeps_its_agency_and_shows_the_suggestion(world: World) -> None:
    world.hear(routed(agency="DPUPR"), reassessed(agency="DISHUB"))
    assert world.case().agency == "DPUPR"
    assert world.said(CaseAssigned.TYPE) == []
    assert "sekarang menunjuk DISHUB" in world.logged_in("koordinator").get(PATH).text


@pytest.mark.parametrize("agency", [None, "EXT_PLN", "NOSUCH"])
def test_what_takes_a_persons_word_is_only_suggested(world: World, agency: str | None) -> None:
    world.hear(unrouted(), reassessed(agency=agency))
    assert world.case().state == "triage"
    assert world.said(CaseAssigned.TYPE) == []


def test_additions_stand_on_the_page_masked_and_marked(world: World) -> None:
    world.hear(routed(), added(text="Telepon saya 0812 0000 1234, masih gelap."))
    world.hear(added(text="", count=2, what="not_solved"), added(text="Dari tetangga.", count=3, by_sender=False))
    page = world.logged_in("petugas.dishub").get(PATH).text
    assert "masih gelap" in page
    assert "0812 0000 1234" not in page
    assert "Pelapor menyatakan masalahnya belum selesai" in page
    assert "(pengirim lain)" in page
    assert "0812 0000 1234" in world.logged_in("koordinator").get(PATH).text


def test_an_operator_reads_none_of_it(world: World) -> None:
    world.hear(routed(), added(), followed())
    page = world.logged_in("operator").get(PATH).text
    assert "Tiangnya miring" not in page
    assert "Saya juga" not in page
    assert "1 warga lain ikut melapor" in page


def test_who_joined_in_confidence_is_counted_and_not_quoted(world: World) -> None:
    world.hear(routed(), followed(), followed(text="Jangan sebut saya.", follower=51, identity="confidential"))
    world.hear(followed())
    page = world.logged_in("koordinator").get(PATH).text
    assert "2 warga lain ikut melapor" in page
    assert "Saya juga." in page
    assert "Jangan sebut saya" not in page


def test_an_addition_may_be_heard_before_its_case(world: World) -> None:
    world.hear(added(text="Lebih dulu."), routed())
    assert "Lebih dulu." in world.logged_in("koordinator").get(PATH).text
