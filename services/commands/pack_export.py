"""`tanggap pack export`: what runs, written as the folder of a pack."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from services.commands.inspection import data_option
from services.commands.pack_agencies import differing, directory
from services.commands.rules_sources import ACTIVE, rule_sources
from services.desk.directory.file import write_agencies
from services.desk.directory.importing import compare_directory
from services.router.rule_files import Files, files_of, lint_files, whole
from services.router.ruleset import pack_ruleset
from shared.citypack import SPELLINGS_FILE, load_pack
from shared.errors import TanggapError


class NotExported(TanggapError):
    """The folder cannot be written; the message says why, and what to do."""

    code = "not_exported"


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--ruleset", default=ACTIVE, show_default=True, metavar="WHICH", help="Or the beginning of an id.")
@data_option
@click.pass_obj
def export_command(options: dict[str, Any], folder: Path, ruleset: str, data: Path | None) -> None:
    """Write what runs to FOLDER, which must be new or empty: a pack to keep, to edit and to import again.

    Rules and spellings are those of the rule set, agencies those of the desk's directory; all else is copied from the
    pack of --pack.
    """
    with rule_sources(options, data) as sources:
        chosen = sources.choose(ruleset)
        compiled, _ = sources.compile(chosen)
        entries = directory(sources)
        pack, now = sources.pack, sources.versions.clock.now()
    agencies = None
    if differing(compare_directory(entries, pack.agencies)):
        agencies = write_agencies(entries, pack.agencies, now)
    try:
        _write(folder, Path(options["pack"]), whole(chosen.files, pack), agencies)
    except OSError as error:
        raise NotExported(f"{folder} cannot be written: {error.strerror}.") from error
    written = load_pack(folder)
    if pack_ruleset(written).id != compiled.id and chosen.ruleset == compiled.id:
        click.echo("note: this version of the program calls the same rules by another id", err=True)
    warnings = [one for one in lint_files(files_of(written), written) if one.level == "error"]
    for one in warnings:
        click.echo(str(one), err=True)
    click.echo(f"{folder}: rule set {compiled.id}, {len(written.agencies)} agencies")
    click.echo(f"To compare: tanggap rules diff active {folder}. To bring it in: tanggap pack import {folder}")


def _write(folder: Path, base: Path, files: Files, agencies: str | None) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotExported(f"{folder} is not empty. Choose another folder.")
    left_out = shutil.ignore_patterns(".*")

    def ignored(directory: str, names: list[str]) -> set[str]:
        own = {"rules", SPELLINGS_FILE} if Path(directory) == base else set()
        return own | set(left_out(directory, names))

    shutil.copytree(base, folder, ignore=ignored, dirs_exist_ok=True)
    (folder / "rules").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    if agencies is not None:
        (folder / "agencies.yaml").write_text(agencies, encoding="utf-8")
