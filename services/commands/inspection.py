"""What the operators' commands share: their options, the installation they look at, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from services.operations.installation import Installation, open_installation
from shared.citypack import load_pack
from shared.observability.logs import silence_logs

F = TypeVar("F", bound=Callable[..., Any])

ALL_WELL, ATTENTION, CANNOT_LOOK = 0, 1, 2


def data_option(command: F) -> F:
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Data folder of a running `tanggap up` (or TANGGAP_DATA)."
    )(command)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="For machines.")(command)


def environment_with(options: dict[str, Any], data: Path | None) -> dict[str, str]:
    environment: dict[str, str] = dict(options["environment"])
    if data is not None:
        environment["TANGGAP_DATA"] = str(data)
    return environment


@contextmanager
def looking_at(options: dict[str, Any], data: Path | None) -> Iterator[Installation]:
    """Every database, open. Ends the command with code 2 and a sentence for each that cannot be opened."""
    silence_logs()
    with open_installation(environment_with(options, data)) as installation:
        yield installation


def time_zone(options: dict[str, Any]) -> str:
    return load_pack(Path(options["pack"])).city.timezone
