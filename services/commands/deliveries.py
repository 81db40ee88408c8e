"""`tanggap deliveries`: what was sent to whom, what came back, and what a person does about it."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.deliveries_access import deliveries_access
from services.commands.deliveries_attention import alerts, clear, destinations, suppressed, unsuppress
from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option
from services.commands.rendering import age_at, console, print_json, short_id, table
from services.notifier.delivery import CHANNELS
from services.notifier.internal.asking import plain
from services.notifier.listing import MOST, STATES, Wanted
from shared.errors import Refused

_SPANS = {"h": "hours", "d": "days", "w": "weeks"}
_COLOURS = {"failed": "red", "uncertain": "red", "pending": "yellow", "sending": "yellow"}


@click.group()
def deliveries() -> None:
    """Messages to citizens and agencies. An ID may be given by its end."""


for _command in (alerts, clear, destinations, suppressed, unsuppress):
    deliveries.add_command(_command)


@deliveries.command("list")
@click.option("--state", type=click.Choice(list(STATES)))
@click.option("--channel", type=click.Choice([*CHANNELS, "any", "none"]))
@click.option("--reason", default="", help="Code of the end, or of the last problem.")
@click.option("--recipient", default="", help="`citizen`, or an agency's code.")
@click.option("--ticket", default="", help="Of the complaint.")
@click.option(
    "--since", default="30d", show_default=True, help="Planned in the last hours, days or weeks: 12h, 7d, 4w."
)
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True)
@data_option
@json_option
@click.pass_obj
def list_deliveries(options: dict[str, Any], /, data: Path | None, as_json: bool, **chosen: Any) -> None:
    """List them, the newest first."""
    with deliveries_access(options, data) as access:
        now = access.spine.clock.now()
        wanted = Wanted(
            state=chosen["state"] or "", channel=chosen["channel"] or "", reason=chosen["reason"],
            recipient=chosen["recipient"], ticket=chosen["ticket"], since=now - _span(chosen["since"]),
        )  # fmt: skip
        rows = access.newest(wanted, chosen["limit"])
    if as_json:
        print_json({"deliveries": plain(rows)})
    elif rows:
        console().print(_as_table(rows, now))
        console().print(f"{len(rows)} shown; look: tanggap deliveries show ID")
    else:
        click.echo("no such deliveries")


@deliveries.command()
@click.argument("delivery_id", metavar="ID")
@click.option("--reveal", is_flag=True, help="What it says, in words. Recorded with --because.")
@click.option("--because", default="", help="Why you read it.")
@data_option
@json_option
@click.pass_obj
def show(
    options: dict[str, Any], delivery_id: str, reveal: bool, because: str, data: Path | None, as_json: bool
) -> None:
    """Show the delivery ID: every attempt, report and act. What it says is a size unless --reveal is given."""
    if reveal and not because.strip():
        raise click.UsageError('--reveal needs a reason, and it will be recorded: --because "..."')
    with deliveries_access(options, data) as access:
        story = access.story(access.find(delivery_id), because=because if reveal else "")
    shown = plain(story if reveal else {**story, "data": _sizes(story["data"])})
    if as_json:
        print_json(shown)
    else:
        _show(shown)


@deliveries.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--because", required=True, help="Recorded with the act.")
@click.option("--yes", "sure", is_flag=True, help="Also those that may have arrived already.")
@data_option
@json_option
@click.pass_obj
def retry(
    options: dict[str, Any], ids: tuple[str, ...], because: str, sure: bool, data: Path | None, as_json: bool
) -> None:
    """Send the deliveries ID again, from the start. What is uncertain may arrive twice, and needs --yes."""
    _settle(
        options, ids, data, as_json, "will be sent again", lambda access, one: access.retry(one, because, sure=sure)
    )


@deliveries.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--because", required=True, help="Recorded with the act.")
@data_option
@json_option
@click.pass_obj
def cancel(options: dict[str, Any], ids: tuple[str, ...], because: str, data: Path | None, as_json: bool) -> None:
    """Cancel the deliveries ID, as long as they wait. They can be sent again later."""
    _settle(options, ids, data, as_json, "cancelled", lambda access, one: access.cancel(one, because))


def _settle(
    options: dict[str, Any], ids: tuple[str, ...], data: Path | None, as_json: bool, done: str, act: Any
) -> None:
    """Each in a transaction of its own: what one refuses keeps no other back. Code 1 when any was refused."""
    results = []
    with deliveries_access(options, data) as access:
        for given in ids:
            result = {"given": given, "id": "", "ok": False, "code": "", "told": done}
            try:
                result["id"] = access.find(given)
                act(access, result["id"])
                result["ok"] = True
            except Refused as error:
                result |= {"code": error.code, "told": _refusal(error)}
            results.append(result)
    if as_json:
        print_json({"deliveries": results})
    else:
        for result in results:
            click.echo(f"{result['id'] or result['given']}: {result['told']}", err=not result["ok"])
    sys.exit(ALL_WELL if all(result["ok"] for result in results) else ATTENTION)


def _refusal(error: Refused) -> str:
    if error.code == "may_arrive_twice":
        return (
            "NOT SENT. Nobody knows whether it arrived: sent again it may arrive TWICE. "
            "If that is better than not at all, say --yes"
        )
    return error.message


def _span(text: str) -> timedelta:
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 6 and unit in _SPANS):
        raise click.UsageError("--since: write a number of hours, days or weeks: 12h, 7d, 4w")
    return timedelta(**{_SPANS[unit]: int(number)})


def _as_table(rows: list[dict[str, Any]], now: datetime) -> Any:
    shown = table("Id", "Planned", "Message", "To", "State")
    for column in shown.columns[:2]:
        column.no_wrap = True
    for row in rows:
        problem = row["last_problem"] if row["state"] in ("pending", "sending") else row["reason"]
        state = Text(row["state"], style=_COLOURS.get(row["state"], ""))
        state.append(f"\n{problem}" if problem else "", style="dim")
        to = f"{row['recipient']}\n{row['channel']}"
        shown.add_row(
            short_id(row["delivery_id"]),
            age_at(row["planned_at"], now),
            f"{row['message']}\n{row['ticket']}",
            to,
            state,
        )
    return shown


def _show(story: dict[str, Any]) -> None:
    out = console()
    lists = ("attempts_made", "reports", "acts", "data", "suppressed")
    for name, value in story.items():
        if name not in lists:
            shown = ", ".join(value) if isinstance(value, list) else value
            out.print(Text(f"{name.replace('_', ' '):<14}{shown if shown not in (None, '') else '-'}"))
    for name in ("attempts_made", "reports", "acts"):
        for row in story[name]:
            out.print(Text(f"{name.split('_')[0].removesuffix('s')}:", style="bold"), Text(_line(row)))
    said = "   ".join(f"{name}: {value}" for name, value in story["data"].items())
    out.print(Text("says:", style="bold"), Text(said or "what it said is kept no longer"))
    if story["suppressed"]:
        out.print(Text(f"its bounce closed the address: {', '.join(story['suppressed'])}", style="yellow"))


def _line(row: dict[str, Any]) -> str:
    left_out = ("attempt_id", "seq", "subject", "details")
    return "  ".join(
        f"{name}={value}" for name, value in row.items() if name not in left_out and value not in (None, "")
    )


def _sizes(data: dict[str, Any]) -> dict[str, str]:
    """Of what it says: the words stay closed."""
    return {name: f"<{len(str(value))} signs>" for name, value in data.items()}
