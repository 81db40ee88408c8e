"""`tanggap restore`: an archive back into empty databases, or into the place of others."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from services.commands.backup import describe, named
from services.commands.inspection import data_option, environment_with
from services.commands.migrating import migrate
from services.commands.rendering import progress_console
from services.intake.privacy.ledger import Ledger
from services.operations.backup.afterwards import RESTORED, on_the_way, record_restore, say_held
from services.operations.backup.archive import Archive, BackupError
from services.operations.backup.folders import fingerprint
from services.operations.backup.load import check, load
from services.operations.backup.target import alone, standing
from services.operations.installation import Location, locate, open_installation
from services.operations.reconcile import find_differences, mend
from services.operations.sentences import counted
from shared.citypack import load_pack
from shared.config import Environment
from shared.errors import TanggapError
from shared.observability.logs import silence_logs


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also into databases that hold something, which is then lost.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--send-due", is_flag=True, help="Send what was due when the backup was made, even if it was sent since.")
@click.option("--reconcile", is_flag=True, help="Afterwards have published again what never arrived.")
@click.option("--without-keys", is_flag=True, help="Though keys are lost: contacts stay unreadable.")
@data_option
@click.pass_obj
def restore(
    options: dict[str, Any], file: Path, replace: bool, yes: bool, send_due: bool, reconcile: bool, without_keys: bool,
    data: Path | None,
) -> None:  # fmt: skip
    """Restore FILE (a name alone is looked for in TANGGAP_BACKUPS). The services must be stopped."""
    silence_logs()
    environment = environment_with(options, data)
    location = locate(environment)
    pack = Path(options["pack"])
    file = named(file, Path(Environment(environment).text("TANGGAP_BACKUPS")))
    with Archive.open(file) as archive:
        manifest = check(location, archive, load_pack(pack), without_keys=without_keys)
        click.echo(f"{file} is whole: {describe(manifest)}")
        with alone(location):
            _may_replace(location, replace, yes)
            with progress_console().status("restoring") as status:
                load(location, archive, send_due=send_due, progress=lambda what: status.update(f"restoring: {what}"))
            with _databases_are_back():
                migrate(environment)
                _afterwards(environment, file.name, manifest.created_at.isoformat())
                if reconcile:
                    _reconcile(environment)
        if fingerprint(pack) != manifest.pack:
            click.echo("the pack here differs from that of the backup, which is in the archive as pack.tar.gz")
    click.echo("restored; start the services" + ("" if reconcile else ", then: tanggap reconcile --repair"))
    if Ledger.of(location.data).path.is_file():
        click.echo("what was removed for good since the backup is back: remove it with tanggap privacy again")


def _may_replace(location: Location, replace: bool, yes: bool) -> None:
    there = standing(location)
    if there.empty:
        return
    if not replace:
        raise BackupError(f"there is something already: {there}. Nothing was changed; --replace overwrites it")
    click.echo(f"this will be lost: {there}")
    if yes:
        return
    if not sys.stdin.isatty():
        raise BackupError("nothing was changed: without a terminal to ask at, --replace needs --yes")
    if not click.confirm("Replace it?"):
        raise BackupError("nothing was changed")


@contextmanager
def _databases_are_back() -> Iterator[None]:
    try:
        yield
    except TanggapError as error:
        raise BackupError(
            f"the databases are restored, but then: {error.message}\nMend that, then restore again with --replace"
        ) from error


def _afterwards(environment: Mapping[str, str], name: str, made_at: str) -> None:
    with open_installation(environment) as installation:
        moving = on_the_way(installation)
        record_restore(installation, name, made_at)
        held = say_held(installation)
    if held:
        click.echo(
            f"{counted(held, 'delivery', 'deliveries')} may have been sent after the backup: held as "
            f"`uncertain: {RESTORED}`, shown with their cases at the desk"
        )
    if moving:
        click.echo(
            f"{counted(moving, 'fact was', 'facts were')} on the way: handled when the services start, "
            "so that a notice may arrive a second time"
        )


def _nobody(_sentence: str) -> None:
    """Progress that nobody watches."""


def _reconcile(environment: Mapping[str, str]) -> None:
    with open_installation(environment) as installation:
        found = find_differences(installation, 0.0)
        repaired = None
        if not found.clean:
            repaired, _ = mend(installation, found, wait_seconds=0.0, older_than_seconds=0.0, progress=_nobody)
    messages = repaired.messages if repaired else 0
    click.echo(f"reconciled: {counted(messages, 'message')} will be published again when the services start")
