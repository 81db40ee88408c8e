"""`tanggap rules versions`, `status` and `activate`: which rules decide, since when, by whom, and putting others in
force."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option
from services.commands.rendering import console, print_json, table
from services.commands.rules_sources import PACK, RuleSources, rule_sources
from services.operations.installation import CannotLook
from services.operations.letters import operator
from services.operations.sentences import counted
from services.router.repository_rules import REFUSED, Activation, Adoption, Stored
from services.router.rule_files import compile_files, files_of
from services.router.versions import Act, Ending, NotAsExpected, Outcome, RulesRefused, Versions
from shared.errors import Refused

ROLE = "operator"
_MOST_SHOWN = 30


@click.command("versions")
@data_option
@json_option
@click.pass_obj
def versions_command(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """List every stored rule set: when it came in, when it was put in force, by whom and why."""
    with rule_sources(options, data) as sources:
        stored, history = sources.versions.listed()
        zone = ZoneInfo(sources.pack.city.timezone)
    if as_json:
        print_json(_document(stored, history))
    else:
        _show(stored, history, zone)


def _document(stored: list[Stored], history: list[Activation]) -> dict[str, Any]:
    active = history[0].ruleset if history else None
    versions = [
        {
            "ruleset": one.ruleset,
            "active": one.ruleset == active,
            "imported_at": one.imported_at.isoformat(),
            "imported_by": one.imported_by,
            "activations": [_activation(act) for act in history if act.ruleset == one.ruleset],
        }
        for one in stored
    ]
    return {"active": active, "versions": versions}


def _show(stored: list[Stored], history: list[Activation], zone: ZoneInfo) -> None:
    active = history[0].ruleset if history else None
    shown = table("Rule set", "Came in", "By", "In force since", "By", "Why")
    for one in stored[:_MOST_SHOWN]:
        last = next((act for act in history if act.ruleset == one.ruleset), None)
        shown.add_row(
            Text(one.ruleset, style="bold green" if one.ruleset == active else ""),
            f"{one.imported_at.astimezone(zone):%Y-%m-%d %H:%M}",
            Text(one.imported_by),
            f"{last.at.astimezone(zone):%Y-%m-%d %H:%M}" if last else "-",
            Text(last.actor if last else "-"),
            Text(last.reason if last else "-"),
        )
    out = console()
    out.print(shown)
    out.print(f"{counted(len(stored), 'rule set')}; active: {active or 'none'}")


@click.command("status")
@data_option
@json_option
@click.pass_obj
def status_command(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """Say which rule set decides, and which routers follow. Code 1 when one refused it, or none is active."""
    with rule_sources(options, data) as sources:
        active = sources.versions.in_force()
        adoptions = sources.versions.adoptions(active.number) if active else []
        of_pack = compile_files(files_of(sources.pack), sources.pack).id
        zone = ZoneInfo(sources.pack.city.timezone)
    refused = [one for one in adoptions if one.outcome == REFUSED]
    if as_json:
        routers = [
            {"process": one.process, "at": one.at.isoformat(), "outcome": one.outcome, "detail": one.detail}
            for one in adoptions
        ]
        print_json({"active": _activation(active) if active else None, "pack": of_pack, "routers": routers})
    elif active is None:
        click.echo("no rule set is active yet; start the router once, or: tanggap rules activate pack --because '…'")
    else:
        click.echo(f"active  {active.ruleset}  since {active.at.astimezone(zone):%Y-%m-%d %H:%M:%S} by {active.actor}")
        click.echo(f"why     {active.reason}")
        click.echo(f"pack    {of_pack}  {'the same' if of_pack == active.ruleset else 'different: tanggap rules diff'}")
        _show_routers(adoptions, active)
    sys.exit(ATTENTION if refused or active is None else ALL_WELL)


@click.command("activate")
@click.argument("what", default=PACK)
@click.option("--by", help="Who wants it (default: the operating system's user).")
@click.option("--because", required=True, help="Why; kept with the rules.")
@click.option("--expect", metavar="ID", help="Only if this set is active (default: what is when it begins).")
@click.option("--wait", type=click.FloatRange(0, 60), default=3.0, show_default=True, metavar="SECONDS",
              help="Wait so long at most for a router to take it.")  # fmt: skip
@data_option
@json_option
@click.pass_obj
def activate_command(
    options: dict[str, Any], what: str, by: str | None, because: str, expect: str | None, wait: float,
    data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Put a rule set in force: the pack's, that of a folder, or a stored one by its id (so an older one: undo).

    Running routers take it within two seconds, without restart. Code 1 when lint finds errors, or when another set is
    active than expected; then nothing was changed.
    """
    with rule_sources(options, data) as sources:
        chosen = sources.choose(what)
        act = Act(by or operator(), ROLE, because)
        outcome = put_in_force(sources.versions, chosen.files, chosen.ruleset, act, expected(sources, expect))
        adoptions = _await_adoption(sources.versions, wait)
    if as_json:
        print_json({
            "outcome": str(outcome.ending), "ruleset": outcome.ruleset, "previous": outcome.previous,
            "stored": outcome.stored, "routers": [{"process": a.process, "outcome": a.outcome} for a in adoptions],
        })  # fmt: skip
    else:
        tell_outcome(outcome)
        if outcome.ending is Ending.ACTIVATED:
            _tell_routers(adoptions)
    sys.exit(ATTENTION if any(one.outcome == REFUSED for one in adoptions) else ALL_WELL)


