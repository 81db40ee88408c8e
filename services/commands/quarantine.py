"""`tanggap quarantine`: messages that no program could make sense of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option
from services.commands.intake_access import opened_intake
from services.commands.rendering import age_at, console, print_json, short_id, table
from services.intake.mail.quarantine import Person, Quarantine
from services.intake.mail.repository_quarantine import STATES
from services.intake.mail.room import build_mail_intake
from services.intake.parts import IntakeParts
from services.operations.letters import operator
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.masking import mask
from shared.observability.metrics import Metrics

_WRAPPED = 2_000


@click.group()
def quarantine() -> None:
    """Messages that wait for a person, since no program could make sense of them."""


@quarantine.command("list")
@click.option("--state", type=click.Choice(list(STATES)), default="waiting", show_default=True)
@data_option
@json_option
@click.pass_obj
def list_messages(options: dict[str, Any], state: str, data: Path | None, as_json: bool) -> None:
    """List them, the oldest first. Code 1 when any wait."""
    with _opened(options, data) as opened:
        found = opened.list(state)
    waits = state == "waiting" and bool(found)
    if as_json:
        print_json({"ok": not waits, "messages": found})
    elif not found:
        click.echo(f"nothing is {state} in quarantine")
    else:
        shown, now = table("Id", "Since", "Why", "About"), SystemClock().now()
        for column in shown.columns[:3]:
            column.no_wrap = True
        for one in found:
            since = age_at(datetime.fromisoformat(one["received_at"]), now)
            shown.add_row(short_id(one["quarantine_id"]), since, one["reason"], one["outcome"] or one["detail"])
        console().print(shown)
        console().print(f"{len(found)} {state}; look: tanggap quarantine show ID --reason ...")
    sys.exit(ATTENTION if waits else ALL_WELL)


@quarantine.command()
@click.argument("quarantine_id", metavar="ID")
@click.option("--reveal", is_flag=True, help="Addresses and numbers in clear. Recorded with its --reason.")
@click.option("--reason", default="", help="Why you look into it.")
@data_option
@json_option
@click.pass_obj
def show(
    options: dict[str, Any], quarantine_id: str, reveal: bool, reason: str, data: Path | None, as_json: bool
) -> None:
    """Show the message ID (its end is enough). Addresses and numbers are masked unless --reveal is given."""
    if reveal and not reason.strip():
        raise click.UsageError('--reveal needs a reason, and it will be recorded: --reason "..."')
    with _opened(options, data) as opened:
        document = opened.show(opened.find(quarantine_id), _operator(), reason)
    shown = document if reveal else _masked(document)
    if as_json:
        print_json(shown)
        return
    out = console()
    for name in ("quarantine_id", "reason", "detail", "state", "outcome", "received_at", "size", "from", "subject"):
        out.print(Text(f"{name.replace('_', ' '):<14}{shown[name] if shown[name] not in (None, '') else '-'}"))
    for header in shown["headers"]:
        out.print(Text(f"{header['name']}: {header['value']}"[:_WRAPPED], style="dim"))
    out.print(Text(f"attachments   {', '.join(shown['attachments']) or '-'}"))
    out.print(Text(f"\n{shown['text'] or shown['source']}"))


@quarantine.command()
@click.argument("quarantine_id", metavar="ID")
@click.option("--as-complaint", is_flag=True, help="Whatever it looks like: a person has decided that it is one.")
@click.option("--reason", default="", help="Recorded with the act.")
@data_option
@json_option
@click.pass_obj
def replay(
    options: dict[str, Any], quarantine_id: str, as_complaint: bool, reason: str, data: Path | None, as_json: bool
) -> None:
    """Read the message ID again: it becomes a complaint or a reply, or stays where it is."""
    with _opened(options, data) as opened:
        done = opened.replay(opened.find(quarantine_id), _operator(), as_complaint=as_complaint, reason=reason)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done['quarantine_id']}: {done['kind']} {done['ticket'] or ''}".rstrip())


@quarantine.command()
@click.argument("quarantine_id", metavar="ID")
@click.option("--reason", required=True, help="Recorded with the act.")
@data_option
@json_option
@click.pass_obj
def discard(options: dict[str, Any], quarantine_id: str, reason: str, data: Path | None, as_json: bool) -> None:
    """Give the message ID up for good. Its row and the message stay."""
    with _opened(options, data) as opened:
        done = opened.discard(opened.find(quarantine_id), _operator(), reason=reason)
    if as_json:
        print_json(done)
    else:
        click.echo(f"{done['quarantine_id']}: discarded")


@contextmanager
def _opened(options: dict[str, Any], data: Path | None) -> Iterator[Quarantine]:
    """On intake's database and folder, with its keys. A running intake soon publishes what is said here."""
    with opened_intake(options, data) as (settings, database):
        pack = load_pack(settings.common.pack)
        parts = IntakeParts.of(settings, database, MemoryBroker(TOPOLOGY), SystemClock(), Metrics(), pack)
        mails = build_mail_intake(settings, parts)
        yield Quarantine(parts.spine, mails.raws, mails)


def _operator() -> Person:
    return Person(operator(), "operator")


def _masked(document: dict[str, Any]) -> dict[str, Any]:
    headers = [{"name": one["name"], "value": mask(one["value"])} for one in document["headers"]]
    texts = {name: mask(document[name]) for name in ("subject", "from", "text", "detail")}
    texts["source"] = ""  # as it came: names stand in it
    return {**document, **texts, "headers": headers, "attachments": [mask(name) for name in document["attachments"]]}
