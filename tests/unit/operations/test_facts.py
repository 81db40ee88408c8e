"""What every complaint must have, on databases in which exactly one thing is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, update

from services.desk import tables as desk
from services.intake import tables as intake
from services.notifier import tables as notifier
from services.notifier.planning.agencies import plan_assigned, plan_routed
from services.notifier.planning.citizens import plan_receipt
from services.operations.facts import asked_for
from services.operations.installation import Installation
from services.operations.reconcile import find_differences
from services.router import tables as router
from tests.unit.notifier.samples import NOW, assigned, received, routed

OLD = datetime.now(UTC) - timedelta(hours=1)
TICKET = "CMH-0000-0000"
ALL_TABLES = {"intake": intake, "router": router, "desk": desk, "notifier": notifier}
COMPLAINT: dict[str, Any] = {
    "complaint_id": "c1", "ticket": TICKET, "code_sealed": "", "revision": 2, "status": "routed", "channel": "api",
    "account": "", "kind": "pengaduan", "identity": "anonymous", "text": "x", "receipt": "wanted", "flags": [],
    "recipients": [], "size": 1, "language": "", "received_at": OLD,
}  # fmt: skip
DECISION: dict[str, Any] = {
    "complaint_id": "c1", "revision": 2, "ticket": TICKET, "text": "x", "outcome": "routed", "reason": "matched",
    "agency": "DISHUB", "decision": {"also": ["DLH", "DISHUB"]}, "ruleset": "x", "decided_at": OLD,
}  # fmt: skip
CASE: dict[str, Any] = {
    "complaint_id": "c1", "ticket": TICKET, "revision": 3, "router_revision": 2, "state": "forwarded",
    "agency": "DPUPR", "assignment": 2, "assigned_by": "person", "kind": "pengaduan", "identity": "anonymous",
    "channel": "api", "urgent": False, "reason": "", "decision": {}, "external_refs": {},
    "received_at": OLD, "updated_at": OLD,
}  # fmt: skip
DELIVERIES = (
    (0, "citizen", "receipt"),
    (1, "DISHUB", "case_notice"),
    (1, "DLH", "case_copy"),
    (2, "DPUPR", "case_notice"),
)


def put(installation: Installation, owner: str, table: Table, *rows: dict[str, Any]) -> None:
    with installation.members[owner].database.write() as tx:
        tx.execute(table.insert(), list(rows))


def change(installation: Installation, owner: str, statement: Any) -> None:
    with installation.members[owner].database.write() as tx:
        assert tx.execute(statement).rowcount > 0


def delivery(assignment: int, recipient: str, message: str, complaint_id: str = "c1") -> dict[str, Any]:
    return {
        "delivery_id": f"{complaint_id}-{assignment}-{recipient}", "complaint_id": complaint_id,
        "assignment": assignment, "recipient": recipient, "message": message, "ticket": TICKET, "channel": "email",
        "lane": f"email:{recipient}", "language": "", "urgent": False, "gave_up": [], "since": OLD,
        "data": {}, "state": "captured", "reason": "", "last_problem": "", "traceparent": "", "attempts": 1,
        "planned_at": OLD, "due_at": OLD, "finished_at": OLD,
    }  # fmt: skip


@pytest.fixture
def whole(installation: Installation) -> Installation:
    """One complaint that was routed, copied to another agency, and given to a third by a person."""
    put(installation, "intake", intake.complaints, COMPLAINT)
    put(installation, "router", router.decisions, DECISION)
    put(installation, "desk", desk.cases, CASE)
    events = [("routed:2", "routed", "DISHUB"), ("assigned:2", "assigned", "DPUPR")]
    rows = [
        {
            "complaint_id": "c1", "key": key, "at": OLD, "actor": "x", "role": "x", "act": act, "note": "",
            "data": {"agency": agency},
        }
        for key, act, agency in events
    ]  # fmt: skip
    put(installation, "desk", desk.case_events, *rows)
    put(installation, "notifier", notifier.deliveries, *(delivery(*key) for key in DELIVERIES))
    return installation


def kinds(installation: Installation) -> list[str]:
    return [one.kind for one in find_differences(installation, 60).differences]


def test_a_whole_complaint_has_no_difference(whole: Installation) -> None:
    findings = find_differences(whole, 60)
    assert (findings.differences, findings.complaints, findings.deliveries) == ([], 1, 4)


def test_what_is_told_later_follows_from_something_and_a_code_belongs_to_no_complaint(whole: Installation) -> None:
    later = [(2, "citizen", "case_update.3"), (0, "citizen", "satisfaction"), (2, "DPUPR", "case_reminder"),
             (2, "DPUPR", "case_addition.1")]  # fmt: skip
    rows = [{**delivery(*key), "delivery_id": key[2]} for key in later]
    put(whole, "notifier", notifier.deliveries, *rows, delivery(0, "citizen", "contact_code", "k1"))
    assert kinds(whole) == []


@pytest.mark.parametrize(
    ("owner", "table", "expected"),
    [
        ("router", router.decisions, ["no_decision"]),
        ("desk", desk.cases, ["no_case"]),
        ("notifier", notifier.deliveries, ["no_case_copy", "no_case_notice", "no_case_notice", "no_receipt"]),
    ],
)
def test_each_loss_has_its_name(whole: Installation, owner: str, table: Table, expected: list[str]) -> None:
    change(whole, owner, delete(table))
    assert kinds(whole) == expected


def test_a_lost_complaint_leaves_orphans(whole: Installation) -> None:
    change(whole, "intake", delete(intake.complaints))
    orphans = ["case_without_complaint", "decision_without_complaint", *["delivery_without_complaint"] * 4]
    assert kinds(whole) == orphans


def test_a_timeline_that_stands_still(whole: Installation) -> None:
    change(whole, "intake", update(intake.complaints).values(status="received"))
    assert kinds(whole) == ["no_timeline"]


def test_a_notice_that_follows_from_nothing(whole: Installation) -> None:
    put(whole, "notifier", notifier.deliveries, delivery(3, "DLH", "case_notice"))
    assert kinds(whole) == ["delivery_not_asked_for"]


@pytest.mark.parametrize(("state", "late"), [("pending", True), ("sending", True), ("failed", False)])
def test_a_delivery_is_final_or_due(whole: Installation, state: str, late: bool) -> None:
    receipt = notifier.deliveries.c.message == "receipt"
    change(whole, "notifier", update(notifier.deliveries).where(receipt).values(state=state))
    assert kinds(whole) == (["overdue_delivery"] if late else [])
    due = datetime.now(UTC) + timedelta(minutes=5)
    change(whole, "notifier", update(notifier.deliveries).where(receipt).values(due_at=due))
    assert kinds(whole) == []


def test_what_waits_where_somebody_tries_is_not_overdue(whole: Installation) -> None:
    """Behind a destination that is away rows are not touched; only now and then one of them is tried."""
    every = update(notifier.deliveries).values(state="pending", channel="email")
    change(whole, "notifier", every)
    assert set(kinds(whole)) == {"overdue_delivery"}
    due = datetime.now(UTC) + timedelta(seconds=30)
    receipt = notifier.deliveries.c.message == "receipt"
    change(whole, "notifier", update(notifier.deliveries).where(receipt).values(due_at=due, attempts=1))
    assert kinds(whole) == []


def test_what_is_younger_is_left_alone(whole: Installation) -> None:
    change(whole, "intake", update(intake.complaints).values(received_at=datetime.now(UTC)))
    change(whole, "router", delete(router.decisions))
    change(whole, "notifier", delete(notifier.deliveries))
    assert kinds(whole) == []


def test_without_its_message_nothing_can_be_repaired(whole: Installation) -> None:
    change(whole, "router", delete(router.decisions))
    (difference,) = find_differences(whole, 60).differences
    assert (difference.culprit.cause, difference.repairable) == ("message_gone", False)


@pytest.mark.parametrize("also", [[], ["DLH"], ["DLH", "DPUPR", "DLH"]])
@pytest.mark.parametrize("identity", ["anonymous", "confidential"])
def test_what_is_asked_for_is_what_the_notifier_plans(also: list[str], identity: str) -> None:
    fact = routed(identity=identity, decision={"also": also})
    planned = [plan_receipt(received(), NOW), *plan_routed(fact, {}, NOW), *plan_assigned(assigned(), {}, NOW)]
    acts = [("routed:2", "DPUPR"), ("assigned:2", "DISHUB")]
    wanted = asked_for(fact.decision, acts, routed=True)
    assert {one.natural_key[1:] for one in planned} == set(wanted)
