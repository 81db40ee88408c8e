"""Which secrets the compose stack needs, and which of them are still to be made. Pure: randomness comes from outside.

The addresses with a user and a password in them are the truth; what servers are told (the superuser's password, the
broker's users) is derived from them. So a set of which some files are lost is completed to one that fits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from shared.errors import ConfigError
from shared.logins import user_of
from shared.messaging.rabbit_definitions import ADMIN, MONITORING, OPERATIONS, VHOST, Salts, definitions
from shared.messaging.topology import SAYS

OWNERS = tuple(SAYS)
KEYS = (
    "content_keys", "contact_keys", "contact_pepper", "audit_keys", "service_token", "intake_session_key",
    "desk_session_key", "sms_token", "sms_webhook_keys", "monitoring_password", "erlang_cookie",
)  # fmt: skip
GIVEN_BY_OPERATOR = ("smtp_url", "sms_gateway_url", "sms_gateway_key", "open311_keys", "imap_url")
"""Made empty: nothing is sent or fetched, and no key is asked for, before the operator writes something into them."""
DEFINITIONS = "rabbitmq_definitions.json"
MANAGEMENT = "admin_management_url"
_SUPERUSER = "postgres"


@dataclass(frozen=True)
class Random:
    """Where chance comes from: `text` gives a secret of at least 32 signs that a URL need not escape."""

    text: Callable[[], str]
    salts: Salts


def missing_secrets(kept: Mapping[str, str], random: Random, beside: Mapping[str, str] | None = None) -> dict[str, str]:
    """What to write, by file name, beside what is `kept`. Nothing kept is ever changed, but the definitions.

    `beside`: addresses of second users that the broker is to know too, by the names of the files of the first.

    Raises `ConfigError` when a kept file cannot be understood.
    """
    made: dict[str, str] = {}
    for name in KEYS:
        made[name] = kept.get(name) or random.text()
    for name in GIVEN_BY_OPERATOR:
        made[name] = kept.get(name, "")
    for owner in OWNERS:
        name = f"{owner}_database_url"
        made[name] = kept.get(name) or _database_url(owner, random.text())
    superuser = kept.get("postgres_password") or random.text()
    made["admin_database_url"] = kept.get("admin_database_url") or _database_url(_SUPERUSER, superuser)
    made["postgres_password"] = kept.get("postgres_password") or _password(made, "admin_database_url")
    for name, user in _broker_users().items():
        made[name] = kept.get(name) or f"amqp://{user}:{random.text()}@rabbitmq:5672/{VHOST}"
    made[MANAGEMENT] = kept.get(MANAGEMENT) or f"http://{OPERATIONS}:{random.text()}@rabbitmq:15672"
    made[DEFINITIONS] = _definitions(made, _known_to_broker(beside), kept.get(DEFINITIONS, "{}"), random.salts)
    return {name: value for name, value in made.items() if kept.get(name) != value}


def following(kept: Mapping[str, str], salts: Salts, beside: Mapping[str, str]) -> dict[str, str]:
    """What servers are told, as far as it is kept and no longer fits the addresses. Raises `ConfigError`."""
    made: dict[str, str] = {}
    if "postgres_password" in kept and "admin_database_url" in kept:
        made["postgres_password"] = _password(kept, "admin_database_url")
    if DEFINITIONS in kept and set(_broker_files()) <= set(kept):
        made[DEFINITIONS] = _definitions(kept, _known_to_broker(beside), kept[DEFINITIONS], salts)
    return {name: value for name, value in made.items() if kept[name] != value}


def _known_to_broker(beside: Mapping[str, str] | None) -> dict[str, str]:
    return {name: address for name, address in (beside or {}).items() if name in _broker_users()}


def _broker_files() -> tuple[str, ...]:
    return (*_broker_users(), MANAGEMENT, "monitoring_password")


def _broker_users() -> dict[str, str]:
    return {"admin_broker_url": ADMIN, **{f"{owner}_broker_url": owner for owner in OWNERS}}


def _database_url(user: str, password: str) -> str:
    return f"postgresql+psycopg://{user}:{password}@postgres:5432/tanggap"


def _password(urls: Mapping[str, str], name: str) -> str:
    password = urlsplit(urls[name]).password
    if not password:
        raise ConfigError(f"{name}: no address with a password in it")
    return unquote(password)


def _definitions(urls: Mapping[str, str], second: Mapping[str, str], known: str, salts: Salts) -> str:
    names = (*_broker_users(), MANAGEMENT)
    passwords = {user_of(second[name]): _password(second, name) for name in names if name in second}
    passwords |= {user_of(urls[name]): _password(urls, name) for name in names}
    try:
        document = definitions({**passwords, MONITORING: urls["monitoring_password"]}, json.loads(known), salts)
    except (ValueError, AttributeError, TypeError, LookupError) as error:
        raise ConfigError(f"{DEFINITIONS} cannot be understood ({error}); mend it, or remove it") from error
    return json.dumps(document, indent=1)
