"""`tanggap agency test`: does a way lead there? The running notifier sends a harmless message by it, at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, environment_with, json_option
from services.commands.rendering import print_json
from services.commands.running_notifier import running_notifier
from services.desk.directory.ways import USUAL_ORDER
from services.operations.letters import operator

ANSWER_SECONDS = 40.0  # a mail server that greets slowly takes half a minute
_ARRIVED = ("sent", "delivered", "captured")


@click.command("test")
@click.argument("code")
@click.option("--way", type=click.Choice(USUAL_ORDER), help="Default: the first that the agency has.")
@click.option("--because", default="trial by the operator", help="Recorded.")
@data_option
@json_option
@click.pass_obj
def trial(options: dict[str, Any], code: str, way: str | None, because: str, data: Path | None, as_json: bool) -> None:
    """Send agency CODE a test message now. Code 1 when it did not get there."""
    client = running_notifier(environment_with(options, data), timeout_seconds=ANSWER_SECONDS)
    body = {"actor": operator(), "role": "operator", "reason": because, "way": way or ""}
    said = client.post(f"/agencies/{code}/test", body)
    if as_json:
        print_json(said)
    else:
        answer = f": {said['answer']}" if said["answer"] else ""
        click.echo(f"{code} by {said['way']}: {said['state']} ({said['reason'] or 'no reason given'}){answer}")
    sys.exit(ALL_WELL if said["state"] in _ARRIVED else ATTENTION)
