"""The environment of a command: the process's variables, a `.env` file beside them, and the options given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from shared.errors import TanggapError


def read_environment(options: Mapping[str, object]) -> dict[str, str]:
    """Options win over variables, variables over `.env` in the working folder."""
    merged = {**_dotenv(Path(".env")), **os.environ}
    merged.update({name: str(value) for name, value in options.items() if value is not None})
    return merged


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and name.strip().startswith("TANGGAP_"):
            pairs[name.strip()] = value.strip().strip("\"'")
    return pairs


class PlainErrors(click.Group):
    """Prints the project's own errors as a sentence, without a traceback, and ends with code 2."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TanggapError as error:
            click.echo(f"tanggap: {error.message}", err=True)
            ctx.exit(2)
