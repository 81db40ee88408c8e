"""`tanggap privacy again`: after a restore, what had been removed since the backup goes once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option
from services.commands.privacy_access import everything
from services.commands.rendering import progress_console
from services.intake.privacy.again import remove_again
from services.operations.sentences import counted


@click.command()
@data_option
@click.pass_obj
def again(options: dict[str, Any], data: Path | None) -> None:
    """Remove again what a restored backup has brought back.

    Follows the list `erasures/erasures.jsonl` in the data folder, which no restore touches. May be run at any time.
    """
    with everything(options, data) as access:
        erasing = access.opened.purge.erasing
        if not erasing.ledger.path.is_file():
            raise click.ClickException(f"there is no {erasing.ledger.path}: nothing was removed here, or it was lost")
        with progress_console().status("removing") as status:
            done = remove_again(erasing, lambda number: status.update(f"{number} entries read"))
        if done.complaints or done.contacts:
            access.record("again", "restore", "", complaints=done.complaints, contacts=done.contacts)
    if not (done.complaints or done.contacts):
        click.echo("nothing had come back")
        return
    click.echo(f"removed again: {counted(done.complaints, 'complaint')}, {counted(done.contacts, 'contact')}")
