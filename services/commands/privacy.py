"""`tanggap privacy`: what is kept too long, and what somebody wants to know or have removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, json_option
from services.commands.intake_access import opened_intake
from services.commands.privacy_access import record
from services.commands.privacy_again import again
from services.commands.privacy_delete import delete
from services.commands.privacy_export import export, seen_command
from services.commands.rendering import age_at, console, number, print_json, progress_console, table
from services.intake.privacy.purging import Overview
from services.operations.privacy.opening import PrivacyParts, privacy_parts
from services.operations.sentences import counted
from shared.clock import SystemClock

_NAMES = {
    "contact": "contacts",
    "text": "texts and answers",
    "photos": "photos",
    "mails": "mails as they came",
    "quarantine": "quarantine, settled",
    "unsettled": "quarantine, unsettled",
    "sms": "traces of text messages",
    "wished": "asked for by senders",
}


@click.group()
def privacy() -> None:
    """What is kept of people: how long, who has seen it, and its end."""


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Only show what is due.")
@click.option("--limit", type=click.IntRange(1), help="Remove so many things at most.")
@data_option
@json_option
@click.pass_obj
def purge(options: dict[str, Any], dry_run: bool, limit: int | None, data: Path | None, as_json: bool) -> None:
    """Remove what the city's days of keeping (retention.yaml) are over for.

    The running intake does the same once a day. May be stopped and repeated at any time.
    """
    with _opened(options, data) as opened:
        if dry_run:
            _show(opened.purge.overview(), as_json)
            return
        with progress_console().status("looking") as status:
            done = opened.purge.run(limit, lambda kind, count: status.update(f"{_NAMES[kind]}: {count} removed"))
        if done:
            record(opened, "purge", "retention", removed=done)
    if as_json:
        print_json({"dry_run": False, "removed": done})
    elif not done:
        click.echo("nothing was due")
    else:
        click.echo("removed: " + ", ".join(f"{_NAMES[kind]} {count}" for kind, count in done.items()))


for _command in (delete, export, seen_command, again):
    privacy.add_command(_command)


def _show(overview: Overview, as_json: bool) -> None:
    if as_json:
        kinds = [{**asdict(one), "oldest": one.oldest and one.oldest.isoformat()} for one in overview.kinds]
        print_json({"dry_run": True, "kinds": kinds, "unended": overview.unended})
        return
    shown, now = table("What", "Kept for days", "Due", "Begun", right=("Kept for days", "Due")), SystemClock().now()
    for one in overview.kinds:
        days = "for ever" if one.days is None else str(one.days or "-")
        shown.add_row(_NAMES[one.kind], days, number(one.number), age_at(one.oldest, now) + (" ago" * bool(one.oldest)))
    console().print(shown)
    if overview.unended:
        click.echo(f"{counted(overview.unended, 'complaint')} older than that still going on: not touched")
    click.echo("nothing was changed")


@contextmanager
def _opened(options: dict[str, Any], data: Path | None) -> Iterator[PrivacyParts]:
    with opened_intake(options, data) as (settings, database):
        yield privacy_parts(settings, database)
