"""The router's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.config import CommonSettings, Environment, database_url


@dataclass(frozen=True)
class RouterSettings:
    common: CommonSettings
    database_url: str
    port: int
    four_eyes: bool
    """Whether a change of the rules needs a second person."""

    @staticmethod
    def from_env(mapping: Mapping[str, str]) -> RouterSettings:
        """Raises `ConfigError` that names every problem."""
        env = Environment(mapping)
        settings = RouterSettings(
            common=CommonSettings.from_environment(env),
            database_url=database_url(env, "router"),
            port=env.integer("TANGGAP_ROUTER_PORT"),
            four_eyes=env.choice("TANGGAP_RULES_FOUR_EYES", ("on", "off")) == "on",
        )
        env.check()
        return settings
