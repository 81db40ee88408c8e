"""The operators' commands on a running system, in both forms: what is whole, what is planted wrong, what is mended."""

import itertools
import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import and_, delete, select, update

from services.desk.app import build_register
from services.desk.cases.acting import perform
from services.desk.cases.coordinator_acts import Assign
from services.desk.tables import audit as desk_audit
from services.desk.tables import case_clocks, case_contents, case_events, cases
from services.desk.tables import messaging as desk_messaging
from services.intake.tables import audit as intake_audit
from services.intake.tables import messaging as intake_messaging
from services.notifier.tables import attempts, deliveries
from services.notifier.tables import audit as notifier_audit
from services.router.tables import audit as router_audit
from services.router.tables import decisions
from services.router.tables import messaging as router_messaging
from shared.citypack import load_pack
from shared.contracts.complaint import ComplaintAdded, ComplaintErased, ComplaintReceived
from shared.erasures import erase_messages, mark_erased
from tests.chaos.audit import at_rest, unfinished
from tests.support.eventually import eventually
from tests.support.system import DistributedSystem, EmbeddedSystem, System
from tests.unit.operations.shell import COORDINATOR, PACK, Shell, change, desk_spine, shell_of, spine_beside

PJU = "PJU mati di Jalan Baros sejak Senin, gelap sekali, hubungi 081234567890"
ROUTER_QUEUE, NOTIFIER_QUEUE = "router.route-complaint.v1", "notifier.plan-deliveries.v1"
ALL = ("--older-than", "0")
AUDITS = {"intake": intake_audit, "router": router_audit, "notifier": notifier_audit, "desk": desk_audit}
_numbers = itertools.count(1)  # the same words of the same citizen are the same complaint


@pytest.fixture(scope="module", params=["embedded", "distributed"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, Shell]]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with EmbeddedSystem(folder) as system:
            yield system, shell_of(system)
        return
    node, server = request.getfixturevalue("rabbit_node"), request.getfixturevalue("postgres_server")
    node.create_vhost("operators")
    database = server.create_database("operators")
    with DistributedSystem(folder, node, "operators", server, database) as system:
        yield system, shell_of(system, node.url("operators"))


@pytest.fixture
def system(running: tuple[System, Shell]) -> System:
    return running[0]


@pytest.fixture
def shell(running: tuple[System, Shell]) -> Shell:
    return running[1]


def complain(system: System, body: str = PJU) -> tuple[str, str]:
    """(ticket, complaint id) of a new complaint that has come to rest."""
    answer = system.submit(f"{body} {next(_numbers):04}", contact={"email": "warga@example.org"})
    assert answer.status_code == 201, answer.text
    ticket = answer.json()["ticket"]
    complaint_id = system.rows("intake", f"SELECT complaint_id FROM complaints WHERE ticket = '{ticket}'")[0][0]
    opened = f"SELECT count(*) FROM cases WHERE ticket = '{ticket}'"
    told = f"SELECT count(*) FROM deliveries WHERE ticket = '{ticket}' AND message = 'receipt'"
    eventually(lambda: system.rows("desk", opened) == system.rows("notifier", told) == [(1,)], 15)
    rest(system)
    return ticket, complaint_id


def rest(system: System) -> None:
    eventually(lambda: at_rest(system), 20, describe=lambda: unfinished(system) + system.describe())


def notices(system: System, ticket: str) -> list[tuple[str, str]]:
    first = f"ticket = '{ticket}' AND message NOT LIKE '%.%'"  # those wait for what else happens
    statement = f"SELECT message, recipient FROM deliveries WHERE {first} ORDER BY message, recipient"
    return [(row[0], row[1]) for row in system.rows("notifier", statement)]


def message_id(system: System, owner: str, complaint_id: str, key: str) -> str:
    statement = f"SELECT message_id FROM outbox WHERE subject = '{complaint_id}' AND routing_key = '{key}'"
    return str(system.rows(owner, statement)[0][0])


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


def test_a_healthy_system_is_found_healthy(system: System, shell: Shell) -> None:
    complain(system)
    doctor = shell.run("doctor")
    assert doctor.code == 0, doctor.out
    assert "all well" in doctor.out
    for command in (("queues",), ("dead", "list"), ("reconcile", *ALL)):
        said = shell.run(*command)
        assert said.code == 0, said.out


