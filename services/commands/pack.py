"""`tanggap pack`: between the folder of a pack and what the running system holds."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from services.commands.environment import CommandGroup
from services.commands.inspection import ALL_WELL, ATTENTION, data_option, json_option
from services.commands.pack_agencies import differing, directory_lines, show_agencies
from services.commands.rendering import print_json
from services.commands.rules_sources import ACTIVE, rule_sources
from services.router.rule_files import Files, files_of, whole

_LOADED_WHEN_CALLED = {
    "calendar": "services.commands.pack_calendar:calendar_command",
    "export": "services.commands.pack_export:export_command",
    "import": "services.commands.pack_import:import_command",
    "lint": "services.commands.pack_lint:lint_command",
    "notifications": "services.commands.pack_notifications:notifications_command",
}


@click.group(cls=CommandGroup, others=_LOADED_WHEN_CALLED)
def pack() -> None:
    """A city's pack, the seed of what runs: check it, bring it in, write it out, compare it."""


@pack.command("diff")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
@data_option
@json_option
@click.pass_obj
def diff_command(options: dict[str, Any], folder: Path | None, data: Path | None, as_json: bool) -> None:
    """Compare the pack in FOLDER (default: the pack of --pack) with what runs: code 1 when they differ.

    Rules and spellings are compared line by line with the active set, agencies with the desk's directory.
    """
    with rule_sources(options, data, folder) as sources:
        active = whole(sources.choose(ACTIVE).files, sources.pack)
        lines = differing(directory_lines(sources))
        changed = list(unified(active, files_of(sources.pack)))
    if as_json:
        agencies = [{"code": one.code, "state": str(one.state), "fields": one.fields} for one in lines]
        print_json({"files": changed, "agencies": agencies})
    else:
        for line in changed:
            click.echo(_coloured(line))
        show_agencies(lines)
        if not changed and not lines:
            click.echo("what runs is what the pack says")
    sys.exit(ATTENTION if changed or lines else ALL_WELL)


def unified(old: Files, new: Files) -> Iterator[str]:
    """As `diff -u` shows it, from what is active to what the pack has."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name, "").splitlines(), new.get(name, "").splitlines()
        yield from difflib.unified_diff(before, after, f"active/{name}", f"pack/{name}", lineterm="")


def _coloured(line: str) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    colour = colours.get(line[:1])
    return click.style(line, fg=colour) if colour else line
