"""`tanggap pack import`: a pack's rules put in force, its agencies brought into the directory."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import ALL_WELL, ATTENTION, data_option
from services.commands.pack_agencies import bring_in, counted_agencies, differing, directory_lines, show_agencies
from services.commands.rules_diff import show_changes
from services.commands.rules_sources import ACTIVE, RuleSources, rule_sources
from services.commands.rules_versions import ROLE, expected, put_in_force, tell_outcome
from services.operations.installation import CannotLook
from services.operations.letters import operator
from services.router import repository
from services.router.rule_changes import compare_files
from services.router.rule_files import files_of, whole
from services.router.versions import Act
from shared.citypack import PackError

_HEARD_SECONDS = 10.0


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
@click.option("--dry-run", is_flag=True, help="Only show what would change. Code 1 when something would.")
@click.option("--by", help="Who wants it (default: the operating system's user).")
@click.option("--because", default="", help="Why; kept with the rules. Needed unless --dry-run.")
@click.option("--take", multiple=True, metavar="CODE", help="Take the pack's entry of this agency over the desk's.")
@click.option("--expect", metavar="ID", help="Only if this rule set is active (default: what is when it begins).")
@data_option
@click.pass_obj
def import_command(
    options: dict[str, Any], folder: Path | None, dry_run: bool, by: str | None, because: str, take: tuple[str, ...],
    expect: str | None, data: Path | None,
) -> None:  # fmt: skip
    """Bring in the pack in FOLDER (default: the pack of --pack), while everything runs.

    New and changed agencies come into the desk's directory, then rules and spellings are put in force, if lint passes.
    What people changed at the desk stays, unless --take names it. Areas, wording and the city itself are read from
    the pack by each service when it starts; they are not imported.
    """
    if not dry_run and not because.strip():
        raise click.UsageError("--because '…' is needed; or look first, with --dry-run")
    with rule_sources(options, data, folder) as sources:
        _check(sources)
        unknown = sorted(set(take) - {agency.code for agency in sources.pack.agencies})
        if unknown:
            raise CannotLook(f"--take: the pack has no agency {', '.join(unknown)}")
        active_before = expected(sources, expect)
        would = _show_plan(sources, frozenset(take))
        if dry_run:
            click.echo("nothing was changed (--dry-run)" if would else "nothing would change")
            sys.exit(ATTENTION if would else ALL_WELL)
        who = by or operator()
        lines = bring_in(sources, by=who, because=because, take=frozenset(take))
        come = [line.code for line in lines if line.comes_in(frozenset(take))]
        if come:
            click.echo(f"{counted_agencies(len(come))} brought in: {' '.join(come)}")
            _await_heard(sources, come)
        act = Act(who, ROLE, because)
        tell_outcome(put_in_force(sources.versions, files_of(sources.pack), None, act, active_before))


def _check(sources: RuleSources) -> None:
    """Ends the command with code 1 and every mistake of the pack, before anything is changed."""
    try:
        problems = sources.versions.lint(files_of(sources.pack))
        errors = [str(problem) for problem in problems if problem.level == "error"]
    except PackError as error:
        errors = error.message.splitlines()[1:]
    if errors:
        click.echo("The pack has mistakes, nothing was changed:\n" + "\n".join(errors), err=True)
        sys.exit(ATTENTION)


def _show_plan(sources: RuleSources, take: frozenset[str]) -> bool:
    """Whether anything would change."""
    lines = differing(directory_lines(sources))
    show_agencies(lines)
    forced = sorted(line.code for line in lines if line.gives_way(take))
    if forced:
        click.echo(f"the desk's changes to {', '.join(forced)} are given up for the pack's (--take)")
    pack_files = files_of(sources.pack)
    if sources.versions.in_force() is None:
        click.echo("no rule set is active yet: the pack's would be the first")
        return True
    active = sources.choose(ACTIVE)
    changes = compare_files(active.files, pack_files, sources.pack)
    show_changes(changes)
    return (
        bool(changes) or whole(active.files, sources.pack) != pack_files or any(line.comes_in(take) for line in lines)
    )


def _await_heard(sources: RuleSources, codes: list[str]) -> None:
    """Until the router knows the agencies that its new rules may name; to those unknown it would route nothing.

    Where no router runs there is nobody to wait for, and this only takes its time.
    """
    until = time.monotonic() + _HEARD_SECONDS
    while time.monotonic() < until:
        with sources.versions.database.read() as connection:
            known = {agency.code for agency in repository.known_agencies(connection)}
        if known.issuperset(codes):
            return
        time.sleep(0.2)
    click.echo("no router has heard of the new agencies yet; until one has, their complaints go to triage", err=True)
