"""An agency's own system at the stack: from the operator's command to the file that the example client keeps."""

import json
from pathlib import Path

from tests.compose.conftest import Numbers
from tests.compose.stack import ROOT, Stack
from tests.compose.test_least_rights import attempt
from tests.support.eventually import eventually

CLIENT = (Path(ROOT) / "deploy/examples/agency_client.py").read_text()
SECONDS = "6"


def operate(stack: Stack, *command: str) -> str:
    code, said = stack.operate(*command)
    assert code == 0, said
    return said


def fetched(stack: Stack, url: str) -> list[dict[str, object]]:
    """What the example client keeps in some seconds, run inside the network of the services."""
    fetch = ["timeout", "-s", "TERM", "--preserve-status", SECONDS, "python", "-c", CLIENT, url, "/tmp/cases"]
    code, told = stack.run("mail", *fetch)
    assert code == 0, told
    _, kept = stack.run("mail", "sh", "-c", "cat /tmp/cases/*.json; rm -r /tmp/cases")
    decoder, found, rest = json.JSONDecoder(), [], kept.strip()
    while rest.startswith("{"):
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found


def test_a_case_reaches_the_agency_s_own_system(stack: Stack, numbers: Numbers) -> None:
    given = json.loads(operate(stack, "agency", "amqp", "add", "DISHUB", "--json"))
    url = given["url"]
    assert url.endswith("@rabbitmq:5672/tanggap")
    eventually(lambda: stack.rows("notifier", "SELECT 1 FROM agencies WHERE code = 'DISHUB' AND revision > 1"), 20)
    answer = stack.submit(f"Lampu PJU mati di Jalan Baros sejak Senin, gelap sekali {numbers()}")
    ticket = answer.json()["ticket"]
    sent = f"SELECT 1 FROM deliveries WHERE ticket = '{ticket}' AND channel = 'amqp' AND state = 'sent'"
    eventually(lambda: stack.rows("notifier", sent), 30, describe=stack.describe)
    assert "1 agency fetches from a queue" in stack.operate("doctor")[1]

    outcomes = attempt(stack, "router", "try_agency.py", url, given["queue"], "desk.keep-cases.v1")
    assert outcomes.pop("look at the own queue") == "allowed"
    assert outcomes == dict.fromkeys(outcomes, "refused: 403"), outcomes
    counted = attempt(stack, "notifier", "try_agency.py", stack.secret("notifier_broker_url"), given["queue"], "x")
    assert counted["look at the own queue"] == "allowed", "the notifier may see how many wait"
    assert counted["read its dead queue"] == "refused: 403"
    first = fetched(stack, url)
    assert ticket in {document["subject"] for document in first}

    assert "will be sent again" in operate(stack, "agency", "amqp", "restore", "--again", "1")
    eventually(lambda: stack.rows("notifier", sent), 30, describe=stack.describe)
    assert {document["id"] for document in fetched(stack, url)} == {document["id"] for document in first}

    operate(stack, "agency", "amqp", "rotate", "DISHUB")
    assert stack.run("mail", "timeout", SECONDS, "python", "-c", CLIENT, url, "/tmp/cases")[0] != 0
    operate(stack, "agency", "amqp", "remove", "DISHUB", "--yes", "--discard")
    assert json.loads(operate(stack, "agency", "show", "DISHUB", "--json"))["ways"] == ["email"]
