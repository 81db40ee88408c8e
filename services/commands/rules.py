"""`tanggap rules`: try rules before they bite, and put them in force."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from services.commands.environment import CommandGroup
from services.commands.inspection import data_option
from services.commands.rules_sources import PACK, rule_sources
from services.router.circumstances import assumed
from services.router.explain import explain_decision
from services.router.lint import lint_rules
from services.router.ruleset import pack_ruleset
from shared.citypack import CityPack, load_pack
from shared.clock import SystemClock
from shared.contracts.fields import Place

_LOADED_WHEN_CALLED = {
    "activate": "services.commands.rules_versions:activate_command",
    "diff": "services.commands.rules_diff:diff_command",
    "evaluate": "services.commands.rules_evaluate:evaluate_command",
    "suggest": "services.commands.rules_suggest:suggest_command",
    "status": "services.commands.rules_versions:status_command",
    "versions": "services.commands.rules_versions:versions_command",
}


@click.group(cls=CommandGroup, others=_LOADED_WHEN_CALLED)
def rules() -> None:
    """Keyword rules: check them, see why a text goes where, measure them, change them, and learn new ones."""


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
@click.option("--ruleset", default=PACK, show_default=True, metavar="WHICH",
              help="`active`, `pack`, a folder, or the beginning of a stored set's id.")  # fmt: skip
@click.option("--channel", default="", help="As if it came this way (sms, web …).")
@click.option("--kind", default="", help="As if it were of this kind (pengaduan …).")
@click.option("--hour", default="", metavar="HH:MM", help="As if it came at this time of day in the city.")
@data_option
@click.option("--json", "as_json", is_flag=True, help="The decision as stored with a case.")
@click.pass_obj
def explain(
    options: dict[str, Any], text: str, kelurahan: str | None, ruleset: str, channel: str, kind: str, hour: str,
    data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say where TEXT would go, and why."""
    with rule_sources(options, data) as sources:
        pack = sources.pack
        compiled, decide = sources.compile(sources.choose(ruleset))
    try:
        beside = assumed(channel, kind, hour, ZoneInfo(pack.city.timezone), SystemClock().now())
    except ValueError:
        raise click.BadParameter(f"`{hour}` is no time of day; write for instance 22:15", param_hint="--hour") from None
    decision = decide(text, Place(kelurahan=kelurahan), beside)
    if as_json:
        click.echo(json.dumps(decision.as_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(explain_decision(decision, text, compiled, {agency.code: agency.name for agency in pack.agencies}))


def _pack(options: dict[str, Any]) -> CityPack:
    return load_pack(Path(options["pack"]))
