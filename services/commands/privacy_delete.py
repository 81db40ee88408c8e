"""`tanggap privacy delete`: the end of everything that is held of one contact."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, json_option
from services.commands.privacy_access import MOST_NAMED, checked_reason, everything
from services.commands.rendering import console, print_json, progress_console, table
from services.intake.privacy.holder import Held
from services.operations.privacy.opening import told_by_notifier
from services.operations.sentences import counted

_LEFT = (
    "what is left: backups made before (until they are removed), counts without names, summaries that were published,",
    "and what agencies got on their own systems: see docs/privacy.md",
)


@click.command()
@click.argument("contact")
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option("--reason", default="", help="Recorded: for instance the number of the letter that asked for it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
@json_option
@click.pass_obj
def delete(
    options: dict[str, Any], contact: str, dry_run: bool, reason: str, yes: bool, data: Path | None, as_json: bool
) -> None:
    """Remove all that is held of CONTACT, an e-mail address or a telephone number.

    Of a complaint that is still going on the contact goes now, and its text and photos when the case has ended. There
    is no way back.
    """
    reason = checked_reason(reason)
    with everything(options, data) as access:
        found, holder = access.contact(contact), access.opened.holder
        held, elsewhere = holder.find(found), holder.unknown(told_by_notifier(access.installation, found))
        _show(held, elsewhere, as_json, dry_run)
        if dry_run or (held.nothing and not elsewhere):
            return
        _ask(yes)
        with progress_console().status("removing") as status:
            holder.erase(found, held, elsewhere=elsewhere, progress=lambda one: status.update(f"removed {one}"))
        ids = [one.complaint_id for one in held.complaints]
        counts = {"number": len(ids), "mails": len(held.mails), **held.counts}
        access.record("delete", "contact", reason, complaints=ids[:MOST_NAMED], **counts)
    if not as_json:
        _tell_what_is_left(held)


def _show(held: Held, elsewhere: set[str], as_json: bool, dry_run: bool) -> None:
    if as_json:
        print_json(_as_json(held, elsewhere, dry_run))
        return
    if held.nothing and not elsewhere:
        click.echo("nothing is held of this contact" + (" but that it is blocked" if held.is_blocked else ""))
        return
    shown = table("Ticket", "State", "What goes")
    for one in held.complaints:
        later = one.complaint_id in held.open_ones
        shown.add_row(one.ticket, one.status, "the contact now, the rest when it has ended" if later else "everything")
    if held.complaints:
        console().print(shown)
    for line in _others(held, elsewhere):
        click.echo(line)


def _as_json(held: Held, elsewhere: set[str], dry_run: bool) -> dict[str, Any]:
    complaints = [
        {"ticket": one.ticket, "status": one.status, "open": one.complaint_id in held.open_ones}
        for one in held.complaints
    ]
    rest = {"mails": len(held.mails), "quarantine": len(held.quarantined), "counts": held.counts}
    return {
        "complaints": complaints, **rest, "notices": len(elsewhere), "blocked": held.is_blocked, "dry_run": dry_run
    }  # fmt: skip


def _others(held: Held, elsewhere: set[str]) -> list[str]:
    lines = [f"{counted(len(held.quarantined), 'mail')} in quarantine"] if held.quarantined else []
    if held.mails:
        lines.append(f"{counted(len(held.mails), 'mail')} of no complaint in which the contact stands")
    lines += [f"{name.replace('_', ' ')}: {count}" for name, count in sorted(held.counts.items())]
    if elsewhere:
        lines.append(f"notices about {counted(len(elsewhere), 'other matter')}")
    return lines


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException("nothing was changed: without a terminal to ask at, --yes is needed")
    if not click.confirm("Remove all of this for good?"):
        raise click.ClickException("nothing was changed")


def _tell_what_is_left(held: Held) -> None:
    click.echo("removed; the other services follow within seconds")
    if held.open_ones:
        number = counted(len(held.open_ones), "complaint")
        click.echo(f"{number} still going on: text and photos go by themselves when the case has ended")
    if held.is_blocked:
        click.echo("the contact is blocked: its key stays until `tanggap block remove`, then nothing of it does")
    for line in _LEFT:
        click.echo(line)
