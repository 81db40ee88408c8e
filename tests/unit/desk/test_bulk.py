"""One act on many cases: each by itself, none twice, and of each what became of it."""

import pytest

from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer
from services.desk.inbox.bulk import KINDS, MOST, Chosen, End, act_on, read_chosen
from services.desk.people.person import Person
from shared.contracts.case import CaseArchived, CaseAssigned
from shared.errors import Refused
from tests.unit.desk.facts import routed, ticket, unrouted
from tests.unit.desk.world import World

COORDINATOR = Person("koordinator", "Koordinator", "coordinator")
OFFICER = Person("petugas.dishub", "Petugas", "officer", "DISHUB")
SAID = {"reason": "satu lokasi", "agency": "DLH", "why": "spam", "suggested": "DLH"}


def ends(world: World, person: Person, name: str, chosen: list[Chosen], **said: str) -> list[End]:
    return [one.end for one in act_on(world.register, person, KINDS[name], chosen, {**SAID, **said})]


def test_each_is_done_by_itself_and_the_same_form_again_does_nothing_twice(world: World) -> None:
    world.hear(*(unrouted(number) for number in (1, 2, 3)), routed(4, agency="DLH"))
    chosen = [Chosen(ticket(1), 2), Chosen(ticket(2), 1), Chosen(ticket(4), 2), Chosen(ticket(77), 2)]
    expected = [End.DONE, End.CHANGED, End.REFUSED, End.NOT_YOURS]
    assert ends(world, COORDINATOR, "assigned", chosen) == expected
    assert ends(world, COORDINATOR, "assigned", chosen) == [End.ALREADY_DONE, *expected[1:]]
    assert [event.ticket for event in world.said(CaseAssigned.TYPE)] == [ticket(1)]
    assert [row["subject"] for row in world.audited("case.assign")] == [ticket(1)]
    assert ends(world, COORDINATOR, "archived", [Chosen(ticket(3), 2)], reason="") == [End.DONE], "of spam none is told"
    assert [event.ticket for event in world.said(CaseArchived.TYPE)] == [ticket(3)]


def test_an_agency_works_on_its_own(world: World) -> None:
    world.hear(routed(1), routed(2), routed(3, agency="DLH"), routed(4))
    assert perform(world.register, OFFICER, ticket(2), 2, Answer("Sudah diganti.")) is not None
    first, other = Chosen(ticket(1), 2), Chosen(ticket(3), 2)
    answered = Chosen(ticket(2), world.case(2).revision)
    assert ends(world, OFFICER, "acknowledged", [first, other]) == [End.DONE, End.NOT_YOURS]
    assert [row["subject"] for row in world.audited("case.denied")] == [ticket(3)]
    assert ends(world, OFFICER, "acknowledged", [first]) == [End.ALREADY_DONE]
    assert ends(world, OFFICER, "closed", [answered, first], reason="") == [End.DONE, End.REFUSED]
    assert (world.case(1).state, world.case(2).state) == ("in_progress", "closed")
    assert ends(world, OFFICER, "returned", [first, Chosen(ticket(4), 2)], reason="") == [End.REFUSED] * 2
    assert ends(world, OFFICER, "returned", [first, Chosen(ticket(4), 2)]) == [End.DONE] * 2
    assert (world.case(4).state, world.case(4).declined, world.case(4).suggestion) == ("triage", ("DISHUB",), "DLH")
    assert not [row for row in world.audited("case.denied") if row["subject"] == ticket(1)]
    assert ends(world, OFFICER, "returned", [first]) == [End.NOT_YOURS]
    assert not [row for row in world.audited("case.denied") if row["subject"] == ticket(1)], "it was theirs"
    with pytest.raises(Refused):
        list(act_on(world.register, OFFICER, KINDS["assigned"], [first], SAID))


def test_what_was_chosen_is_read_from_whatever_comes() -> None:
    values = [f"{ticket(1)}:3", f"{ticket(1)}:4", "x", ":", f"{ticket(2)}:-1", f"{ticket(2)}:9999999999", "\0:1"]
    assert read_chosen(values, "CMH") == [Chosen(ticket(1), 3)]
    for wrong in ([], ["x"] * 10_000, [f"{ticket(number)}:1" for number in range(10_000)]):
        with pytest.raises(Refused):
            read_chosen(wrong, "CMH")
    assert len(read_chosen([f"{ticket(number)}:1" for number in range(MOST)], "CMH")) == MOST


def test_the_page_says_of_each_what_became_of_it_and_keeps_what_was_typed(world: World) -> None:
    world.hear(unrouted(1), unrouted(2))
    visitor = world.logged_in("koordinator")
    form = {"act": "assigned", "chosen": [f"{ticket(1)}:2", f"{ticket(2)}:1"], "back": "triage", "agency": "DLH"}
    page = visitor.post("/cases/bulk", **form, reason="  ").text
    assert "bulk-refused" in page
    assert "bulk-changed" in page
    assert f'name="chosen" value="{ticket(1)}:2"' in page.split("again")[1], "it can be put right and sent again"
    assert '<option selected value="DLH">' in page
    assert 'href="/triage"' in page.rsplit("apart", 1)[1]
    page = visitor.post("/cases/bulk", **form, reason="sampah").text
    assert "bulk-done" in page
    assert "serahkan kembali" in page, "how it is undone"
    assert visitor.post("/cases/bulk", act="assigned").status_code == 422
    many = [f"{ticket(number)}:1" for number in range(101)]
    answer = visitor.post("/cases/bulk", act="archived", why="spam", chosen=many)
    assert (answer.status_code, "Tidak ada yang dikerjakan" in answer.text) == (422, True)
    assert visitor.post("/cases/bulk", act="returned", chosen=f"{ticket(1)}:2").status_code == 403
    assert visitor.post("/cases/bulk", act="explode", chosen=f"{ticket(1)}:2").status_code == 400
    assert "Kerjakan beberapa" not in world.logged_in("auditor").get("/cases").text
