"""The desk's settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from services.desk.people.oidc import OidcSettings
from services.desk.people.second_factor import POLICIES
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
    totp: str
    oidc: OidcSettings | None
    audit_keys: tuple[str, ...] = field(default=(), repr=False)
    """Empty: audit rows are not sealed."""
    certificates: tuple[str, ...] = ()
    runbook_url: str = ""

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
            session_key=env.ring("TANGGAP_SESSION_KEY"),
            desk_url=env.text("TANGGAP_DESK_URL"),
            audit_keys=env.keys("TANGGAP_AUDIT_KEYS", needed=False),
            totp=env.choice("TANGGAP_TOTP", POLICIES),
            oidc=_oidc(env),
            certificates=env.items("TANGGAP_CERTIFICATES"),
            runbook_url=env.text("TANGGAP_RUNBOOK_URL"),
        )
        env.check()
        return settings


def _oidc(env: Environment) -> OidcSettings | None:
    names = {name: env.text(f"TANGGAP_OIDC_{name}") for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")}
    if not any(names.values()):
        return None
    env.problems.extend(f"TANGGAP_OIDC_{name}: not set, though others are" for name in names if not names[name])
    issuer = urlsplit(names["ISSUER"])
    if names["ISSUER"] and issuer.scheme != "https" and issuer.hostname not in ("127.0.0.1", "localhost", "::1"):
        env.problems.append("TANGGAP_OIDC_ISSUER: must begin with https://")
    claim = env.text("TANGGAP_OIDC_CLAIM")
    return OidcSettings(names["ISSUER"], names["CLIENT_ID"], names["CLIENT_SECRET"], claim)
