"""`tanggap desk`: what operators do with the cases themselves."""

from __future__ import annotations

import click

from services.commands.desk_rebuild import rebuild


@click.group()
def desk() -> None:
    """The desk's cases: made anew from their timelines."""


desk.add_command(rebuild)
