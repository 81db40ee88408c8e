"""`tanggap rules`: try the rules of the pack before they bite."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from services.router.lint import lint_rules
from services.router.ruleset import decider, pack_ruleset
from shared.citypack import CityPack, load_pack
from shared.contracts.fields import Place


@click.group()
def rules() -> None:
    """Keyword rules: check them, and see why a text goes where."""


@rules.command()
@click.pass_obj
def lint(options: dict[str, Any]) -> None:
    """Check every rule of the pack and run its examples. Exit code 1 when something must be mended."""
    pack = _pack(options)
    problems = lint_rules(pack)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(1 for problem in problems if problem.level == "error")
    ruleset = "" if errors else f", rule set {pack_ruleset(pack).id}"
    click.echo(f"{len(pack.rule_files)} files{ruleset}: {errors} errors, {len(problems) - errors} warnings")
    sys.exit(1 if errors else 0)


@rules.command()
@click.argument("text")
@click.option("--kelurahan", help="The place chosen in the form, if any.")
@click.option("--json", "as_json", is_flag=True, help="The decision as stored with a case.")
@click.pass_obj
def explain(options: dict[str, Any], text: str, kelurahan: str | None, as_json: bool) -> None:
    """Say where TEXT would go, and why."""
    pack = _pack(options)
    decision = decider(pack_ruleset(pack), pack)(text, Place(kelurahan=kelurahan)).as_dict()
    if as_json:
        click.echo(json.dumps(decision, ensure_ascii=False, indent=2))
        return
    _print_decision(decision, text, pack)


def _pack(options: dict[str, Any]) -> CityPack:
    return load_pack(Path(options["pack"]))


def _print_decision(decision: dict[str, Any], text: str, pack: CityPack) -> None:
    console = Console(highlight=False)
    names = {agency.code: agency.name for agency in pack.agencies}
    agency = decision["agency"]
    goal = f"{agency} ({names.get(agency, '?')})" if agency else "a person decides (triage)"
    console.print(f"[bold]{decision['outcome']}[/bold]: {goal}   reason: {decision['reason']}")
    if decision["also"]:
        console.print(f"copies to: {', '.join(decision['also'])}")
    place = decision["place"]
    if place:
        console.print("place: " + ", ".join(str(part) for part in place.values() if part))
    console.print(f"score {decision['score']}, ahead by {decision['margin']}, rule set {decision['ruleset']}")
    if decision["reasons"]:
        table = Table("weight", "phrase", "in the text", "rule", box=None, pad_edge=False)
        for reason in decision["reasons"]:
            seen = text[reason["start"] : reason["end"]]
            table.add_row(str(reason["weight"]), reason["phrase"], seen, reason["rule"])
        console.print(table)
    if decision["alternatives"]:
        others = ", ".join(f"{other['agency']} {other['score']}" for other in decision["alternatives"])
        console.print(f"other candidates: {others}")
