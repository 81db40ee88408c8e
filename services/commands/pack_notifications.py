"""`tanggap pack notifications`: what each message carries to whom, as the code and the pack say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from services.notifier.writing.matrix import as_table, cells
from shared.citypack import load_pack
from shared.errors import TanggapError
from shared.wording import load_wordings

BEGINS, ENDS = "<!-- tanggap pack notifications: begin -->", "<!-- tanggap pack notifications: end -->"


class NotWritten(TanggapError):
    """The file cannot take the table; the message says why, and what to do."""

    code = "not_written"


@click.command("notifications")
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Put it into FILE, between its two marks.")  # fmt: skip
@click.pass_obj
def notifications_command(options: dict[str, Any], write: Path | None) -> None:
    """Show what every message carries: by channel, identity of the complaint, and language.

    The table is found out by writing each message about a made-up complaint; docs/notifications.md holds it.
    """
    directory = Path(options["pack"])
    pack = load_pack(directory)
    wordings = load_wordings(directory / "wording", pack.notifications.languages)
    table = as_table(list(cells(pack, wordings)))
    if write is None:
        click.echo(table, nl=False)
        return
    try:
        write.write_text(put_in(write.read_text(encoding="utf-8"), table), encoding="utf-8")
    except OSError as error:
        raise NotWritten(f"{write} cannot be written: {error.strerror}.") from error
    click.echo(f"{write}: {table.count(chr(10)) - 2} lines")


def put_in(text: str, table: str) -> str:
    """The document with the table between its marks. Raises `NotWritten` where they are not there once each."""
    if text.count(BEGINS) != 1 or text.count(ENDS) != 1 or text.index(BEGINS) > text.index(ENDS):
        raise NotWritten(f"The document needs two lines, in this order: `{BEGINS}` and `{ENDS}`.")
    before, after = text.partition(BEGINS)[0], text.partition(ENDS)[2]
    return f"{before}{BEGINS}\n\n{table}\n{ENDS}{after}"
