"""Facts make the same case in whatever order they come, and however often."""

from dataclasses import replace
from datetime import timedelta
from functools import partial, reduce
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.desk.cases.case import Case, Happening, merged, of_assigned, of_routed, of_unrouted, storable
from services.desk.cases.timeline import of_case
from services.desk.tables import case_texts
from shared.contracts.case import CaseAssigned
from shared.contracts.fields import Place
from shared.errors import Rejected
from tests.unit.desk.world import RECEIVED, World, delivery, routed, ticket, unrouted


def assigned(agency: str, *, assignment: int, revision: int) -> CaseAssigned:
    about = {name: getattr(unrouted(), name) for name in ("complaint_id", "ticket", "text", "channel", "kind")}
    return CaseAssigned(
        **about, identity="anonymous", place=Place("Cimahi Utara", "Cipageran"), contact_ref=None, received_at=RECEIVED,
        revision=revision, agency=agency, assignment=assignment, assigned_at=RECEIVED + timedelta(hours=revision),
        reason="warga menjelaskan",
    )  # fmt: skip


FACTS = [
    of_unrouted(unrouted(revision=2)),
    of_routed(routed(revision=4, agency="DLH", text="Lampu jalan, dan sampah.")),
    of_routed(routed(revision=6, agency="DPUPR")),
    of_assigned(assigned("DISHUB", assignment=1, revision=3)),
    of_assigned(assigned("BPBD", assignment=2, revision=5)),
]


@given(st.lists(st.sampled_from(FACTS), max_size=8).map(lambda extra: [*FACTS, *extra]).flatmap(st.permutations))
def test_any_order_with_repetitions_gives_the_same_case(facts: list[Case]) -> None:
    case = reduce(merged, facts)
    assert case == reduce(merged, FACTS)
    assert (case.agency, case.assigned_by, case.assignment, case.state) == ("BPBD", "person", 2, "forwarded")
    assert (case.router_revision, case.revision, case.kelurahan) == (6, 6, "Cipageran")
    assert case.decision["agency"] == "DPUPR"


@given(st.lists(st.sampled_from(FACTS), min_size=3, max_size=3))
def test_merging_is_associative(facts: list[Case]) -> None:
    one, two, three = facts
    assert merged(merged(one, two), three) == merged(one, merged(two, three))


ANSWERED = replace(of_assigned(assigned("BPBD", assignment=2, revision=5)), state="answered", revision=7)
CLOSED_BEFORE = replace(of_assigned(assigned("DISHUB", assignment=1, revision=3)), state="closed", revision=4)


@given(st.permutations([*FACTS, ANSWERED, CLOSED_BEFORE]))
def test_what_an_agency_has_done_holds_as_long_as_it_has_the_case(facts: list[Case]) -> None:
    case = reduce(merged, facts)
    assert (case.agency, case.assignment, case.state, case.revision) == ("BPBD", 2, "answered", 7)
    moved = merged(case, of_assigned(assigned("DLH", assignment=3, revision=8)))
    assert (moved.agency, moved.state) == ("DLH", "forwarded")


def test_a_late_fact_of_the_router_never_takes_a_case_from_the_agency_a_person_chose() -> None:
    case = merged(of_unrouted(unrouted()), of_assigned(assigned("BPBD", assignment=1, revision=3)))
    assert case.revision == 3
    late = merged(case, of_routed(routed(agency="DLH", revision=9)))
    assert (late.agency, late.assigned_by, late.kelurahan) == ("BPBD", "person", "Cipageran")
    assert late.revision == 9, "the next act must have a revision above all that was said"


def test_the_number_of_an_assignment_is_never_given_out_twice() -> None:
    back_to_triage = merged(of_routed(routed(revision=2)), of_unrouted(unrouted(revision=4)))
    assert (back_to_triage.state, back_to_triage.agency, back_to_triage.assignment) == ("triage", None, 1)


def test_an_emergency_is_marked_and_the_place_of_the_rules_fills_what_the_form_left_open() -> None:
    decision = routed().decision | {"outcome": "emergency", "place": {"kecamatan": "Cimahi Utara", "kelurahan": None}}
    case = of_routed(routed(decision=decision, place=Place()))
    assert (case.urgent, case.kecamatan, case.kelurahan) == (True, "Cimahi Utara", None)


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
    assert world.case(number) == merged(
        of_unrouted(unrouted(number, revision=2)), of_routed(routed(number, revision=4))
    )
    assert [happening.act for happening in _timeline(world, number)] == ["unrouted", "routed", "delivery", "delivery"]


def test_a_delivery_may_be_heard_before_its_case(world: World) -> None:
    world.hear(delivery(), delivery())
    world.hear(routed())
    assert [happening.act for happening in _timeline(world)] == ["routed", "delivery"]
    page = world.logged_in("koordinator").get(f"/cases/{ticket(1)}")
    assert "Pemberitahuan laporan untuk DISHUB lewat Surel" in page.text


def test_a_repetition_does_not_bring_a_deleted_text_back(world: World) -> None:
    world.hear(routed())
    with world.database.write() as tx:
        tx.execute(case_texts.delete())
    world.hear(routed())
    assert world.case() == replace(of_routed(routed()), text=None, place_detail="")
    assert "Isi laporan sudah dihapus" in world.logged_in("koordinator").get(f"/cases/{ticket(1)}").text


def test_a_ticket_of_another_complaint_is_put_in_front_of_a_person(world: World) -> None:
    world.hear(routed())
    with pytest.raises(Rejected, match="belongs to another complaint") as caught:
        world.hear(replace(unrouted(2), ticket=ticket(1)))
    assert caught.value.code == "ticket_taken"


def _timeline(world: World, number: int = 1) -> list[Happening]:
    with world.database.read() as connection:
        return of_case(connection, f"c{number}")
