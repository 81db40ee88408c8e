"""Reading settings from the environment: every problem reported together, nothing read at import.

`VARIABLES` is the one catalogue of what can be set; `.env.example` is checked against it. A secret may be given as
`NAME` or as `NAME_FILE` (the path of a file that holds it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from shared.errors import ConfigError


@dataclass(frozen=True)
class Variable:
    name: str
    about: str
    default: str = ""
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("TANGGAP_MODE", "demo (captured notices, demo logins) or live", "demo"),
    Variable("TANGGAP_PACK", "folder of the city's pack", "deploy/cities/cimahi"),
    Variable("TANGGAP_DATA", "folder for databases, captured notices and generated demo secrets", "var"),
    Variable("TANGGAP_BACKUPS", "folder into which `tanggap backup` writes", "backups"),
    Variable("TANGGAP_LOG_LEVEL", "debug, info, warning or error", "info"),
    Variable(
        "TANGGAP_OTLP_URL",
        "where an OpenTelemetry collector takes traces: http://HOST:4318/v1/traces; empty: none are sent",
    ),
    Variable(
        "TANGGAP_BROKER_URL", "amqp://USER:PASSWORD@HOST:5672/VHOST; empty only in the embedded mode", secret=True
    ),
    Variable("TANGGAP_ADMIN_BROKER_URL", "used by `tanggap migrate` only: a user that may declare", secret=True),
    Variable(
        "TANGGAP_ADMIN_MANAGEMENT_URL",
        "used by `tanggap agency amqp` only: http://USER:PASSWORD@HOST:15672, an administrator of RabbitMQ",
        secret=True,
    ),
    Variable(
        "TANGGAP_AGENCY_BROKER_URL",
        "how agencies' programs reach RabbitMQ: amqps://HOST:5671/VHOST; default: as the operator does",
    ),
    Variable("TANGGAP_ADMIN_DATABASE_URL", "used by `tanggap migrate` only: a PostgreSQL superuser", secret=True),
    Variable("TANGGAP_INTAKE_DATABASE_URL", "default: sqlite:///DATA/intake.db", secret=True),
    Variable("TANGGAP_ROUTER_DATABASE_URL", "default: sqlite:///DATA/router.db", secret=True),
    Variable("TANGGAP_NOTIFIER_DATABASE_URL", "default: sqlite:///DATA/notifier.db", secret=True),
    Variable("TANGGAP_DESK_DATABASE_URL", "default: sqlite:///DATA/desk.db", secret=True),
    Variable("TANGGAP_HOST", "address that the web servers bind", "127.0.0.1"),
    Variable("TANGGAP_INTAKE_PORT", "port of the form and the API", "8000"),
    Variable("TANGGAP_DESK_PORT", "port of the desk", "8001"),
    Variable("TANGGAP_ROUTER_PORT", "port of the router's health and internal API", "8002"),
    Variable("TANGGAP_NOTIFIER_PORT", "port of the notifier's health and internal API", "8003"),
    Variable("TANGGAP_MAIL_PORT", "port of the mail process's health pages", "8004"),
    Variable("TANGGAP_SMTP_PORT", "port on which mail is received", "8025"),
    Variable("TANGGAP_LMTP_PORT", "port on which mail is received by LMTP; 0: none", "0"),
    Variable("TANGGAP_INTAKE_URL", "how other services reach intake's internal API", "http://127.0.0.1:8000"),
    Variable("TANGGAP_NOTIFIER_URL", "how other services reach the notifier's internal API", "http://127.0.0.1:8003"),
    Variable("TANGGAP_DESK_INTERNAL_URL", "how other services reach the desk's internal API", "http://127.0.0.1:8001"),
    Variable("TANGGAP_ROUTER_URL", "how other services reach the router's internal API", "http://127.0.0.1:8002"),
    Variable("TANGGAP_PUBLIC_URL", "address that citizens use, for links in receipts", "http://127.0.0.1:8000"),
    Variable("TANGGAP_DESK_URL", "address that agencies use, for links in notices", "http://127.0.0.1:8001"),
    Variable(
        "TANGGAP_TOTP",
        "codes of a telephone as a second factor at the desk: off, optional, or required of all",
        "optional",
    ),
    Variable("TANGGAP_OIDC_ISSUER", "the city's own login service (OpenID Connect) for the desk; empty: none"),
    Variable("TANGGAP_OIDC_CLIENT_ID", "what the login service calls the desk"),
    Variable("TANGGAP_OIDC_CLIENT_SECRET", "with which the desk proves itself there", secret=True),
    Variable("TANGGAP_OIDC_CLAIM", "email (the person's mail address), or a claim that is the login", "email"),
    Variable(
        "TANGGAP_CERTIFICATES",
        "comma-separated certificate files whose end the desk watches, as PEM; empty: the stack's",
    ),
    Variable("TANGGAP_RUNBOOK_URL", "where the city's operators read docs/operations.md; empty: it is only named"),
    Variable("TANGGAP_RULES_FOUR_EYES", "on: a change of the rules proposed at the desk needs a second person", "on"),
    Variable(
        "TANGGAP_MOST_WAIT_SECONDS",
        "as soon as a request has waited so long for its turn, newcomers are turned away (503, Retry-After)",
        "2",
    ),
    Variable("TANGGAP_TRUSTED_PROXIES", "number of reverse proxies in front whose X-Forwarded-* count", "0"),
    Variable(
        "TANGGAP_DRAIN_SECONDS",
        "how long a service that is told to stop goes on answering while /readyz says no, for a balancer to see",
        "0",
    ),
    Variable(
        "TANGGAP_CONTENT_KEYS", "comma-separated keys (32 signs or more) that seal texts in messages", secret=True
    ),
    Variable("TANGGAP_CONTACT_KEYS", "comma-separated keys that seal contacts at rest (intake only)", secret=True),
    Variable("TANGGAP_CONTACT_PEPPER", "secret for the equality of contacts (intake only)", secret=True),
    Variable(
        "TANGGAP_AUDIT_KEYS", "comma-separated keys that seal audit rows (desk only); unset: none is", secret=True
    ),
    Variable("TANGGAP_AUDITOR_MAIL", "comma-separated addresses that are told daily how many audit rows are sealed"),
    Variable("TANGGAP_SERVICE_TOKEN", "comma-separated tokens of the internal APIs", secret=True),
    Variable("TANGGAP_SESSION_KEY", "comma-separated keys that sign the sessions of desk and form", secret=True),
    Variable(
        "TANGGAP_SMS_TOKEN",
        "comma-separated tokens that an SMS gateway may send; unset: SMS from loopback only",
        secret=True,
    ),
    Variable(
        "TANGGAP_SMS_WEBHOOK_KEYS",
        "comma-separated keys that sign messages at /sms/generic; unset: it is closed",
        secret=True,
    ),
    Variable(
        "TANGGAP_FORM_CHECK", "off, or code: a contact in the web form is proved by a code that is sent there", "off"
    ),
    Variable("TANGGAP_SMS_REPLIES_PER_DAY", "answers by SMS to one number's keywords in a day, at most", "20"),
    Variable(
        "TANGGAP_OPEN311_KEYS", "comma-separated api_keys of programs that report by Open311; unset: any", secret=True
    ),
    Variable("TANGGAP_MAIL_ADDRESSES", "addresses that take complaints, comma-separated; demo: any"),
    Variable("TANGGAP_IMAP_URL", "mailbox that is polled: imaps://USER:PASSWORD@HOST:993/INBOX", secret=True),
    Variable("TANGGAP_IMAP_SECONDS", "how often the mailbox is looked into, where it does not tell by itself", "60"),
    Variable("TANGGAP_AUTHSERV_ID", "the mail server whose Authentication-Results (SPF, DKIM, DMARC) are believed"),
    Variable("TANGGAP_RECEIPTS_PER_DAY", "receipts sent to one contact in a day, at most", "20"),
    Variable(
        "TANGGAP_SMTP_URL", "outgoing mail: smtp://[USER:PASSWORD@]HOST:PORT; empty: captured in demo", secret=True
    ),
    Variable("TANGGAP_MAIL_FROM", "sender of outgoing mail", "Tanggap <tanggap@cimahi.example>"),
    Variable("TANGGAP_REPLY_ADDRESS", "one of the addresses that take complaints, for answers; empty: the sender's"),
    Variable("TANGGAP_SMS_GATEWAY", "what the gateway for outgoing SMS speaks: kannel, or json (signed)", "kannel"),
    Variable(
        "TANGGAP_SMS_GATEWAY_URL",
        "outgoing SMS: Kannel's sendsms address, or the JSON one; empty: captured in demo",
        secret=True,
    ),
    Variable("TANGGAP_SMS_GATEWAY_KEY", "signs what goes to a gateway that speaks json: 32 signs or more", secret=True),
    Variable("TANGGAP_SMS_SENDER", "sender number or name of outgoing SMS", "1234"),
    Variable(
        "TANGGAP_SMS_REPORT_URL", "intake's address as the SMS gateway reaches it, for delivery reports; empty: none"
    ),
)
_KNOWN = {variable.name: variable for variable in VARIABLES}


class Environment:
    """Reads variables of the catalogue from a mapping and gathers what is wrong with them.

    Read everything first, then call `check()`: it raises one `ConfigError` that names all problems.
    """

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._mapping = mapping
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        variable = _KNOWN[name]
        value = self._mapping.get(name, "").strip()
        if not value and variable.secret:
            value = self._from_file(f"{name}_FILE")
        return value or (variable.default if default is None else default)

    def integer(self, name: str, *, least: int = 0, most: int = 65535) -> int:
        value = self.text(name)
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return int(value)
        self.problems.append(f"{name}: {value!r} is no whole number from {least} to {most}")
        return least

    def web_address(self, name: str) -> str:
        """Empty where it is not set."""
        value = self.text(name)
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            self.problems.append(f"{name}: {value!r} is no address that begins with http:// or https://")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value in allowed:
            return value
        self.problems.append(f"{name}: {value!r} is not one of {', '.join(allowed)}")
        return allowed[0]

    def items(self, name: str) -> tuple[str, ...]:
        return tuple(item.strip() for item in self.text(name).split(",") if item.strip())

    def keys(self, name: str, *, needed: bool = True) -> tuple[str, ...]:
        """Secrets of 32 signs or more, the newest first; a short one is a problem, and a missing one if `needed`."""
        keys = self.items(name)
        if not keys and needed:
            self.problems.append(f"{name}: not set; give a random text of 32 signs or more (or {name}_FILE)")
        if any(len(key) < 32 for key in keys):
            self.problems.append(f"{name}: a key is shorter than 32 signs")
        return keys

    def key(self, name: str) -> str:
        keys = self.keys(name)
        return keys[0] if keys else ""

    def ring(self, name: str) -> str:
        """The same, as keyring.py reads it: the first is used, all of them are accepted."""
        return ",".join(self.keys(name))

    def check(self) -> None:
        if self.problems:
            raise ConfigError("the configuration cannot be used:\n  " + "\n  ".join(self.problems))

    def _from_file(self, name: str) -> str:
        path = self._mapping.get(name, "").strip()
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{name}: cannot read {path} ({error.__class__.__name__})")
            return ""


@dataclass(frozen=True)
class CommonSettings:
    """What every process reads."""

    mode: str
    pack: Path
    data: Path
    log_level: str
    broker_url: str
    host: str
    content_keys: tuple[str, ...]
    service_token: str
    """As it is written (keyring.py)."""
    trusted_proxies: int
    most_wait_seconds: int = 2
    otlp_url: str = ""
    drain_seconds: int = 0

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @staticmethod
    def from_environment(env: Environment) -> CommonSettings:
        return CommonSettings(
            mode=env.choice("TANGGAP_MODE", ("demo", "live")),
            pack=Path(env.text("TANGGAP_PACK")),
            data=Path(env.text("TANGGAP_DATA")),
            log_level=env.choice("TANGGAP_LOG_LEVEL", ("info", "debug", "warning", "error")),
            broker_url=env.text("TANGGAP_BROKER_URL"),
            host=env.text("TANGGAP_HOST"),
            content_keys=env.keys("TANGGAP_CONTENT_KEYS"),
            service_token=env.ring("TANGGAP_SERVICE_TOKEN"),
            trusted_proxies=env.integer("TANGGAP_TRUSTED_PROXIES", most=5),
            most_wait_seconds=env.integer("TANGGAP_MOST_WAIT_SECONDS", least=1, most=60),
            otlp_url=env.web_address("TANGGAP_OTLP_URL"),
            drain_seconds=env.integer("TANGGAP_DRAIN_SECONDS", most=60),
        )


def database_url(env: Environment, service: str) -> str:
    """The service's database: its own variable, else an SQLite file in the data folder."""
    data = Path(env.text("TANGGAP_DATA")).absolute()
    return env.text(f"TANGGAP_{service.upper()}_DATABASE_URL", default=f"sqlite:///{data / (service + '.db')}")
