"""`tanggap pack lint`: everything that is wrong with a pack, before it is brought in."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import ALL_WELL, ATTENTION, json_option
from services.commands.rendering import print_json
from services.operations.pack_lint import ERROR, lint_pack
from services.operations.sentences import counted


@click.command("lint")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), required=False)
@json_option
@click.pass_obj
def lint_command(options: dict[str, Any], folder: Path | None, as_json: bool) -> None:
    """Check the whole pack in FOLDER (default: the pack of --pack): code 1 when something must be mended.

    City, agencies, areas, spellings, services, notifications, rules with their examples, and the wording of every
    language. Each line says file, line, what is wrong and what to write instead.
    """
    directory = folder or Path(options["pack"])
    problems = lint_pack(directory)
    errors = sum(one.level == ERROR for one in problems)
    warnings = len(problems) - errors
    if as_json:
        print_json({"errors": errors, "warnings": warnings, "problems": [asdict(one) for one in problems]})
    else:
        for one in problems:
            click.echo(str(one))
        click.echo(f"{directory}: {counted(errors, 'error', 'errors')}, {counted(warnings, 'warning', 'warnings')}")
    sys.exit(ATTENTION if errors else ALL_WELL)
