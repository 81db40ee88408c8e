"""`tanggap reseal`: what an older key sealed is sealed with the newest one, so that the older can be retired."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option, looking_at
from services.commands.rendering import print_json, progress_console
from services.operations.backup.keys import present_keys
from services.operations.resealing_whole import Outcome, reseal_all
from services.operations.sealed_places import CONTACT, CONTENT
from services.operations.sealed_proof import proof_of
from services.operations.sentences import counted
from shared.errors import ConfigError
from shared.sealing import Sealer


@click.command()
@click.argument("name", type=click.Choice([CONTENT, CONTACT]))
@click.option("--batch", type=click.IntRange(1, 2_000), default=200, show_default=True, help="Rows a transaction.")
@click.option(
    "--wait", type=click.FloatRange(min=0), default=60.0, show_default=True, metavar="SECONDS",
    help="Wait so long for messages that are on their way under the older key.",
)  # fmt: skip
@data_option
@json_option
@click.pass_obj
def reseal(options: dict[str, Any], name: str, batch: int, wait: float, data: Path | None, as_json: bool) -> None:
    """Seal with the first of NAME's keys whatever another of them sealed. Safe while everything runs, and again.

    At the end it prints the proof with which `tanggap secrets retire` lets the older keys go. Code 1 when something is
    left.
    """
    with looking_at(options, data) as installation, progress_console().status("sealing anew") as shown:
        keys = present_keys(installation.location)[name]
        if not keys:
            raise ConfigError(f"TANGGAP_{name.upper()} is not set (or …_FILE), as for the services")
        outcome = reseal_all(
            installation, name, Sealer(keys), batch=batch, wait_seconds=wait,
            progress=lambda place, rows: shown.update(f"{place}: {counted(rows, 'row')} looked at"),
        )  # fmt: skip
        proof = proof_of(name, keys, installation.clock.now()) if outcome.clean else ""
    if as_json:
        print_json({
            "ok": outcome.clean, "resealed": outcome.total.done, "unreadable": outcome.total.unreadable,
            "waiting": dict(outcome.waiting), "proof": proof,
        })  # fmt: skip
    else:
        _show(name, outcome, proof)
    sys.exit(ALL_WELL if outcome.clean else ATTENTION)


def _show(name: str, outcome: Outcome, proof: str) -> None:
    click.echo(f"{counted(outcome.total.done, 'row')} sealed anew")
    if outcome.total.unreadable:
        click.echo(f"{counted(outcome.total.unreadable, 'seal')} that none of these keys opens: left as they are")
    for queue, count in sorted(outcome.waiting.items()):
        click.echo(f"{counted(count, 'message')} under an older key not heard by {queue}: does its service run?")
    if outcome.waiting:
        click.echo("then again: tanggap reseal " + name)
    elif outcome.changing:
        click.echo("somebody still seals with an older key: are all processes replaced since `use`? Then again.")
    if proof:
        click.echo(f"nothing needs an older key: tanggap secrets retire {name} --resealed {proof}")
