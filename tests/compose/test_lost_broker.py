"""The broker loses its disk while complaints are under way: the steps of docs/operations.md, and nothing is missing."""

import json
import re
from pathlib import Path

from tests.chaos.audit import at_rest, audit, audit_at_rest, unfinished
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens
from tests.compose.conftest import Numbers
from tests.compose.stack import ROOT, Stack
from tests.support.eventually import eventually

STEPS = (
    "docker compose rm -sf rabbitmq",
    "docker volume rm tanggap_broker",
    "docker compose up -d --wait",
    "docker compose run --rm operator reconcile --repair --older-than 0",
    "docker compose run --rm operator reconcile",
)


def test_the_steps_are_those_that_operators_read() -> None:
    text = (Path(ROOT) / "docs/operations.md").read_text()
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    assert "\n".join(STEPS) + "\n" in blocks


def test_a_broker_without_its_disk_costs_no_complaint(stack: Stack, numbers: Numbers) -> None:
    citizens = Citizens(stack, None, first=numbers(), crowd=8, seconds=0.2, channels=ALL)
    citizens.start()
    citizens.await_more(8)
    stack.containers()["router"].pause()  # what it has not taken yet lies in the broker alone
    citizens.await_more(20)
    stack.containers()["rabbitmq"].kill()
    stack.containers()["router"].unpause()
    stack.compose("rm", "-sf", "rabbitmq")
    stack.client.volumes.get(f"{stack.project}_broker").remove()
    citizens.await_more(4)
    stack.up()
    citizens.await_more(4)
    citizens.stop()
    eventually(lambda: at_rest(stack), 60, every=0.5, describe=lambda: unfinished(stack))
    assert not citizens.ledger.delays, "nobody noticed"
    assert audit(stack, citizens.ledger).lost, "else this test shows nothing"

    code, answer = stack.operate("reconcile", "--repair", "--older-than", "0", "--json")
    repaired = json.loads(answer)
    assert (code, repaired["left"]) == (0, []), answer
    assert repaired["repaired"]["messages"] > 0
    found = audit_at_rest(stack, citizens.ledger, 60)
    assert (citizens.ledger.refused, found.lost, found.doubled) == ([], [], [])
    assert stack.operate("reconcile", "--older-than", "0")[0] == 0