def expected(sources: RuleSources, expect: str | None) -> str | None:
    """The id that has to be active: what was asked for, or what is active now."""
    active = sources.versions.in_force()
    if expect is None:
        return active.ruleset if active else None
    return active.ruleset if active and len(expect) >= 4 and active.ruleset.startswith(expect.lower()) else expect


def put_in_force(
    versions: Versions, files: Any, ruleset: str | None, act: Act, expected_id: str | None
) -> Outcome:  # fmt: skip
    """Ends the command with code 1 and the reasons when it is refused."""
    try:
        return versions.activate(files, act, expected=expected_id, ruleset=ruleset)
    except (RulesRefused, NotAsExpected, Refused) as error:
        click.echo(f"tanggap: {error.message}", err=True)
        if isinstance(error, RulesRefused):
            click.echo("Mend the files and try again; `tanggap rules lint` says all of it.", err=True)
        sys.exit(ATTENTION)


def tell_outcome(outcome: Outcome) -> None:
    if outcome.ending is Ending.ALREADY_ACTIVE:
        more = "; its comments and examples were brought up to date" if outcome.stored == "reworded" else ""
        click.echo(f"{outcome.ruleset} is active already{more}")
        return
    click.echo(f"{outcome.ruleset} is active now; before: {outcome.previous or 'none'}")
    if outcome.previous:
        click.echo(f"To undo: tanggap rules activate {outcome.previous} --because '…'")


def _await_adoption(versions: Versions, seconds: float) -> list[Adoption]:
    """Reports of routers about what is active, as soon as there are any."""
    active, until = versions.in_force(), time.monotonic() + seconds
    if active is None:
        raise CannotLook("no rule set is active")
    while True:
        found = versions.adoptions(active.number)
        if found or time.monotonic() >= until:
            return found
        time.sleep(0.1)


def _tell_routers(adoptions: list[Adoption]) -> None:
    if not adoptions:
        click.echo("No router has taken it yet; one that is not running will when it starts. See: tanggap rules status")
    for one in adoptions:
        told = "taken by" if one.outcome != REFUSED else "REFUSED by"
        click.echo(f"{told} {one.process}" + (f": {one.detail}" if one.detail else ""))


def _show_routers(adoptions: list[Adoption], active: Activation) -> None:
    if not adoptions:
        click.echo("no router has reported yet that it took it")
        return
    shown = table("Router", "Outcome", "After", "Detail", right=("After",))
    for one in adoptions:
        style = "red" if one.outcome == REFUSED else "green"
        after = f"{max(0.0, (one.at - active.at).total_seconds()):.1f} s"
        shown.add_row(Text(one.process), Text(one.outcome, style=style), after, Text(one.detail or "-"))
    console().print(shown)


def _activation(one: Activation) -> dict[str, Any]:
    return {"ruleset": one.ruleset, "at": one.at.isoformat(), "by": one.actor, "role": one.role, "because": one.reason}
