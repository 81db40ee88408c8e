"""The notifier's settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import urlsplit

from shared.config import CommonSettings, Environment, database_url
from shared.keyring import used_of

KANNEL, JSON = "kannel", "json"


@dataclass(frozen=True)
class NotifierSettings:
    """`smtp_url` and `sms_gateway_url` may be empty: captured in demo, `failed: not_configured` in live."""

    common: CommonSettings
    database_url: str
    port: int
    intake_url: str
    public_url: str
    desk_url: str
    smtp_url: str
    mail_from: str
    sms_gateway_url: str
    sms_sender: str
    reply_address: str = ""
    sms_report_url: str = ""
    """Intake's address as the SMS gateway reaches it; empty: no delivery reports are asked for."""

    sms_gateway: str = KANNEL
    """Which language the SMS gateway speaks: `kannel`, or `json` (channels/sms_json.py)."""

    sms_gateway_key: str = field(default="", repr=False)
    auditors: tuple[str, ...] = ()
    """Mail addresses that are told daily how far the audit rows are sealed."""

    @staticmethod
    def from_env(mapping: Mapping[str, str]) -> NotifierSettings:
        """Raises `ConfigError` that names every problem."""
        env = Environment(mapping)
        settings = NotifierSettings(
            common=CommonSettings.from_environment(env),
            database_url=database_url(env, "notifier"),
            port=env.integer("TANGGAP_NOTIFIER_PORT"),
            intake_url=env.text("TANGGAP_INTAKE_URL"),
            public_url=env.text("TANGGAP_PUBLIC_URL"),
            desk_url=env.text("TANGGAP_DESK_URL"),
            smtp_url=_url(env, "TANGGAP_SMTP_URL", ("smtp", "smtps")),
            mail_from=env.text("TANGGAP_MAIL_FROM"),
            sms_gateway_url=_url(env, "TANGGAP_SMS_GATEWAY_URL", ("http", "https")),
            sms_sender=env.text("TANGGAP_SMS_SENDER"),
            reply_address=env.text("TANGGAP_REPLY_ADDRESS"),
            sms_report_url=_url(env, "TANGGAP_SMS_REPORT_URL", ("http", "https")),
            sms_gateway=env.choice("TANGGAP_SMS_GATEWAY", (KANNEL, JSON)),
            sms_gateway_key=used_of(env.text("TANGGAP_SMS_GATEWAY_KEY")),
            auditors=env.items("TANGGAP_AUDITOR_MAIL"),
        )
        if "@" not in parseaddr(settings.mail_from)[1]:
            env.problems.append("TANGGAP_MAIL_FROM: write `Name <name@place.example>`")
        if settings.reply_address and not _REPLY_ADDRESS.fullmatch(settings.reply_address):
            env.problems.append("TANGGAP_REPLY_ADDRESS: write a bare address, `lapor@city.example`, without a `+`")
        if settings.sms_gateway == JSON and settings.sms_gateway_url and len(settings.sms_gateway_key) < 32:
            env.problems.append("TANGGAP_SMS_GATEWAY_KEY: the gateway by JSON needs a key of 32 signs or more")
        if not all(_REPLY_ADDRESS.fullmatch(one) for one in settings.auditors):
            env.problems.append(
                "TANGGAP_AUDITOR_MAIL: write bare addresses, `auditor@city.example`, with commas between"
            )
        env.check()
        return settings


_REPLY_ADDRESS = re.compile(r"[A-Za-z0-9_.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _url(env: Environment, name: str, schemes: tuple[str, ...]) -> str:
    """The value is not repeated in the problem, since it may hold a password."""
    value = env.text(name)
    try:
        parts = urlsplit(value)
        usable = not value or (parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0)
    except ValueError:
        usable = False
    if not usable:
        env.problems.append(f"{name}: not a usable address; write {schemes[0]}://HOST:PORT")
    return value
