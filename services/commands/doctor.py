"""`tanggap doctor`: is the installation whole?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from services.commands.inspection import data_option, environment_with, json_option
from services.commands.rendering import STYLES, console, print_json
from services.operations.doctor import Diagnosis, diagnose
from services.operations.finding import State
from shared.observability.logs import silence_logs


@click.command()
@data_option
@json_option
@click.pass_obj
def doctor(options: dict[str, Any], data: Path | None, as_json: bool) -> None:
    """Check databases, broker, queues, pack, rules and channels. Code 0 well, 1 attention, 2 cannot look."""
    silence_logs()
    diagnosis = diagnose(environment_with(options, data), Path(options["pack"]))
    if as_json:
        print_json(diagnosis.as_dict())
    else:
        _show(diagnosis)
    sys.exit(diagnosis.exit_code)


def _show(diagnosis: Diagnosis) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for finding in diagnosis.findings:
        told = Text(finding.saw)
        if finding.todo and finding.state is not State.OK:
            told.append(f"\n→ {finding.todo}", style="bold")
        grid.add_row(Text(str(finding.state), style=STYLES[finding.state]), finding.name, told)
    out = console()
    out.print(grid)
    bad = [finding for finding in diagnosis.findings if finding.state is not State.OK]
    out.print(f"\nneeding attention: {len(bad)} of {len(diagnosis.findings)}" if bad else "\nall well")