def test_the_json_keeps_its_keys(system: System, shell: Shell) -> None:
    ticket, _ = complain(system)
    doctor = shell.run("doctor", "--json").json()
    assert set(doctor) == {"mode", "at", "ok", "findings"}
    assert {tuple(one) for one in doctor["findings"]} == {("name", "state", "saw", "todo", "looked")}
    queues = shell.run("queues", "--json").json()
    assert set(queues) == {"mode", "at", "ok", "services", "queues", "deliveries", "attention", "broker_problem"}
    assert set(queues["services"][0]) == {
        "service", "unpublished", "oldest_unpublished_seconds", "retrying_due", "retrying_later",
        "oldest_retrying_seconds", "trying", "dead", "leases",
    }  # fmt: skip
    assert set(queues["queues"][0]) == {"queue", "service", "depth", "parked", "consumers", "missing"}
    assert queues["ok"] is True
    assert shell.run("dead", "list", "--json").json() == {"ok": True, "letters": []}
    trace = shell.run("trace", ticket, "--json").json()
    assert set(trace) == {"ticket", "complaint_id", "ok", "hops", "missing"}
    assert set(trace["hops"][0]) == {"at", "service", "what", "detail", "message_id", "milliseconds"}
    reconcile = shell.run("reconcile", "--json").json()
    assert set(reconcile) == {"mode", "at", "ok", "checked", "counts", "differences", "repaired", "left"}
    assert set(reconcile["checked"]) == {"complaints", "messages", "deliveries", "seconds"}


def test_a_trace_shows_every_hop_and_no_secret(system: System, shell: Shell) -> None:
    ticket, _ = complain(system)
    said = shell.run("trace", *ticket.lower().removeprefix("cmh-").replace("-", " ").split())
    assert said.code == 0, said.out
    for hop in (
        "accepted", "said complaint.received.v1", "heard complaint.received.v1", "decided", "heard complaint.routed.v1",
        "case routed", "planned receipt to citizen", "captured: case_notice to DISHUB", "heard delivery.finished.v1",
        "planned case_update.2 to citizen", "to be sent at ",
    ):  # fmt: skip
        assert hop in said.out, hop
    assert f"by api, {len(PJU) + 5} signs" in said.out
    whole = said.out + shell.run("trace", ticket, "--json").out
    assert not [secret for secret in ("example.org", "Baros", "81234567890", "warga") if secret in whole]


def test_a_trace_of_nothing_is_a_sentence(shell: Shell) -> None:
    said = shell.run("trace", "CMH-0000-0001")
    assert (said.code, "cannot be a ticket" in said.err) == (2, True)
    said = shell.run("trace", "CMH-0000-0000")
    assert (said.code, "no complaint CMH-0000-0000" in said.err) == (2, True)


def test_a_lost_decision_is_made_again_and_told_once(system: System, shell: Shell) -> None:
    ticket, complaint_id = complain(system)
    lost = message_id(system, "intake", complaint_id, ComplaintReceived.TYPE)
    change(
        system, "router",
        delete(router_messaging.inbox).where(router_messaging.inbox.c.message_id == lost),
        delete(decisions).where(decisions.c.complaint_id == complaint_id),
    )  # fmt: skip
    missing = shell.run("trace", ticket)
    assert missing.code == 1
    assert "missing  router: decided" in missing.out
    mended(shell, "no_decision", ticket=ticket, message_id=lost, queue=ROUTER_QUEUE, cause="not_heard")
    rest(system)
    assert notices(system, ticket) == [("case_notice", "DISHUB"), ("receipt", "citizen")]


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
    answer = system.submit(f"{PJU} {next(_numbers):04}")
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


def test_a_dead_letter_is_listed_shown_replayed_and_discarded(system: System, shell: Shell) -> None:
    ticket, complaint_id = complain(system)
    dead = _bury(system, complaint_id)
    assert shell.run("queues").code == 1
    listed = shell.run("dead", "list", "--json")
    (letter,) = listed.json()["letters"]
    assert (listed.code, letter["message_id"], letter["queue"], letter["code"]) == (1, dead, ROUTER_QUEUE, "bug")
    assert (letter["summary"], letter["subject"]) == ("ValueError", complaint_id)

    shown = shell.run("dead", "show", dead[-8:])
    assert "<sealed, " in shown.out
    assert not [secret for secret in ("Baros", "81234567890") if secret in shown.out]
    assert shell.run("dead", "show", dead, "--reveal").code == 2
    revealed = shell.run("dead", "show", dead, "--reveal", "--reason", "kasus 7")
    assert "Jalan Baros" in revealed.out

    assert shell.run("dead", "replay", dead).code == 0
    eventually(lambda: shell.run("dead", "list").code == 0, 15, describe=system.describe)
    rest(system)
    assert notices(system, ticket) == [("case_notice", "DISHUB"), ("receipt", "citizen")]

    _bury(system, complaint_id)
    assert shell.run("dead", "discard", dead).code == 2  # without a reason
    assert shell.run("dead", "discard", "--all", "--service", "router", "--reason", "percobaan").code == 0
    assert shell.run("dead", "list").code == 0
    audited = system.rows("router", f"SELECT act, reason FROM audit WHERE subject = '{dead}' ORDER BY seq")
    assert audited == [("dead.reveal", "kasus 7"), ("dead.replay", ""), ("dead.discard", "percobaan")]
    inbox = router_messaging.inbox
    change(system, "router", update(inbox).where(inbox.c.message_id == dead).values(state="done"))


