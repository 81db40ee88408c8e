"""`tanggap backup`: everything of one moment in one file, while everything runs."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option, environment_with
from services.commands.rendering import progress_console
from services.operations.backup.archive import Archive, BackupError
from services.operations.backup.folders import KEPT
from services.operations.backup.keys import present_keys, where_they_are
from services.operations.backup.manifest import CONTENT, Manifest, is_signed
from services.operations.backup.product import product_version
from services.operations.backup.take import Taken, Wish, take
from services.operations.installation import Location, locate
from services.operations.last_runs import leave_backup
from services.operations.sentences import counted
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.config import Environment
from shared.observability.logs import silence_logs


@click.command()
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), metavar="N", help="Then remove all but the last N archives.")
@click.option(
    "--verify", type=click.Path(path_type=Path), metavar="FILE", help="Make nothing; check every byte of FILE."
)
@data_option
@click.pass_obj
def backup(
    options: dict[str, Any], target: Path | None, keep: int | None, verify: Path | None, data: Path | None
) -> None:
    """Write an archive of all services into the folder TARGET (default: TANGGAP_BACKUPS). Safe while everything runs.

    Keys and passwords are not in it.
    """
    silence_logs()
    environment = environment_with(options, data)
    location = locate(environment)
    folder = Path(Environment(environment).text("TANGGAP_BACKUPS"))
    if verify is not None:
        if target is not None or keep is not None:
            raise BackupError("--verify checks one archive and makes none: give it alone")
        _verify(location, named(verify, folder))
        return
    pack = Path(options["pack"])
    wish = Wish(target or folder, keep or 0, pack, load_pack(pack), product_version())
    with _tidy_end(), progress_console().status("backing up") as status:
        taken = take(location, wish, SystemClock(), lambda what: status.update(f"backing up: {what}"))
    leave_backup(location, SystemClock())
    _tell(taken, location)


def named(file: Path, folder: Path) -> Path:
    """A bare name that is not here is looked for among the backups."""
    return folder / file if len(file.parts) == 1 and not file.exists() else file


def describe(manifest: Manifest) -> str:
    return (
        f"{manifest.city}, as of {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{counted(manifest.count('intake', 'complaints'), 'complaint')}, "
        f"{counted(manifest.count('desk', 'cases'), 'case')}, "
        f"{counted(manifest.count('notifier', 'deliveries'), 'delivery', 'deliveries')}"
    )


@contextmanager
def _tidy_end() -> Iterator[None]:
    """Asked to stop, it removes what is half written."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _verify(location: Location, file: Path) -> None:
    with Archive.open(file) as archive:
        manifest = archive.verify()
    click.echo(f"{file} is whole: {counted(len(manifest.parts), 'part')}, every byte as it was written")
    click.echo(describe(manifest))
    content = present_keys(location)[CONTENT]
    if not content:
        click.echo("its signature was not checked: TANGGAP_CONTENT_KEYS is not set")
    elif not is_signed(manifest, content):
        raise BackupError("its signature is of other keys than those here, or the manifest was changed")


def _tell(taken: Taken, location: Location) -> None:
    megabytes = taken.path.stat().st_size / 1e6
    click.echo(f"{taken.path}: {megabytes:.1f} MB in {taken.seconds:.1f} s, read back and whole")
    click.echo(describe(taken.manifest))
    click.echo(f"{counted(taken.files, 'file')} of {', '.join(KEPT)}")
    for path in taken.removed:
        click.echo(f"removed {path.name}")
    click.echo(
        "Not in it, to be kept elsewhere, and without which nobody reads a contact again: "
        + ", ".join(where_they_are(location))
    )
