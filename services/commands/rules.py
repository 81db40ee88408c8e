"""`tanggap rules`: try the rules of the pack before they bite."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from services.commands.environment import CommandGroup
from services.router.explain import explain_decision
from services.router.lint import lint_rules
from services.router.ruleset import decider, pack_ruleset
from shared.citypack import CityPack, load_pack
from shared.contracts.fields import Place

_LOADED_WHEN_CALLED = {
    "evaluate": "services.commands.rules_evaluate:evaluate_command",
    "suggest": "services.commands.rules_suggest:suggest_command",
}


@click.group(cls=CommandGroup, others=_LOADED_WHEN_CALLED)
def rules() -> None:
    """Keyword rules: check them, see why a text goes where, measure them, and learn new ones."""


@rules.command()
@click.pass_obj
def lint(options: dict[str, Any]) -> None:
    """Check every rule of the pack and run its examples. Exit code 1 when something must be mended."""
    pack = _pack(options)
    problems = lint_rules(pack.rule_files, pack)
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
    ruleset = pack_ruleset(pack)
    decision = decider(ruleset, pack)(text, Place(kelurahan=kelurahan))
    if as_json:
        click.echo(json.dumps(decision.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(explain_decision(decision, text, ruleset, {agency.code: agency.name for agency in pack.agencies}))


def _pack(options: dict[str, Any]) -> CityPack:
    return load_pack(Path(options["pack"]))
