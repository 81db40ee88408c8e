"""`tanggap queues`: what waits where."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, CANNOT_LOOK, data_option, json_option, looking_at
from services.commands.rendering import age, console, number, print_json, table
from services.operations.queues import STUCK_SECONDS, Counts, QueueCounts, count_all


@click.command()
@data_option
@json_option
@click.pass_obj
def queues(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """Count what waits: outboxes, inboxes, queues, deliveries. Code 1 when something is dead, stuck or parked."""
    with looking_at(options, data) as installation:
        counts = count_all(installation)
    if as_json:
        print_json(counts.as_dict())
    else:
        _show(counts)
    if counts.broker_problem:
        click.echo(f"tanggap: {counts.broker_problem}", err=True)
        sys.exit(CANNOT_LOOK)
    sys.exit(ATTENTION if counts.attention else ALL_WELL)


def _show(counts: Counts) -> None:
    out = console()
    out.print(_services(counts))
    if counts.mode != "embedded":
        out.print(_queues(counts))
    states = ", ".join(f"{count} {state}" for state, count in counts.deliveries.items())
    out.print(f"Deliveries: {states or 'none yet'}")
    for sentence in counts.attention:
        out.print(Text(f"! {sentence}", style="red"))


def _services(counts: Counts) -> Any:
    columns = ("Service", "Unsent", "Oldest", "Trying", "Due", "Later", "Oldest retry", "Dead", "Leases")
    shown = table(*columns, right=columns[1:])
    for one in counts.services:
        stuck = (one.oldest_unpublished_seconds or 0) > STUCK_SECONDS
        shown.add_row(
            one.service, number(one.unpublished, alarm=stuck), age(one.oldest_unpublished_seconds),
            number(one.trying), number(one.retrying_due), number(one.retrying_later),
            age(one.oldest_retrying_seconds), number(one.dead, alarm=True), number(one.leases),
        )  # fmt: skip
    return shown


def _queues(counts: Counts) -> Any:
    """The nodes that keep a queue are shown where one of them is told."""
    columns, right = ["Queue", "Waiting", "Consumers", "Parked"], ("Waiting", "Consumers", "Parked", "Nodes")
    of_nodes = any(one.members for one in counts.queues)
    shown = table(*columns, *(("Nodes", "Leader") if of_nodes else ()), right=right)
    for one in counts.queues:
        name = Text(one.queue)
        if one.missing:
            name.append("  missing", style="bold red")
        shown.add_row(
            name, number(one.depth, alarm=one.consumers == 0), number(one.consumers), number(one.parked, alarm=True),
            *(_nodes(one) if of_nodes else ()),
        )  # fmt: skip
    return shown


def _nodes(one: QueueCounts) -> tuple[Text, str]:
    all_there = one.online == one.members
    there = f"{one.online if one.online is not None else '?'}/{one.members or '?'}"
    return Text(there, style="" if all_there else "bold red"), (one.leader or "?").removeprefix("rabbit@")
