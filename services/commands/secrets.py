"""`tanggap secrets`: every password, key and certificate of the compose stack, made once, and exchanged in steps."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from services.commands.certificate import self_signed
from services.commands.secret_files import DEFINITIONS, Random, missing_secrets
from services.commands.secret_folder import SecretFolder, write_whole
from services.commands.secret_steps import EXCHANGING, folder_option
from shared.clock import SystemClock
from shared.errors import ConfigError

_BYTES = 36
_FOLDER_MODE = 0o700
CERTIFICATE, CERTIFICATE_KEY = "tls_certificate.pem", "tls_key.pem"


@click.group(invoke_without_command=True)
@folder_option
@click.pass_context
def secrets(context: click.Context, folder: Path) -> None:
    """Make the secrets of the compose stack that are not there yet. Those that are there are kept.

    With a command: exchange one of them while everything runs, as docs/rotation.md tells.
    """
    options: dict[str, Any] = context.obj
    if context.invoked_subcommand is not None:
        context.obj = {**options, "secrets": folder}
        return
    made = write_secrets(folder, options["environment"])
    for path in SecretFolder(folder).files():
        click.echo(f"{'made' if path.name in made else 'kept'}  {path.name}")
    if DEFINITIONS in made:
        click.echo("A broker that runs already learns of its users by: docker compose restart rabbitmq")


for _command in EXCHANGING:
    secrets.add_command(_command)


def write_secrets(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The names of the files that were written. Raises `ConfigError`; what was written till then stays and fits."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_FOLDER_MODE)
        kept = {path.name: path.read_text(encoding="utf-8").strip() for path in SecretFolder(folder).files()}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the folder {folder} cannot be used: {error}") from error
    chance = Random(text=lambda: randomness.token_urlsafe(_BYTES), salts=randomness.token_bytes)
    beside = SecretFolder(folder).beside()
    made = {**missing_secrets(kept, chance, beside), **_certificate(kept, environment)}
    for name, content in made.items():
        write_whole(folder / name, content.strip() + "\n")
    return sorted(made)


def _certificate(kept: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    there = [name for name in (CERTIFICATE, CERTIFICATE_KEY) if name in kept]
    if len(there) == 1:
        raise ConfigError(f"{there[0]} is there without its other half; put both there, or none")
    if there:
        return {}
    certificate, key = self_signed(host_names(environment), SystemClock().now())
    return {CERTIFICATE: certificate, CERTIFICATE_KEY: key}


def host_names(environment: Mapping[str, str]) -> list[str]:
    """The names by which people reach the stack, as far as it is told."""
    urls = [environment.get(name, "") for name in ("TANGGAP_PUBLIC_URL", "TANGGAP_DESK_URL")]
    told = [urlsplit(url).hostname or "" for url in urls] + [environment.get("STACK_DESK_NAME", "")]
    return list(dict.fromkeys(["localhost", "127.0.0.1", "::1", *filter(None, told)]))
