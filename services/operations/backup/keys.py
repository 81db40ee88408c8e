"""The keys as they are here: from the environment, or those that a demonstration keeps in its data folder."""

from __future__ import annotations

from pathlib import Path

from services.operations.backup.manifest import CONTACT, CONTENT, PEPPER
from services.operations.installation import Location
from shared.config import Environment
from shared.keyring import values_of

KINDS = (CONTENT, CONTACT, PEPPER)


def present_keys(location: Location) -> dict[str, tuple[str, ...]]:
    """By kind, the newest first; none where there are none. Raises `ConfigError` for a file that cannot be read."""
    env = Environment(location.environment)
    found = {kind: _keys(env, kind, location.data) for kind in KINDS}
    env.check()
    return found


def where_they_are(location: Location) -> list[str]:
    """For a person: the files, or else the variables, in which the keys are."""
    places = []
    for kind in KINDS:
        variable = f"TANGGAP_{kind.upper()}"
        file = location.environment.get(f"{variable}_FILE", "")
        stored = location.data / "secrets" / kind
        if location.environment.get(variable):
            places.append(variable)
        elif file:
            places.append(file)
        elif stored.is_file():
            places.append(str(stored))
    return places


def _keys(env: Environment, kind: str, data: Path) -> tuple[str, ...]:
    given = env.text(f"TANGGAP_{kind.upper()}")
    stored = data / "secrets" / kind
    if not given and stored.is_file():
        given = stored.read_text(encoding="utf-8").strip()
    if kind == PEPPER:  # one secret, commas and all
        return (given,) if given else ()
    return values_of(given)
