"""`tanggap cases export`: cases as an operator enters them in the national system SP4N-LAPOR!."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import click

from services.commands.inspection import data_option, environment_with
from services.desk.export.acts import export as export_cases
from services.desk.export.reading import Exporter
from services.desk.export.wanted import CSV, FORMATS, WITH, WITHOUT, read_wanted
from services.operations.installation import CannotLook, check_schema, locate, open_member, reason
from services.operations.letters import operator
from shared.citypack import load_pack
from shared.clock import SystemClock
from shared.observability.logs import silence_logs
from shared.storage.database import Database

ROLE = "operator"


@click.group()
def cases() -> None:
    """Cases of the desk."""


@cases.command("export")
@click.option("--from", "first", default="", help="First day they were received, YYYY-MM-DD (default: 30 days).")
@click.option("--to", "last", default="", help="Last day, with it (default: today).")
@click.option("--agency", default="", help="Only those of this agency, by its code.")
@click.option("--sp4n", type=click.Choice([WITH, WITHOUT]), help="Only those with or without a number there.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default=CSV, show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: the screen).")
@data_option
@click.pass_obj
def export_command(
    options: dict[str, Any], first: str, last: str, agency: str, sp4n: str | None, form: str, output: Path | None,
    data: Path | None,
) -> None:  # fmt: skip
    """Write cases in the columns of SP4N-LAPOR!, the oldest first.

    No contact is in it, numbers and addresses in texts are masked, confidential cases are left out and counted. Each
    export is recorded.
    """
    pack, clock = load_pack(Path(options["pack"])), SystemClock()
    zone = ZoneInfo(pack.city.timezone)
    given = {"from": first, "to": last, "agency": agency, "sp4n": sp4n or ""}
    wanted = read_wanted(given, clock.now().astimezone(zone).date())
    if agency and pack.agency(agency) is None:
        click.echo(f"note: the pack has no agency {agency}", err=True)
    with _opened_desk(options, data) as database, _opened_file(output) as file:
        exporter = Exporter(database, pack.sp4n, zone)
        counted, pieces = export_cases(exporter, clock, wanted, form, actor=operator(), role=ROLE)
        for piece in pieces:
            file.write(piece)
    told = f"{counted.count} cases, received {wanted.first} to {wanted.last}"
    click.echo(told + (f"; {counted.withheld} confidential ones left out" if counted.withheld else ""), err=True)


@contextmanager
def _opened_desk(options: dict[str, Any], data: Path | None) -> Iterator[Database]:
    """Raises `CannotLook` when the database cannot be opened or has another schema."""
    silence_logs()
    try:
        member = open_member(locate(environment_with(options, data)), "desk")
        check_schema(member)
    except Exception as error:
        raise CannotLook(f"cannot look:\n  desk: {reason(error)}") from error
    try:
        yield member.database
    finally:
        member.database.close()


@contextmanager
def _opened_file(path: Path | None) -> Iterator[TextIO]:
    """The file appears whole or not at all, readable by its owner only: what citizens wrote stands in it."""
    if path is None:
        yield sys.stdout
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
        ) as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise CannotLook(f"{path} cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
