"""`tanggap audit`: whether audit rows are what they were when they were sealed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from services.commands.inspection import (
    ALL_WELL,
    ATTENTION,
    data_option,
    environment_with,
    json_option,
    looking_at,
    time_zone,
)
from services.commands.rendering import console, print_json, progress_console
from services.desk.auditing.chain import AuditKeys
from services.operations.audit_chain import Mailed
from services.operations.audit_check import check
from services.operations.audit_findings import TODO, Findings, Kind
from services.operations.installation import CannotLook
from services.operations.sentences import counted
from shared.config import Environment
from shared.keyring import values_of

_NAMES: Mapping[Kind, str] = {
    Kind.ALTERED: "altered",
    Kind.REMOVED: "removed",
    Kind.INSERTED: "inserted",
    Kind.LATE: "late",
    Kind.BROKEN: "chain broken",
    Kind.CUT_OFF: "cut off",
    Kind.NO_KEY: "key missing",
    Kind.WAITING: "waiting long",
}


@click.group()
def audit() -> None:
    """The append-only rows of who did what, in all services."""


@audit.command()
@click.option("--head", "mac", metavar="CODE", help="The code in the auditor's mail.")
@click.option("--count", type=click.IntRange(min=0), metavar="N", help="The number in the same mail.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), metavar="TIME",
    help="Believe what was sealed before (the city's time).",
)  # fmt: skip
@data_option
@json_option
@click.pass_obj
def verify(
    options: dict[str, Any],
    mac: str | None,
    count: int | None,
    since: datetime | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Compare every row with its seal. Code 1 when something was found, 2 when it cannot be looked.

    Give CODE and N of the newest mail: without them nobody can tell whether the end was cut off.
    """
    if (mac is None) != (count is None):
        raise click.UsageError("give both --head and --count, as the mail says them")
    mailed = None if mac is None or count is None else Mailed(count, mac)
    begin = since.replace(tzinfo=ZoneInfo(time_zone(options))).astimezone(UTC) if since else None
    with looking_at(options, data) as installation, progress_console().status("reading") as status:
        keys = _keys(environment_with(options, data), installation.location.data)
        found = check(installation, keys, mailed=mailed, since=begin, progress=status.update)
    if as_json:
        print_json(found.as_dict())
    else:
        _show(found)
    sys.exit(ALL_WELL if found.clean else ATTENTION)


def _keys(environment: dict[str, str], data: Path) -> AuditKeys:
    """Those of the environment, or of a demonstration's folder. Raises `CannotLook`."""
    env = Environment(environment)
    keys = env.keys("TANGGAP_AUDIT_KEYS", needed=False)
    env.check()
    stored = data / "secrets" / "audit_keys"
    if not keys and stored.is_file():
        keys = values_of(stored.read_text(encoding="ascii"))
    if not keys:
        raise CannotLook("the key of the seals is needed: set TANGGAP_AUDIT_KEYS (or …_FILE) as for the desk")
    return AuditKeys(keys)


def _show(found: Findings) -> None:
    out = console()
    say: Callable[[str], None] = out.print
    speed = f" ({found.rows / found.seconds:,.0f} rows a second)" if found.seconds > 1 else ""
    say(f"{counted(found.rows, 'row')} and {counted(found.seals, 'seal')} in {found.seconds:.1f} s{speed}")
    say(f"head: {found.head_count}")
    say(found.head_mac)
    if found.waiting:
        say(f"{counted(found.waiting, 'row')} not sealed yet")
    if not found.mailed:
        say("not compared with a mailed head: give --head and --count of the newest mail")
    if found.clean:
        say("all rows are as they were sealed")
        return
    for kind in (kind for kind in Kind if found.counts[kind]):
        out.print(Text(f"\n{_NAMES[kind]}: {found.counts[kind]}", style="red"))
        shown = [one for one in found.shown if one.kind == kind]
        for trouble in shown:
            say(f"  {trouble.saw}")
        if found.counts[kind] > len(shown):
            say(f"  and {found.counts[kind] - len(shown)} more")
        say(f"  {TODO[kind]}")
