"""Commands of `tanggap deliveries` about what needs attention: alerts, suppressed addresses, destinations away."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from services.commands.deliveries_access import deliveries_access
from services.commands.inspection import ALL_WELL, ATTENTION, data_option, environment_with, json_option
from services.commands.rendering import age_at, console, print_json, short_id, table
from services.commands.running_notifier import running_notifier
from services.notifier.delivery import CHANNELS
from services.notifier.internal.asking import plain

_ANSWER_SECONDS = 10.0


@click.command()
@data_option
@json_option
@click.pass_obj
def alerts(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """What somebody is to see to. Code 1 when there is any."""
    with deliveries_access(options, data) as access:
        found, now = access.open_alerts(), access.spine.clock.now()
    if as_json:
        print_json({"ok": not found, "alerts": plain(found)})
    elif found:
        shown = table("Id", "Since", "Last", "What", "Count", right=("Count",))
        for one in found:
            what = f"{one['kind']} {one['subject']}\n{one['details'].get('reason', '')}".rstrip()
            ages = age_at(one["first_at"], now), age_at(one["last_at"], now)
            shown.add_row(short_id(one["alert_id"]), *ages, what, str(one["count"]))
        console().print(shown)
        console().print("seen to: tanggap deliveries clear ID --because ...")
    else:
        click.echo("no open alerts")
    sys.exit(ATTENTION if found else ALL_WELL)


@click.command()
@click.argument("alert_id", metavar="ID")
@click.option("--because", required=True, help="Recorded with the act.")
@data_option
@click.pass_obj
def clear(options: dict[str, Any], alert_id: str, because: str, data: Path | None) -> None:
    """Mark the alert ID as seen to. The same trouble again raises a new one."""
    with deliveries_access(options, data) as access:
        done = access.clear(alert_id, because)
    click.echo(f"{alert_id}: {'cleared' if done else 'no open alert has this id'}", err=not done)
    sys.exit(ALL_WELL if done else ATTENTION)


@click.command()
@data_option
@json_option
@click.pass_obj
def suppressed(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """Addresses that nothing is sent to any more: of agencies by their code, of citizens by a key that names nobody."""
    with deliveries_access(options, data) as access:
        found, now = access.suppressed(), access.spine.clock.now()
    if as_json:
        print_json({"suppressions": plain(found)})
    elif found:
        shown = table("Channel", "Key", "Since", "Why")
        for one in found:
            why = f"{one['reason']}, delivery {short_id(one['delivery_id'])}"
            shown.add_row(one["channel"], one["key"], age_at(one["since"], now), why)
        console().print(shown)
        console().print("send there again: tanggap deliveries unsuppress CHANNEL KEY --because ...")
    else:
        click.echo("no address is suppressed")


@click.command()
@click.argument("channel", type=click.Choice(list(CHANNELS)))
@click.argument("key")
@click.option("--because", required=True, help="Recorded with the act.")
@data_option
@click.pass_obj
def unsuppress(options: dict[str, Any], channel: str, key: str, because: str, data: Path | None) -> None:
    """Send to the address KEY (an agency's code, or a citizen's key) by CHANNEL again."""
    with deliveries_access(options, data) as access:
        done = access.lift(channel, key, because)
    click.echo(f"{channel} {key}: {'is sent to again' if done else 'is not suppressed'}", err=not done)
    sys.exit(ALL_WELL if done else ATTENTION)


@click.command()
@data_option
@json_option
@click.pass_obj
def destinations(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """What the running notifier does not reach now, and when it tries again. Code 1 when there is any."""
    client = running_notifier(environment_with(options, data), timeout_seconds=_ANSWER_SECONDS)
    found = client.get("/destinations")["destinations"]
    if as_json:
        print_json({"ok": not found, "destinations": found})
    elif found:
        shown = table("Destination", "Since", "Failures", "Problem", "Next try", right=("Failures",))
        for one in found:
            shown.add_row(one["key"], one["since"], str(one["failures"]), one["problem"], one["next_probe_at"])
        console().print(shown)
    else:
        click.echo("every destination is reached, as far as this notifier has tried")
    sys.exit(ATTENTION if found else ALL_WELL)
