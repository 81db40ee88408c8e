"""Facts make the same case in whatever order they come, and however often."""

from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk.cases import contents, machine
from services.desk.cases.case import Case, Happening, storable
from services.desk.cases.folding import CONTENT, folded, judgement, of_snapshot, rebuilt, snapshot
from services.desk.cases.timeline import of_case
from services.desk.tables import case_contents
from shared.contracts.fields import Place
from shared.errors import Rejected
from tests.unit.desk.facts import RECEIVED, delivery, routed, ticket, unrouted
from tests.unit.desk.world import World


def assigned(case: Case, agency: str) -> Happening:
    number = case.assignment + 1
    data = {
        "agency": agency, "assignment": number, "revision": case.revision + 1, "kecamatan": "Cimahi Utara",
        "kelurahan": "Cipageran", "external": False,
    }  # fmt: skip
    return Happening(case.complaint_id, f"assigned:{number}", RECEIVED, "k", "coordinator", "assigned", "", data)


FACTS = [
    judgement(unrouted(revision=2)),
    judgement(routed(revision=4, agency="DLH", text="Lampu jalan, dan sampah.")),
    judgement(routed(revision=6, agency="DPUPR")),
]


def made_of(*events: Happening) -> Case:
    case: Case | None = None
    for event in events:
        case = folded(case, event)
    assert case is not None
    return case


def told(case: Case) -> Case:
    """What the facts decide, without how many there were."""
    return replace(case, steps=0, counts={}, reason="")


@given(st.lists(st.sampled_from(FACTS), max_size=5).map(lambda extra: [*FACTS, *extra]).flatmap(st.permutations))
def test_any_order_with_repetitions_gives_the_same_case(facts: list[Happening]) -> None:
    case = made_of(*facts)
    assert told(case) == told(made_of(*FACTS))
    assert (case.agency, case.assigned_by, case.assignment, case.state) == ("DPUPR", "router", 1, "forwarded")
    assert (case.router_revision, case.revision, case.decision["agency"]) == (6, 6, "DPUPR")


@given(st.permutations(FACTS))
def test_a_late_fact_of_the_router_never_takes_a_case_from_the_agency_a_person_chose(facts: list[Happening]) -> None:
    case = made_of(facts[0])
    case = made_of(facts[0], assigned(case, "BPBD"), *facts[1:])
    assert (case.agency, case.assigned_by, case.state, case.kelurahan) == ("BPBD", "person", "forwarded", "Cipageran")
    assert case.decision["agency"] == "DPUPR"
    assert case.revision >= 6, "the next act must have a revision above all that was said"


def test_the_number_of_an_assignment_is_never_given_out_twice() -> None:
    back_to_triage = made_of(judgement(routed(revision=2)), judgement(unrouted(revision=4)))
    assert (back_to_triage.state, back_to_triage.agency, back_to_triage.assignment) == ("triage", None, 1)


def test_a_body_outside_the_city_is_referred_to() -> None:
    case = made_of(judgement(routed(agency="EXT_PLN"), external=True))
    assert (case.state, case.agency) == (machine.REFERRED, "EXT_PLN")


def test_an_emergency_is_marked_and_the_place_of_the_rules_fills_what_the_form_left_open() -> None:
    decision = routed().decision | {"outcome": "emergency", "place": {"kecamatan": "Cimahi Utara", "kelurahan": None}}
    case = made_of(judgement(routed(decision=decision, place=Place())))
    assert (case.urgent, case.kecamatan, case.kelurahan) == (True, "Cimahi Utara", None)


@given(st.permutations(FACTS))
def test_a_snapshot_is_the_case_without_its_content(facts: list[Happening]) -> None:
    case = made_of(*facts)
    assert of_snapshot(snapshot(case)) == case
    assert not set(CONTENT) & set(snapshot(case))
    numbered = [replace(event, seq=number) for number, event in enumerate(facts, 1)]
    assert rebuilt(reversed(numbered)) == case


@given(st.text(alphabet=st.one_of(st.just("\0"), st.characters(), st.integers(0xD800, 0xDFFF).map(chr))))
def test_what_no_database_takes_is_replaced_sign_for_sign(text: str) -> None:
    stored = storable(text)
    assert len(stored) == len(text)
    assert "\0" not in stored
    stored.encode("utf-8")


MAKERS = (
    partial(unrouted, revision=2), partial(routed, revision=4),
    delivery, partial(delivery, id_="d2", recipient="citizen"),
)  # fmt: skip
NUMBERS = count(1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(MAKERS), max_size=4).map(lambda extra: [*MAKERS, *extra]).flatmap(st.permutations))
def test_the_handlers_keep_the_same_case_and_timeline_in_any_order(world: World, makers: list[Any]) -> None:
    number = next(NUMBERS)
    world.hear(*(make(number) for make in makers))
    case = world.case(number)
    expected = made_of(judgement(unrouted(number, revision=2)), judgement(routed(number, revision=4)))
    content = {"text": routed(number).text, "place_detail": "RW 5", "due_at": case.due_at}
    assert told(case) == replace(told(expected), **content)
    assert (case.steps, case.counts) == (2, {"unrouted": 1, "routed": 1})
    assert sorted(one.act for one in _timeline(world, number)) == ["delivery", "delivery", "routed", "unrouted"]
    assert replace(rebuilt(_timeline(world, number)) or case, **content) == case


def test_a_delivery_may_be_heard_before_its_case(world: World) -> None:
    world.hear(delivery(), delivery())
    world.hear(routed())
    assert [happening.act for happening in _timeline(world)] == ["routed", "delivery"]
    page = world.logged_in("koordinator").get(f"/cases/{ticket(1)}")
    assert "Pemberitahuan laporan untuk DISHUB lewat Surel" in page.text


def test_a_repetition_does_not_bring_a_deleted_text_back(world: World) -> None:
    world.hear(routed())
    before = world.case()
    with world.database.write() as tx:
        tx.execute(case_contents.delete())
    world.hear(routed())
    assert world.case() == replace(before, text=None, place_detail="")
    assert "Isi laporan sudah dihapus" in world.logged_in("koordinator").get(f"/cases/{ticket(1)}").text
    with world.database.read() as connection:
        assert contents.of_case(connection, "c1").every == ()


def test_a_ticket_of_another_complaint_is_put_in_front_of_a_person(world: World) -> None:
    world.hear(routed())
    with pytest.raises(Rejected, match="belongs to another complaint") as caught:
        world.hear(replace(unrouted(2), ticket=ticket(1)))
    assert caught.value.code == "ticket_taken"


def _timeline(world: World, number: int = 1) -> list[Happening]:
    with world.database.read() as connection:
        return of_case(connection, f"c{number}")
