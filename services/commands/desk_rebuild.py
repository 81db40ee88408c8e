"""`tanggap desk rebuild`: are the cases what their timelines make of them? Puts right what is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.progress import Progress

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option, looking_at
from services.commands.rendering import console, print_json
from services.desk.cases.rebuilding import Batch, Difference, Rebuilding
from services.desk.deadlines.keeping import Deadlines
from services.desk.statistics.keeping import FigureKeeping
from services.desk.tables import messaging
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.storage.bells import Bells
from shared.timers import Timers

_MOST_SHOWN = 50


@click.command()
@click.argument("ticket", required=False, default="")
@click.option("--repair", is_flag=True, help="Put right what differs: row and deadlines follow the timeline.")
@data_option
@json_option
@click.pass_obj
def rebuild(options: dict[str, Any], ticket: str, repair: bool, data: Path | None, as_json: bool) -> None:
    """Make every case (or the one with TICKET) anew from its timeline and compare it with what is stored.

    Changes nothing without --repair. Words and photos are no part of it. Ends with 1 when something is left that
    differs. May run beside a working desk.
    """
    pack, clock = load_pack(Path(options["pack"])), SystemClock()
    with looking_at(options, data) as installation:
        database = installation.members["desk"].database
        timers = Timers("desk", messaging, clock=clock, bells=Bells())
        figures = FigureKeeping(ZoneInfo(pack.city.timezone))
        rebuilding = Rebuilding(database, Deadlines(timers, pack.deadlines, pack.calendar, clock), figures)
        seen, found = _run(rebuilding, ticket, repair, quiet=as_json)
    left = [one for one in found if not one.repaired]
    if as_json:
        print_json({"cases": seen, "differing": len(found), "repaired": len(found) - len(left), "left": _told(left)})
    else:
        _show(seen, found, ticket)
    sys.exit(ATTENTION if left else ALL_WELL)


def _run(rebuilding: Rebuilding, ticket: str, repair: bool, *, quiet: bool) -> tuple[int, list[Difference]]:
    seen = 0
    found: list[Difference] = []
    with Progress(console=console(), transient=True, disable=quiet) as progress:
        task = progress.add_task("cases", total=1 if ticket else rebuilding.count())
        batch: Batch
        for batch in rebuilding.compare(ticket=ticket, repair=repair):
            seen, found = seen + batch.seen, [*found, *batch.differences]
            progress.advance(task, batch.seen)
    return seen, found


def _told(differences: list[Difference]) -> list[dict[str, Any]]:
    return [{"ticket": one.ticket, "fields": list(one.fields), "problem": one.problem} for one in differences]


def _show(seen: int, found: list[Difference], ticket: str) -> None:
    out = console()
    for one in found[:_MOST_SHOWN]:
        what = one.problem or ", ".join(one.fields)
        out.print(f"{one.ticket}  {'repaired: ' if one.repaired else ''}{what}", highlight=False)
    if len(found) > _MOST_SHOWN:
        out.print(f"… and {len(found) - _MOST_SHOWN} more (--json tells all)")
    if not seen:
        out.print(f"there is no case {ticket}" if ticket else "there are no cases yet")
        return
    left = sum(not one.repaired for one in found)
    repaired = f", {len(found) - left} repaired" if len(found) > left else ""
    out.print(f"{seen} cases made anew from their timelines: {len(found)} differ{repaired}")
    if any(not one.repaired and not one.problem for one in found):
        out.print("→ tanggap desk rebuild --repair")
