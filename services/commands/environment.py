"""The environment of a command: the process's variables, a `.env` file beside them, and the options given."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

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


class CommandGroup(click.Group):
    """Prints the project's own errors as a sentence, without a traceback, and ends with code 2.

    `others` maps names of commands to `module:attribute`: each is imported when it is called (or listed), so that
    none pays for what the others need.
    """

    def __init__(self, *args: Any, others: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._others = dict(others or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._others})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._others:
            return super().get_command(ctx, cmd_name)
        module, attribute = self._others[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TanggapError as error:
            click.echo(f"tanggap: {error.message}", err=True)
            ctx.exit(2)
