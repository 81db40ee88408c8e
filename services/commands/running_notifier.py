"""Asking the notifier that runs, as operators' commands do: of the stack, or of a `tanggap up`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.embedded import NOTIFIER_ADDRESS
from shared.config import Environment
from shared.demo_secrets import with_demo_secrets
from shared.errors import ConfigError
from shared.observability.logs import silence_logs
from shared.web.internal import InternalClient


def running_notifier(environment: Mapping[str, str], *, timeout_seconds: float) -> InternalClient:
    """By TANGGAP_NOTIFIER_URL, or where the process of the data folder says that it is. Raises `ConfigError`."""
    silence_logs()
    folder = Path(Environment(environment).text("TANGGAP_DATA")).absolute()
    if environment.get("TANGGAP_MODE", "demo") == "demo" and (folder / "secrets").is_dir():
        environment = with_demo_secrets(environment, folder)
    env = Environment(environment)
    token, stored = env.text("TANGGAP_SERVICE_TOKEN"), folder / NOTIFIER_ADDRESS
    if not token:
        raise ConfigError("TANGGAP_SERVICE_TOKEN is not set; the notifier is asked with it")
    told = environment.get("TANGGAP_NOTIFIER_URL", "")
    url = told or (stored.read_text(encoding="ascii") if stored.is_file() else env.text("TANGGAP_NOTIFIER_URL"))
    return InternalClient(url, token, timeout_seconds=timeout_seconds)
