"""Intake's settings and database for commands that work on them, also beside a running `tanggap up`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.commands.inspection import environment_with
from services.composition import settings_for
from services.intake.config import IntakeSettings
from shared.config import Environment
from shared.demo_secrets import with_demo_secrets
from shared.errors import ConfigError
from shared.observability.logs import silence_logs
from shared.storage.database import Database

_SQLITE = "sqlite:///"


@contextmanager
def opened_intake(options: dict[str, Any], data: Path | None) -> Iterator[tuple[IntakeSettings, Database]]:
    """With the demonstration's own secrets where there are any. Raises `ConfigError`."""
    silence_logs()
    environment = environment_with(options, data)
    folder = Path(Environment(environment).text("TANGGAP_DATA")).absolute()
    environment["TANGGAP_DATA"] = str(folder)
    if not environment.get("TANGGAP_INTAKE_DATABASE_URL") and not environment.get("TANGGAP_INTAKE_DATABASE_URL_FILE"):
        _refuse_new(folder / "intake.db")
    if environment.get("TANGGAP_MODE", "demo") == "demo" and (folder / "secrets").is_dir():
        environment = with_demo_secrets(environment, folder)
    settings: IntakeSettings = settings_for("intake", environment)
    if settings.database_url.startswith(_SQLITE):
        _refuse_new(Path(settings.database_url.removeprefix(_SQLITE)))
    database = Database(settings.database_url)
    try:
        yield settings, database
    finally:
        database.close()


def _refuse_new(path: Path) -> None:
    """Opening an SQLite file that is not there would make it. Raises `ConfigError`."""
    if not path.is_file():
        raise ConfigError(f"there is no {path}; name the folder of a running `tanggap up` with --data")