def test_the_wrong_letter_is_a_sentence(shell: Shell) -> None:
    for args in (("show", "nothing-like-it"), ("replay",), ("discard", "--reason", "x"), ("replay", "x", "--all")):
        said = shell.run("dead", *args)
        assert said.code == 2, args
        assert "Traceback" not in said.err


def test_what_is_done_in_any_service_is_sealed_by_the_desk(system: System, shell: Shell) -> None:
    complain(system)
    for owner, table in AUDITS.items():
        row = {"at": datetime.now(UTC), "actor": "tester", "role": "operator", "act": "test", "subject": owner}
        change(system, owner, table.insert().values({**row, "reason": "", "details": {"n": 1}}))

    def sealed() -> bool:
        said = shell.run("audit", "verify", "--json")
        assert said.code == 0, said.out
        return said.json()["waiting"] == 0 and said.json()["rows"] >= len(AUDITS)

    eventually(sealed, 20, every=0.5, describe=system.describe)
    services = {row[0] for row in system.rows("desk", "SELECT DISTINCT service FROM audit_seals")}
    assert services == set(AUDITS)
    (head,) = system.rows("desk", "SELECT mac, n FROM audit_seals ORDER BY n DESC LIMIT 1")
    assert shell.run("audit", "verify", "--head", head[0], "--count", str(head[1])).code == 0


def _lose_delivery(system: System, complaint_id: str, message: str, assignment: int | None = None) -> None:
    which = and_(deliveries.c.complaint_id == complaint_id, deliveries.c.message == message)
    if assignment is not None:
        which = and_(which, deliveries.c.assignment == assignment)
    ids = select(deliveries.c.delivery_id).where(which)
    gone = change(
        system, "notifier", delete(attempts).where(attempts.c.delivery_id.in_(ids)), delete(deliveries).where(which)
    )
    assert gone >= 2


def _bury(system: System, complaint_id: str) -> str:
    """Makes the router's message about the complaint a dead letter that quotes a citizen."""
    lost = message_id(system, "intake", complaint_id, ComplaintReceived.TYPE)
    outbox, inbox = intake_messaging.outbox, router_messaging.inbox
    body = system.rows("intake", f"SELECT body FROM {outbox.name} WHERE message_id = '{lost}'")[0][0]
    error = "Traceback (most recent call last):\n  File x\nValueError: Jalan Baros 081234567890"
    values = {"state": "dead", "body": bytes(body), "error_code": "bug", "last_error": error, "attempts": 5}
    assert change(system, "router", update(inbox).where(inbox.c.message_id == lost).values(values)) == 1
    return lost


def test_the_plain_output_fits_eighty_columns(system: System, shell: Shell) -> None:
    ticket, _ = complain(system)
    for command in (("doctor",), ("queues",), ("trace", ticket), ("reconcile", *ALL)):
        lines = shell.run(*command, COLUMNS="80").out.splitlines()
        assert max(len(line.rstrip()) for line in lines) <= 80, command
    assert json.loads(shell.run("queues", "--json", COLUMNS="20").out)


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
    lost = message_id(system, "intake", complaint_id, ComplaintReceived.TYPE)
    change(
        system, "router",
        delete(router_messaging.inbox).where(router_messaging.inbox.c.message_id == lost),
        delete(decisions).where(decisions.c.complaint_id == complaint_id),
    )  # fmt: skip
    assert shell.run("reconcile", *ALL).code == 0
    trace = shell.run("trace", ticket)
    assert (trace.code, "erased contact, text" in trace.out) == (0, True), trace.out
    assert shell.run("dead", "list").code == 0


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


def test_a_running_process_logs_every_message_on_a_signal_and_stops_that_on_another(system: System) -> None:
    process = system.processes.get("tanggap") or system.processes["intake"]
    seen = process.output().count('"published"')
    os.kill(process.pid, signal.SIGUSR1)
    complain(system)
    eventually(lambda: process.output().count('"published"') > seen, 10, describe=process.tail)
    os.kill(process.pid, signal.SIGUSR2)
    rest(system)
    seen = process.output().count('"published"')
    complain(system)
    assert process.output().count('"published"') == seen
