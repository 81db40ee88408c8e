"""`tanggap reconcile` on a running system, in both forms: what is planted wrong is found, named and mended."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import and_, delete, select

from services.desk.app import build_register
from services.desk.cases.acting import perform
from services.desk.cases.coordinator_acts import Assign
from services.desk.tables import case_clocks, case_contents, case_events, cases
from services.desk.tables import messaging as desk_messaging
from services.intake.tables import messaging as intake_messaging
from services.notifier.tables import attempts, deliveries
from services.router.tables import decisions
from services.router.tables import messaging as router_messaging
from shared.citypack import load_pack
from shared.contracts.complaint import ComplaintAdded, ComplaintErased, ComplaintReceived
from shared.erasures import erase_messages, mark_erased
from tests.e2e.operators.complaining import ALL, PJU, anew, complain, message_id, notices, rest
from tests.support.eventually import eventually
from tests.support.system import System
from tests.unit.operations.shell import COORDINATOR, PACK, Shell, change, desk_spine, spine_beside

ROUTER_QUEUE, NOTIFIER_QUEUE = "router.route-complaint.v1", "notifier.plan-deliveries.v1"


def test_a_lost_decision_is_made_again_and_told_once(system: System, shell: Shell) -> None:
    ticket, complaint_id = complain(system)
    lost = lose_decision(system, complaint_id)
    missing = shell.run("trace", ticket)
    assert missing.code == 1
    assert "missing  router: decided" in missing.out
    mended(shell, "no_decision", ticket=ticket, message_id=lost, queue=ROUTER_QUEUE, cause="not_heard")
    rest(system)
    assert notices(system, ticket) == [("case_notice", "DISHUB"), ("receipt", "citizen")]


def lose_decision(system: System, complaint_id: str) -> str:
    """As if the router had never heard of it; the id of the message that it did not hear."""
    lost = message_id(system, "intake", complaint_id, ComplaintReceived.TYPE)
    change(
        system, "router",
        delete(router_messaging.inbox).where(router_messaging.inbox.c.message_id == lost),
        delete(decisions).where(decisions.c.complaint_id == complaint_id),
    )  # fmt: skip
    return lost


def mended(shell: Shell, kind: str, **expected: object) -> None:
    """The difference is found as that, mended, and closed."""
    found = shell.run("reconcile", *ALL, "--json")
    assert found.code == 1, found.out
    (difference,) = found.json()["differences"]
    assert (difference["kind"], difference["repairable"]) == (kind, True), difference
    assert {name: difference[name] for name in expected} == expected
    repaired = shell.run("reconcile", *ALL, "--repair", "--wait", "30")
    assert repaired.code == 0, repaired.out
    assert "no differences are left" in repaired.out
    assert shell.run("reconcile", *ALL).code == 0


def test_a_lost_case_is_opened_again(system: System, shell: Shell) -> None:
    ticket, complaint_id = complain(system)
    change(
        system, "desk",
        *(
            delete(table).where(table.c.complaint_id == complaint_id)
            for table in (cases, case_contents, case_events, case_clocks)
        ),
    )  # fmt: skip
    mended(shell, "no_case", ticket=ticket, cause="effect_gone")
    assert system.rows("desk", f"SELECT agency FROM cases WHERE ticket = '{ticket}'") == [("DISHUB",)]


@pytest.mark.parametrize("message", ["receipt", "case_notice"])
def test_a_lost_delivery_is_planned_again(system: System, shell: Shell, message: str) -> None:
    ticket, complaint_id = complain(system)
    before = notices(system, ticket)
    _lose_delivery(system, complaint_id, message)
    mended(shell, f"no_{message}", ticket=ticket, queue=NOTIFIER_QUEUE, cause="effect_gone")
    rest(system)
    assert notices(system, ticket) == before


def test_the_lost_notice_of_an_assignment_is_planned_again(system: System, shell: Shell) -> None:
    ticket, complaint_id = complain(system, "min tlg dong")
    spine, pack = desk_spine(system), load_pack(Path(PACK))
    for revision, agency in ((2, "DLH"), (3, "DISHUB")):
        assert perform(build_register(spine, pack), COORDINATOR, ticket, revision, Assign(agency, "sudah diperiksa"))
    spine.database.close()
    wanted = [("case_notice", "DISHUB"), ("case_notice", "DLH"), ("receipt", "citizen")]
    eventually(lambda: notices(system, ticket) == wanted, 20, describe=system.describe)
    rest(system)
    _lose_delivery(system, complaint_id, "case_notice", assignment=2)
    mended(shell, "no_case_notice", ticket=ticket, type="case.assigned.v1", cause="effect_gone")
    rest(system)
    assert notices(system, ticket) == wanted


def test_an_addition_that_the_desk_lost_is_named_and_mended_by_its_message(system: System, shell: Shell) -> None:
    answer = system.submit(anew(PJU))
    ticket, code = (answer.json()[name] for name in ("ticket", "tracking_code"))
    path = f"{system.intake_url}/api/v1/complaints/{ticket}/additions"
    added = requests.post(path, json={"text": "Tiangnya miring."}, headers={"X-Tracking-Code": code}, timeout=10)
    assert (added.status_code, added.json()["number"]) == (201, 1)
    added_to = f"FROM case_contents JOIN cases USING (complaint_id) WHERE ticket = '{ticket}'"
    at_desk = f"SELECT text {added_to} AND case_contents.kind = 'addition'"
    eventually(lambda: system.rows("desk", at_desk) == [("Tiangnya miring.",)], 15, describe=system.describe)
    rest(system)
    assert shell.run("reconcile", *ALL).code == 0

    complaint_id = system.rows("intake", f"SELECT complaint_id FROM complaints WHERE ticket = '{ticket}'")[0][0]
    said = message_id(system, "intake", complaint_id, ComplaintAdded.TYPE)
    of_it = case_contents.c.complaint_id == complaint_id, case_contents.c.kind == "addition"
    change(system, "desk", delete(case_contents).where(*of_it))
    (difference,) = shell.run("reconcile", *ALL, "--json").json()["differences"]
    assert (difference["kind"], difference["ticket"], difference["repairable"]) == ("no_addition", ticket, False)
    change(system, "desk", delete(desk_messaging.inbox).where(desk_messaging.inbox.c.message_id == said))
    assert shell.run("reconcile", *ALL, "--repair", "--wait", "30").code in (0, 1)
    eventually(lambda: system.rows("desk", at_desk) == [("Tiangnya miring.",)], 20, describe=system.describe)
    rest(system)
    assert shell.run("reconcile", *ALL).code == 0


def test_what_an_inbox_forgot_is_heard_again(system: System, shell: Shell) -> None:
    _, complaint_id = complain(system)
    lost = message_id(system, "router", complaint_id, "complaint.routed.v1")
    inbox = desk_messaging.inbox
    assert change(system, "desk", delete(inbox).where(inbox.c.message_id == lost)) == 1
    mended(shell, "not_heard", message_id=lost, queue="desk.keep-cases.v1", complaint_id=complaint_id)
    statement = f"SELECT count(*) FROM case_events WHERE complaint_id = '{complaint_id}' AND act = 'routed'"
    assert system.rows("desk", statement) == [(1,)]


def test_what_cannot_be_mended_is_named_and_left(system: System, shell: Shell) -> None:
    """A complaint that intake lost: its traces elsewhere are orphans, for a person to judge."""
    row = {
        "complaint_id": "0-orphan", "revision": 2, "ticket": "CMH-0000-0000", "text": "", "outcome": "triage",
        "reason": "no_match", "agency": None, "decision": {"also": []}, "ruleset": "x",
        "decided_at": datetime.now(UTC) - timedelta(minutes=1),
    }  # fmt: skip
    change(system, "router", decisions.insert().values(row))
    try:
        said = shell.run("reconcile", *ALL, "--repair", "--wait", "0", "--json")
        assert said.code == 1
        assert [one["kind"] for one in said.json()["left"]] == ["decision_without_complaint"]
        assert said.json()["repaired"] == {"messages": 0, "forgotten": 0}
    finally:
        change(system, "router", delete(decisions).where(decisions.c.complaint_id == "0-orphan"))


def test_of_an_erased_complaint_nothing_is_missed(system: System, shell: Shell) -> None:
    """Neither what was removed, nor what a service that comes later never takes in."""
    ticket, complaint_id = complain(system)
    erase(system, complaint_id, ticket)
    gone = {
        "router": f"SELECT count(*) FROM decisions WHERE text = '' AND complaint_id = '{complaint_id}'",
        "notifier": f"SELECT count(cleared_at) FROM deliveries WHERE message = 'receipt' AND ticket = '{ticket}'",
        "desk": f"SELECT count(*) FROM case_events WHERE key = 'erased:text' AND complaint_id = '{complaint_id}'",
    }  # fmt: skip
    eventually(lambda: all(system.rows(owner, statement) == [(1,)] for owner, statement in gone.items()), 15)
    rest(system)
    lose_decision(system, complaint_id)
    assert shell.run("reconcile", *ALL).code == 0
    trace = shell.run("trace", ticket)
    assert (trace.code, "erased contact, text" in trace.out) == (0, True), trace.out
    assert shell.run("dead", "list").code == 0


def _lose_delivery(system: System, complaint_id: str, message: str, assignment: int | None = None) -> None:
    which = and_(deliveries.c.complaint_id == complaint_id, deliveries.c.message == message)
    if assignment is not None:
        which = and_(which, deliveries.c.assignment == assignment)
    ids = select(deliveries.c.delivery_id).where(which)
    gone = change(
        system, "notifier", delete(attempts).where(attempts.c.delivery_id.in_(ids)), delete(deliveries).where(which)
    )
    assert gone >= 2


def erase(system: System, complaint_id: str, ticket: str) -> None:
    """As intake does it."""
    spine = spine_beside(system, "intake", intake_messaging)
    now, about = datetime.now(UTC), {"complaint_id": complaint_id, "ticket": ticket}
    event = ComplaintErased(**about, parts=["contact", "text"], reason="request", erased_at=now)
    with spine.database.write() as tx:
        mark_erased(tx, spine.tables, complaint_id, event.parts, reason=event.reason, at=event.erased_at)
        erase_messages(tx, spine.tables, complaint_id)
        spine.outbox.say(tx, event)
    spine.database.close()
