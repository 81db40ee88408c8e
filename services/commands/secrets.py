"""`tanggap secrets`: every password, key and certificate of the compose stack, made once."""

from __future__ import annotations

import os
import secrets as randomness
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from services.commands.certificate import self_signed
from services.commands.secret_files import DEFINITIONS, Random, missing_secrets
from shared.clock import SystemClock
from shared.errors import ConfigError

_BYTES = 36
_FOLDER_MODE = 0o700
# Each container sees only the files given to it, under the number of its own user, which is the image's affair. So the
# files themselves are open, and the folder keeps everybody else on the machine out.
_FILE_MODE = 0o444
CERTIFICATE, CERTIFICATE_KEY = "tls_certificate.pem", "tls_key.pem"


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("secrets"), help="Default: secrets.")
@click.pass_obj
def secrets(options: dict[str, Any], folder: Path) -> None:
    """Make the secrets of the compose stack that are not there yet. Those that are there are kept."""
    made = write_secrets(folder, options["environment"])
    for path in _files(folder):
        click.echo(f"{'made' if path.name in made else 'kept'}  {path.name}")
    if DEFINITIONS in made:
        click.echo("A broker that runs already learns of its users by: docker compose restart rabbitmq")


def write_secrets(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The names of the files that were written. Raises `ConfigError`; what was written till then stays and fits."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_FOLDER_MODE)
        kept = {path.name: path.read_text(encoding="utf-8").strip() for path in _files(folder)}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the folder {folder} cannot be used: {error}") from error
    chance = Random(text=lambda: randomness.token_urlsafe(_BYTES), salts=randomness.token_bytes)
    made = {**missing_secrets(kept, chance), **_certificate(kept, environment)}
    for name, content in made.items():
        _write(folder / name, content)
    return sorted(made)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


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


def _write(path: Path, content: str) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), _FILE_MODE)  # whatever the umask
        file.write(content.strip() + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
