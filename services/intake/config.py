"""Intake's settings; the mail process reads the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from services.intake.mail.mailbox_account import read_account
from shared.config import CommonSettings, Environment, database_url
from shared.errors import ConfigError

LEAST_KEY_SIGNS = 16
OFF, BY_CODE = "off", "code"
FORM_CHECKS = (OFF, BY_CODE)


@dataclass(frozen=True)
class IntakeSettings:
    """`mail_addresses` empty means any in demo and none in live; `sms_token` empty means loopback only."""

    common: CommonSettings
    database_url: str
    port: int
    contact_keys: tuple[str, ...]
    contact_pepper: str
    session_key: str
    sms_token: str
    mail_addresses: tuple[str, ...]
    smtp_port: int
    mail_port: int
    receipts_per_day: int
    public_url: str
    mail_from: str = ""
    """The address our own mail comes from: what arrives from it is an echo and gets no receipt."""
    open311_keys: tuple[str, ...] = ()
    """Who shows one of these may report by Open311; without any, everybody may."""
    sms_webhook_keys: tuple[str, ...] = ()
    """What a gateway signs with at the generic webhook; without any, the webhook is closed."""
    sms_replies_per_day: int = 20
    """Answers to one number's keywords in a day, at most."""

    form_check: str = OFF
    """`code`: whoever leaves a contact in the web form proves it by a code before the complaint is taken."""
    lmtp_port: int = 0
    imap_url: str = field(default="", repr=False)
    """The mailbox that is polled; empty: none."""
    imap_seconds: int = 60
    authserv_id: str = ""
    """The mail server whose word about a sender is believed; empty: nobody's."""
    desk_internal_url: str = ""
    """Where the desk says which deadlines run; empty: tracking pages show none."""

    @staticmethod
    def from_env(mapping: Mapping[str, str]) -> IntakeSettings:
        """Raises `ConfigError` that names every problem."""
        env = Environment(mapping)
        settings = IntakeSettings(
            common=CommonSettings.from_environment(env),
            database_url=database_url(env, "intake"),
            port=env.integer("TANGGAP_INTAKE_PORT"),
            contact_keys=env.keys("TANGGAP_CONTACT_KEYS"),
            contact_pepper=env.key("TANGGAP_CONTACT_PEPPER"),
            session_key=env.ring("TANGGAP_SESSION_KEY"),
            sms_token=env.text("TANGGAP_SMS_TOKEN"),
            mail_addresses=tuple(address.lower() for address in env.items("TANGGAP_MAIL_ADDRESSES")),
            smtp_port=env.integer("TANGGAP_SMTP_PORT"),
            mail_port=env.integer("TANGGAP_MAIL_PORT"),
            receipts_per_day=env.integer("TANGGAP_RECEIPTS_PER_DAY", most=10_000),
            public_url=env.text("TANGGAP_PUBLIC_URL").rstrip("/"),
            mail_from=parseaddr(env.text("TANGGAP_MAIL_FROM"))[1].lower(),
            open311_keys=_open311_keys(env),
            sms_webhook_keys=_webhook_keys(env),
            sms_replies_per_day=env.integer("TANGGAP_SMS_REPLIES_PER_DAY", most=10_000),
            form_check=env.choice("TANGGAP_FORM_CHECK", FORM_CHECKS),
            lmtp_port=env.integer("TANGGAP_LMTP_PORT"),
            imap_url=_imap_url(env),
            imap_seconds=env.integer("TANGGAP_IMAP_SECONDS", least=1, most=3600),
            authserv_id=env.text("TANGGAP_AUTHSERV_ID").lower(),
            desk_internal_url=env.text("TANGGAP_DESK_INTERNAL_URL").rstrip("/"),
        )
        env.check()
        return settings


def _open311_keys(env: Environment) -> tuple[str, ...]:
    keys = env.items("TANGGAP_OPEN311_KEYS")
    if any(len(key) < LEAST_KEY_SIGNS for key in keys):
        env.problems.append(f"TANGGAP_OPEN311_KEYS: a key is shorter than {LEAST_KEY_SIGNS} signs")
    return keys


def _imap_url(env: Environment) -> str:
    url = env.text("TANGGAP_IMAP_URL")
    try:
        if url:
            read_account(url)
    except ConfigError as error:
        env.problems.append(f"TANGGAP_IMAP_URL {error.message}")
    return url


def _webhook_keys(env: Environment) -> tuple[str, ...]:
    return env.keys("TANGGAP_SMS_WEBHOOK_KEYS") if env.text("TANGGAP_SMS_WEBHOOK_KEYS") else ()
