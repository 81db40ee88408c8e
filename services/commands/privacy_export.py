"""`tanggap privacy export` and `seen`: what is held of a contact, and who has seen it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, json_option
from services.commands.privacy_access import MOST_NAMED, Access, checked_reason, everything
from services.commands.rendering import console, print_json, table
from services.intake.privacy import repository_contact
from services.intake.privacy.holder import Held
from services.operations.privacy.opening import told_by_notifier
from services.operations.privacy.package import pack
from services.operations.privacy.seen import SENT, Seen, seen
from services.operations.sentences import counted
from shared.clock import SystemClock
from shared.ids import read_ticket

_HOW = {
    "revealed": "opened",
    "shown": "handed out",
    "sent": "to send",
    "exported": "exported",
}


@click.command()
@click.argument("contact")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The ZIP to write; it must not exist.")
@click.option("--reason", default="", help="Recorded: for instance the number of the letter that asked for it.")
@data_option
@click.pass_obj
def export(options: dict[str, Any], contact: str, out: Path, reason: str, data: Path | None) -> None:
    """Write all that is held of CONTACT into a file for its owner. Recorded."""
    reason = checked_reason(reason)
    with everything(options, data) as access:
        found = access.contact(contact)
        held = access.opened.holder.find(found)
        if held.nothing and not told_by_notifier(access.installation, found):
            raise click.ClickException("nothing is held of this contact; no file was written")
        acts = _seen_of(access, held)
        city = access.opened.parts.pack.city.name
        packed = pack(out, access.installation, access.opened, found, held, acts, city=city, now=SystemClock().now())
        for subject in [one.complaint_id for one in held.complaints[:MOST_NAMED]] or ["contact"]:
            access.record("export", subject, reason, complaints=packed.complaints)
    click.echo(
        f"{out}: {counted(packed.complaints, 'complaint')}, {counted(packed.rows, 'row')}, "
        f"{counted(packed.photos, 'photo')}, {counted(packed.mails, 'mail')}, {counted(len(acts), 'look')}"
    )
    click.echo("hand it over only to whoever has proved to be its owner, then delete the file")


@click.command("seen")
@click.argument("whose", metavar="TICKET|CONTACT")
@data_option
@json_option
@click.pass_obj
def seen_command(options: dict[str, Any], whose: str, data: Path | None, as_json: bool) -> None:
    """Who has seen the contact of a complaint, or CONTACT in all of its complaints: when, and why."""
    with everything(options, data) as access:
        found = _of_ticket(access, whose)
        if found is None:
            found = _seen_of(access, access.opened.holder.find(access.contact(whose, or_ticket=True)))
    if as_json:
        print_json({"seen": [{**asdict(one), "at": one.at.isoformat()} for one in found]})
        return
    if not found:
        click.echo("nobody has seen it")
        return
    shown = table("When", "Who", "How", "About", "Why")
    for one in found:
        who = f"{one.actor} ({one.role})"
        shown.add_row(f"{one.at:%Y-%m-%d %H:%M}", who, _HOW[one.how], one.about, one.reason or "-")
    console().print(shown)
    people = len({one.actor for one in found if one.how != SENT})
    click.echo(f"{counted(people, 'person', 'people')}; times are UTC")


def _seen_of(access: Access, held: Held) -> list[Seen]:
    tickets = {one.complaint_id: one.ticket for one in held.complaints}
    return seen(access.installation, tickets, held.quarantined)


def _of_ticket(access: Access, text: str) -> list[Seen] | None:
    """None: it is no ticket. Works also when the contact is gone."""
    parts = access.opened.parts
    ticket = read_ticket(text[:100], parts.pack.city.ticket_prefix)
    if ticket is None:
        return None
    with parts.spine.database.read() as connection:
        known = repository_contact.by_ticket(connection, ticket)
    if known is None:
        raise click.ClickException(f"there is no complaint {ticket}")
    return seen(access.installation, {known.complaint_id: known.ticket})
