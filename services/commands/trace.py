"""`tanggap trace TICKET`: one complaint's way, hop by hop."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option, looking_at
from services.commands.rendering import console, print_json, table
from services.operations.installation import CannotLook
from services.operations.tracing import Trace, trace
from shared.citypack import load_pack
from shared.ids import read_ticket


@click.command("trace")
@click.argument("ticket", nargs=-1, required=True)
@data_option
@json_option
@click.pass_obj
def trace_command(options: dict[str, Any], ticket: tuple[str, ...], data: Path | None, as_json: bool) -> None:
    """Show the way of the complaint TICKET through all services. Code 1 when a hop is missing.

    The ticket may be written as it was dictated: small letters, spaces, without its prefix. Contacts and words of the
    complaint are never shown.
    """
    city = load_pack(Path(options["pack"])).city
    wanted = " ".join(ticket)
    read = read_ticket(wanted, city.ticket_prefix)
    if read is None:
        raise CannotLook(f"{wanted!r} cannot be a ticket: a sign is missing, or one was misheard")
    with looking_at(options, data) as installation:
        found = trace(installation, read)
    if found is None:
        raise CannotLook(f"intake has no complaint {read}")
    if as_json:
        print_json(found.as_dict())
    else:
        _show(found, ZoneInfo(city.timezone))
    sys.exit(ATTENTION if found.missing else ALL_WELL)


def _show(found: Trace, zone: ZoneInfo) -> None:
    out = console()
    first = found.hops[0].at.astimezone(zone)
    out.print(f"[bold]{found.ticket}[/bold]  {first:%Y-%m-%d} ({zone.key})")
    out.print(f"complaint {found.complaint_id}")
    shown = table("Time", "+ ms", "Service", "What", right=("+ ms",))
    for column in shown.columns[:3]:
        column.no_wrap = True
    for hop in found.hops:
        what = Text(hop.what)
        if hop.detail:
            what.append(f"\n{hop.detail}", style="dim")
        passed = "" if hop.milliseconds is None else f"{hop.milliseconds:,.0f}"
        shown.add_row(_clock(hop, first.date(), zone), passed, hop.service, what)
    out.print(shown)
    for one in found.missing:
        out.print(Text(f"missing  {one.service}: {one.what}: {one.detail}", style="red"))
    if not found.missing:
        out.print("nothing is missing")


def _clock(hop: Any, first_day: Any, zone: ZoneInfo) -> str:
    at = hop.at.astimezone(zone)
    day = "" if at.date() == first_day else f"{at:%m-%d} "
    return f"{day}{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
