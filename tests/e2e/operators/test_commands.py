"""The operators' commands on a running system, in both forms: what they show, and how letters are settled."""

import json
import os
import signal
from datetime import UTC, datetime

from sqlalchemy import update

from services.desk.tables import audit as desk_audit
from services.intake.tables import audit as intake_audit
from services.intake.tables import messaging as intake_messaging
from services.notifier.tables import audit as notifier_audit
from services.router.tables import audit as router_audit
from services.router.tables import messaging as router_messaging
from shared.contracts.complaint import ComplaintReceived
from tests.e2e.operators.complaining import ALL, PJU, complain, message_id, notices, rest
from tests.support.eventually import eventually
from tests.support.system import System
from tests.unit.operations.shell import Shell, change

ROUTER_QUEUE = "router.route-complaint.v1"
AUDITS = {"intake": intake_audit, "router": router_audit, "notifier": notifier_audit, "desk": desk_audit}


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
    assert set(queues["queues"][0]) == {
        "queue", "service", "depth", "parked", "consumers", "missing", "leader", "members", "online",
    }  # fmt: skip
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
