"""`tanggap dead`: messages that could not be handled, of all services and at the broker."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option, looking_at
from services.commands.rendering import age_at, console, print_json, short_id, table
from services.composition import OWNERS
from services.operations.installation import Installation
from services.operations.letters import (
    DISCARD,
    INBOX,
    PARKED,
    REPLAY,
    Choice,
    Letter,
    find_letters,
    pick,
    record_reveal,
    settle,
)
from services.operations.opening import closed, content_sealer, opened
from shared.messaging.topology import QUEUES

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def dead() -> None:
    """Dead letters of all services, and what the broker has parked."""


def filters(command: F) -> F:
    for option in (
        click.option(
            "--where", type=click.Choice([INBOX, PARKED]), default=None, help="In an inbox, or at the broker."
        ),
        click.option("--code", help="Only those with this error code."),
        click.option("--queue", type=click.Choice([queue.name for queue in QUEUES]), help="Only of this queue."),
        click.option("--service", type=click.Choice(list(OWNERS)), help="Only of this service."),
    ):
        command = option(command)
    return command


@dead.command("list")
@filters
@data_option
@json_option
@click.pass_obj
def list_letters(options: dict[str, Any], /, data: Path | None, as_json: bool, **chosen: str | None) -> None:
    """List them, the oldest first. Code 1 when there are any."""
    with looking_at(options, data) as installation:
        letters = find_letters(installation, _choice(chosen))
        now = installation.clock.now()
    if as_json:
        print_json({"ok": not letters, "letters": [letter.as_dict() for letter in letters]})
    elif letters:
        shown = table("Id", "Where", "Since", "What happened")
        for column in shown.columns[:3]:
            column.no_wrap = True
        for letter in letters:
            shown.add_row(
                short_id(letter.message_id),
                f"{letter.service}\n{letter.where}",
                age_at(letter.since, now),
                _told(letter),
            )
        console().print(shown)
        console().print(f"{len(letters)} dead; look: tanggap dead show ID")
    else:
        click.echo("no dead letters")
    sys.exit(ATTENTION if letters else ALL_WELL)


@dead.command()
@click.argument("message_id", metavar="ID")
@click.option("--reveal", is_flag=True, help="Open sealed fields and the whole error. Recorded with its --reason.")
@click.option("--reason", default="", help="Why you look into it.")
@data_option
@json_option
@click.pass_obj
def show(options: dict[str, Any], message_id: str, reveal: bool, reason: str, data: Path | None, as_json: bool) -> None:
    """Show the letter ID (its end is enough). Sealed fields are sizes unless --reveal is given."""
    with looking_at(options, data) as installation:
        letters = pick(find_letters(installation), message_id)
        if reveal:
            for letter in letters:
                record_reveal(installation, letter, reason)
        documents = [_document(installation, letter, reveal) for letter in letters]
    if as_json:
        print_json({"letters": documents})
        return
    for document in documents:
        _show(document)


@dead.command()
@click.argument("message_id", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All that the filters leave.")
@click.option("--reason", default="", help="Recorded with the act.")
@filters
@data_option
@json_option
@click.pass_obj
def replay(
    options: dict[str, Any], /, message_id: str | None, every: bool, reason: str, data: Path | None, as_json: bool,
    **chosen: str | None,
) -> None:  # fmt: skip
    """Try the letter ID again, or --all."""
    _settle(options, message_id, every, data, _choice(chosen), REPLAY, reason, as_json)


@dead.command()
@click.argument("message_id", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All that the filters leave.")
@click.option("--reason", required=True, help="Recorded with the act.")
@filters
@data_option
@json_option
@click.pass_obj
def discard(
    options: dict[str, Any], /, message_id: str | None, every: bool, reason: str, data: Path | None, as_json: bool,
    **chosen: str | None,
) -> None:  # fmt: skip
    """Give the letter ID up for good, or --all. A row of it stays, with the reason."""
    _settle(options, message_id, every, data, _choice(chosen), DISCARD, reason, as_json)


def _settle(
    options: dict[str, Any], message_id: str | None, every: bool, data: Path | None, choice: Choice, act: str,
    reason: str, as_json: bool,
) -> None:  # fmt: skip
    if bool(message_id) == every:
        raise click.UsageError("give the ID of one letter, or --all")
    with looking_at(options, data) as installation:
        letters = find_letters(installation, choice)
        chosen = letters if message_id is None else pick(letters, message_id)
        settled = settle(installation, chosen, act=act, reason=reason)
    if as_json:
        print_json({"act": act, "settled": [letter.as_dict() for letter in settled], "asked": len(chosen)})
    else:
        done = "will be tried again" if act == REPLAY else "discarded"
        for letter in settled:
            click.echo(f"{letter.message_id} ({letter.queue}, {letter.where}): {done}")
        click.echo(f"{len(settled)} of {len(chosen)} {done}")
    sys.exit(ALL_WELL if len(settled) == len(chosen) else ATTENTION)


def _choice(chosen: dict[str, str | None]) -> Choice:
    return Choice(**{name: value or "" for name, value in chosen.items()})


def _told(letter: Letter) -> Text:
    tries = f", {letter.attempts} tries" if letter.attempts else ""
    told = Text(letter.code or "?", style="bold red")
    told.append(tries, style="not bold")
    if letter.summary and letter.summary != letter.code:
        told.append(f"\n{letter.summary}", style="none")
    about = f" about {letter.subject}" if letter.subject else ""
    told.append(f"\n{letter.type or 'of no known type'}{about}", style="dim")
    return told


def _document(installation: Installation, letter: Letter, reveal: bool) -> dict[str, Any]:
    document = letter.as_dict()
    if reveal:
        sealer = content_sealer(installation.location.environment, installation.location.data)
        return {**document, "error": letter.error, "message": opened(letter.body, sealer)}
    return {**document, "message": closed(letter.body)}


def _show(document: dict[str, Any]) -> None:
    out = console()
    rows = {name: value for name, value in document.items() if name not in ("message", "error")}
    for name, value in rows.items():
        out.print(Text(f"{name.replace('_', ' '):<12}{value if value not in (None, '') else '-'}"))
    for name in ("error", "message"):
        if name in document:
            value = document[name]
            out.print(Text(f"{name}:", style="bold"))
            out.print(Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)))
