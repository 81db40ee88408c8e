"""Status and timeline follow the facts, in whatever order and however often they come."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.intake import tables
from services.intake.handlers import IntakeHandlers
from services.intake.progress import Names
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintReceived, ComplaintRouted, ComplaintUnrouted
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.errors import Rejected
from tests.unit.intake.building import Intake, intake, small_city, submission

DECISION: dict[str, Any] = {
    "outcome": "routed", "reason": "rules", "agency": "DISHUB", "also": [], "score": 10, "margin": 5, "reasons": [],
    "alternatives": [], "place": None, "ruleset": "r1",
}  # fmt: skip


@pytest.fixture
def built(tmp_path: Any) -> Iterator[Intake]:
    with intake(f"sqlite:///{tmp_path}/intake.db") as one:
        yield one


def about(received: ComplaintReceived, revision: int) -> dict[str, Any]:
    names = ("complaint_id", "ticket", "text", "channel", "kind", "identity", "place", "contact_ref", "received_at")
    return {**{name: getattr(received, name) for name in names}, "revision": revision}


def hear(built: Intake, event: Any) -> None:
    envelope = Envelope.of(event, source="test", time=built.clock.now())
    with built.database.write() as tx:
        IntakeHandlers(small_city(), built.door).table()[event.TYPE](tx, envelope)


def state(built: Intake) -> tuple[Any, ...]:
    (row,) = built.rows(tables.complaints)
    return row["status"], row["agency"], row["agency_name"], row["revision"]


def accepted(built: Intake) -> ComplaintReceived:
    built.door.accept(submission())
    fact: ComplaintReceived = built.said()[0]
    return fact


def facts(built: Intake, received: ComplaintReceived) -> list[Any]:
    now = built.clock.now()
    return [
        ComplaintUnrouted(**about(received, 2), decision=DECISION, reason="tie", decided_at=now),
        CaseAssigned(**about(received, 3), agency="DISHUB", assignment=1, assigned_at=now, reason="rahasia dapur"),
        CaseAssigned(**about(received, 4), agency="X", assignment=2, assigned_at=now, reason=""),
    ]


def test_routed(built: Intake) -> None:
    received = accepted(built)
    now = built.clock.now()
    hear(built, ComplaintRouted(**about(received, 2), decision=DECISION, agency="DISHUB", assignment=1, routed_at=now))
    assert state(built) == ("routed", "DISHUB", "Dinas Perhubungan", 2)
    assert built.rows(tables.timeline)[1]["note"] == "Laporan diteruskan kepada Dinas Perhubungan."


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_any_order_and_doubles_end_alike(built: Intake, order: tuple[int, ...]) -> None:
    received = accepted(built)
    said = facts(built, received)
    for number in (*order, *order):
        hear(built, said[number])
    assert state(built) == ("routed", "X", "X", 4)
    entries = sorted(built.rows(tables.timeline), key=lambda row: row["revision"])
    assert [entry["event"] for entry in entries] == ["received", "triage", "assigned", "assigned"]
    assert "dapur" not in str(entries)


def test_an_office_of_a_place_is_named_with_it(built: Intake) -> None:
    received = accepted(built)
    decision = {**DECISION, "agency": "KELURAHAN", "place": {"kecamatan": "Cimahi Selatan", "kelurahan": "Cibeber"}}
    event = ComplaintRouted(
        **about(received, 2), decision=decision, agency="KELURAHAN", assignment=1, routed_at=built.clock.now()
    )
    hear(built, event)
    assert state(built)[2] == "Kelurahan Cibeber"
    assert Names(small_city()).name("KELURAHAN", Place()) == "Kantor Kelurahan"


def test_a_complaint_that_is_not_ours_is_put_in_front_of_a_person(built: Intake) -> None:
    stranger = replace(accepted(built), complaint_id="somebody-elses")
    with pytest.raises(Rejected) as caught:
        hear(built, facts(built, stranger)[0])
    assert caught.value.code == "unknown_complaint"
    assert len(built.rows(tables.timeline)) == 1
