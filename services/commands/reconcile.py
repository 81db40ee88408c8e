"""`tanggap reconcile`: is everything that was accepted where it has to be?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option, looking_at
from services.commands.rendering import age, console, print_json, progress_console, short_id, table
from services.operations.last_runs import leave_reconcile
from services.operations.reconcile import Findings, Progress, find_differences, mend, told
from services.operations.repair import Repaired
from services.operations.sentences import counted

_MOST_SHOWN = 50


@click.command()
@click.option("--repair", is_flag=True, help="Publish again what never arrived. Safe while everything runs.")
@click.option(
    "--older-than", type=click.FloatRange(min=0), default=60.0, show_default=True, metavar="SECONDS",
    help="Look only at what is older.",
)  # fmt: skip
@click.option(
    "--wait", type=click.FloatRange(min=0), default=30.0, show_default=True, metavar="SECONDS",
    help="After --repair: wait so long for the differences to close.",
)  # fmt: skip
@data_option
@json_option
@click.pass_obj
def reconcile(
    options: dict[str, Any], repair: bool, older_than: float, wait: float, data: Path | None, as_json: bool
) -> None:
    """Compare all services: what was accepted must be decided, a case, and told. Code 1 when differences are left."""
    with looking_at(options, data) as installation, _telling() as progress:
        found = left = find_differences(installation, older_than, progress)
        repaired = None
        if repair and not found.clean:
            repaired, left = mend(
                installation, found, wait_seconds=wait, older_than_seconds=older_than, progress=progress
            )
        leave_reconcile(installation.location, installation.clock, differences=len(left.differences))
    if as_json:
        document = found.as_dict()
        document["repaired"] = repaired.as_dict() if repaired else None
        document["left"] = [one.as_dict(left.at) for one in left.differences]
        document["ok"] = left.clean
        print_json(document)
    else:
        _show(found, repaired, left, older_than)
    sys.exit(ALL_WELL if left.clean else ATTENTION)


@contextmanager
def _telling() -> Iterator[Progress]:
    """A line that moves, on a terminal only."""
    with progress_console().status("comparing") as status:
        yield lambda sentence: status.update(sentence)


def _show(found: Findings, repaired: Repaired | None, left: Findings, older_than: float) -> None:
    out = console()
    out.print(
        f"{counted(found.complaints, 'complaint')}, {counted(found.messages, 'message')}, "
        f"{counted(found.deliveries, 'delivery', 'deliveries')} compared in {found.seconds:.1f} s"
    )
    if older_than:
        out.print(f"what is younger than {older_than:g} s is left out: it may be on its way")
    if found.clean:
        out.print("no differences")
        return
    _list(found)
    if repaired is None:
        mendable = sum(one.repairable for one in found.differences)
        if mendable:
            out.print(f"{mendable} can be mended: tanggap reconcile --repair")
        return
    out.print(
        f"repaired: {counted(repaired.messages, 'message')} published again, "
        f"{counted(repaired.forgotten, 'inbox row')} forgotten"
    )
    if left.clean:
        out.print("no differences are left")
    else:
        out.print(Text(f"{counted(len(left.differences), 'difference')} left:", style="red"))
        _list(left)


def _list(findings: Findings) -> None:
    out = console()
    shown = table("Ticket", "What", "Age", "Message")
    for column in (shown.columns[0], shown.columns[2], shown.columns[3]):
        column.no_wrap = True
    for one in findings.differences[:_MOST_SHOWN]:
        what = Text(one.kind, style="bold" if one.repairable else "bold yellow")
        what.append(f"\n{one.detail}", style="not bold")
        why = told(one.culprit)
        if why:
            what.append(f"\n{why}", style="not bold dim")
        seconds = (findings.at - one.since).total_seconds()
        shown.add_row(one.ticket or "-", what, age(seconds), short_id(one.culprit.message_id) or "-")
    out.print(shown)
    more = len(findings.differences) - _MOST_SHOWN
    if more > 0:
        out.print(f"… and {more:,} more (all of them with --json)")
    counts = ", ".join(f"{count:,} {kind}" for kind, count in findings.counts.items())
    out.print(f"{counted(len(findings.differences), 'difference')}: {counts}")
