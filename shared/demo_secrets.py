"""Secrets for trying things out: made once, kept in the data folder, never used in live mode."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

_NAMES = (
    "TANGGAP_CONTENT_KEYS",
    "TANGGAP_CONTACT_KEYS",
    "TANGGAP_CONTACT_PEPPER",
    "TANGGAP_AUDIT_KEYS",
    "TANGGAP_SERVICE_TOKEN",
    "TANGGAP_SESSION_KEY",
)


def with_demo_secrets(mapping: Mapping[str, str], data: Path) -> dict[str, str]:
    """The mapping with each secret that it lacks taken from `data/secrets/`, where it is made when missing.

    A lost file would make sealed contacts unreadable: back the folder up with the databases.
    """
    merged = dict(mapping)
    for name in _NAMES:
        if not merged.get(name) and not merged.get(f"{name}_FILE"):
            merged[name] = stored_secret(data / "secrets" / name.removeprefix("TANGGAP_").lower())
    return merged


def stored_secret(path: Path, *, signs: int = 48) -> str:
    """The secret in that file; made, readable for its owner only, when there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    value = secrets.token_urlsafe(signs)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    return value
