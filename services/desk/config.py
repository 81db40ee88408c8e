"""The desk's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.config import CommonSettings, Environment, database_url


@dataclass(frozen=True)
class DeskSettings:
    common: CommonSettings
    database_url: str
    port: int
    intake_url: str
    notifier_url: str
    router_url: str
    session_key: str
    desk_url: str

    @property
    def behind_tls(self) -> bool:
        """Whether people reach the desk by HTTPS, so that its cookie may be kept to that."""
        return self.desk_url.lower().startswith("https://")

    @staticmethod
    def from_env(mapping: Mapping[str, str]) -> DeskSettings:
        """Raises `ConfigError` that names every problem."""
        env = Environment(mapping)
        settings = DeskSettings(
            common=CommonSettings.from_environment(env),
            database_url=database_url(env, "desk"),
            port=env.integer("TANGGAP_DESK_PORT"),
            intake_url=env.text("TANGGAP_INTAKE_URL"),
            notifier_url=env.text("TANGGAP_NOTIFIER_URL"),
            router_url=env.text("TANGGAP_ROUTER_URL"),
            session_key=env.key("TANGGAP_SESSION_KEY"),
            desk_url=env.text("TANGGAP_DESK_URL"),
        )
        env.check()
        return settings
