"""`tanggap agency`: by which ways agencies get their cases, and what their own systems need for that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from services.commands.agency_access import AgencyAccess, agency_access
from services.commands.agency_amqp import amqp
from services.commands.agency_tokens import token
from services.commands.agency_trial import trial
from services.commands.agency_webhook import webhook
from services.commands.inspection import data_option, json_option
from services.commands.rendering import console, print_json, table
from services.desk.directory import repository as repository_agencies
from services.desk.directory.repository import Entry
from services.desk.directory.ways import USUAL_ORDER, ways_of, with_wishes
from services.notifier.agency_setup import set_up
from shared.citypack import load_pack
from shared.messaging.agency_queues import AgencyQueue

_USUAL = "usual"


@click.group()
def agency() -> None:
    """By which ways agencies get their cases: queue, webhook, mail, SMS."""


agency.add_command(amqp)
agency.add_command(webhook)
agency.add_command(token)
agency.add_command(trial)


@agency.command("list")
@data_option
@json_option
@click.pass_obj
def list_agencies(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """All agencies and their ways, in the order in which they are tried."""
    with agency_access(options, data) as access:
        documents = _documents(access)
    if as_json:
        print_json({"agencies": documents})
        return
    shown = table("Code", "Name", "Ways")
    shown.columns[0].no_wrap = True
    for one in documents:
        shown.add_row(one["code"], one["name"], _ways_told(one))
    console().print(shown)


@agency.command()
@click.argument("code")
@data_option
@json_option
@click.pass_obj
def show(options: dict[str, Any], code: str, data: Path | None, as_json: bool) -> None:
    """One agency: its ways with their addresses, and what is set up for them."""
    with agency_access(options, data) as access:
        access.directory.find(code)
        document = next(one for one in _documents(access) if one["code"] == code)
        if "amqp" in document["endpoints"] and access.location.broker_url:
            queue = AgencyQueue(code)
            depths = access.broker.depths([queue.name, queue.dead])
            document["waiting"] = {name: depth.ready if depth else None for name, depth in depths.items()}
    if as_json:
        print_json(document)
    else:
        _show(document)


@agency.command()
@click.argument("code")
@click.argument("order", required=False)
@click.option("--language", help="In which messages are written to it; empty: the city's own.")
@click.option("--reminders", type=click.Choice(["yes", "no"]), help="Of cases that nobody there took note of.")
@data_option
@click.pass_obj
def ways(
    options: dict[str, Any], code: str, order: str | None, language: str | None, reminders: str | None,
    data: Path | None,
) -> None:  # fmt: skip
    """Say in which ORDER its ways are tried: `amqp,email`; one that is left out is not used. `usual`: the usual one."""
    channels = None if order is None else _order(order)
    if language:
        known = load_pack(Path(options["pack"])).notifications.languages
        if language not in known:
            raise click.UsageError(f"--language: there is wording in {', '.join(known)} only")
    wishes = with_wishes(channels, language, None if reminders is None else reminders == "yes")
    told = {"channels": channels, "language": language, "reminders": reminders}
    details = {name: value for name, value in told.items() if value is not None}
    if not details:
        raise click.UsageError("say what is to be different: ORDER, --language or --reminders")
    with agency_access(options, data) as access:
        entry = access.directory.apply(code, wishes, act="agency.ways", details=details)
    click.echo(f"{code}: {', '.join(ways_of(entry)) or 'no way'}; {_wishes_told(entry)}")


def _order(written: str) -> list[str]:
    if written == _USUAL:
        return []
    ways = [way.strip() for way in written.split(",")]
    unknown = [way for way in ways if way not in USUAL_ORDER]
    if unknown or len(set(ways)) < len(ways):
        raise click.UsageError(f"ORDER: each at most once of {', '.join(USUAL_ORDER)}, with commas between")
    return ways


def _documents(access: AgencyAccess) -> list[dict[str, Any]]:
    with access.notifier.database.read() as connection:
        ready = set_up(connection, access.clock.now())
    with access.desk.database.read() as connection:
        entries = repository_agencies.every(connection)
    now = access.clock.now()
    return [_document(entry, ready) for entry in entries if entry.valid_at(now)]


def _document(entry: Entry, ready: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    return {
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind,
        "ways": ways_of(entry),
        "endpoints": dict(entry.endpoints),
        "lacks": [way for way, agencies in ready.items() if way in entry.endpoints and entry.code not in agencies],
        "language": entry.language,
        "reminders": entry.reminders,
        "revision": entry.revision,
    }


def _ways_told(document: dict[str, Any]) -> Text:
    told = Text(", ".join(document["ways"]) or "-")
    for way in document["lacks"]:
        told.append(f" ({way}: not set up)", style="red")
    return told


def _show(document: dict[str, Any]) -> None:
    out = console()
    out.print(Text(f"{document['code']}  {document['name']} ({document['kind']})", style="bold"))
    for number, way in enumerate(document["ways"], start=1):
        lacking = "  not set up: see `tanggap agency {way} add`" if way in document["lacks"] else ""
        out.print(Text(f"{number}. {way:<8}{document['endpoints'][way]}{lacking.format(way=way)}"))
    for way in sorted(set(document["endpoints"]) - set(document["ways"])):
        out.print(Text(f"-  {way:<8}{document['endpoints'][way]}  not used", style="dim"))
    for name, count in document.get("waiting", {}).items():
        out.print(f"{name}: {'there is no such queue' if count is None else f'{count} waiting'}")
    out.print(f"language {document['language'] or 'of the city'}, reminders {'yes' if document['reminders'] else 'no'}")


def _wishes_told(entry: Entry) -> str:
    return f"language {entry.language or 'of the city'}, reminders {'yes' if entry.reminders else 'no'}"
