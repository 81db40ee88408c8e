"""Which secrets can be exchanged while everything runs, how, and who has to be replaced to know a new value. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.commands.secret_files import OWNERS

ALL = ("intake", "mail", "router", "notifier", "desk")
"""In the order in which they are replaced."""


class Kind(StrEnum):
    RING = "ring"
    """Several values in one file: the first is used, all of them are accepted."""
    SEALING = "sealing"
    """The same; the old value also seals what is stored, so it stays until `tanggap reseal` has been through."""
    LASTING = "lasting"
    """The same; old values stay for good."""
    LOGIN = "login"
    """An address with user and password; the server knows two users meanwhile."""
    PASSWORD = "password"  # noqa: S105 - a kind, not one
    """An address, or a password alone, that nothing holds while it runs; the server is told at once."""


@dataclass(frozen=True)
class Exchangeable:
    """`used_by`: whoever has read the file at its start. `pause`: what has to happen before it goes on, in words."""

    name: str
    kind: Kind
    used_by: tuple[str, ...] = ()
    pause: str = ""


_SESSIONS = (
    "wait half a day, until nobody is logged in and no form is open that the old value signed; at once if somebody has "
    "seen it, then people log in again"
)


def _processes(owner: str) -> tuple[str, ...]:
    return ("intake", "mail") if owner == "intake" else (owner,)


_ALL = (
    Exchangeable("content_keys", Kind.SEALING, ALL),
    Exchangeable("contact_keys", Kind.SEALING, ("intake", "mail")),
    Exchangeable("audit_keys", Kind.LASTING, ("desk",)),
    Exchangeable("service_token", Kind.RING, ALL),
    Exchangeable("intake_session_key", Kind.RING, ("intake", "mail"), _SESSIONS),
    Exchangeable("desk_session_key", Kind.RING, ("desk",), _SESSIONS),
    Exchangeable("session_key", Kind.RING, ("intake", "mail", "desk"), _SESSIONS),
    Exchangeable(
        "sms_token", Kind.RING, ("intake", "mail"), "tell the SMS gateway; it may show either value until then"
    ),
    Exchangeable(
        "sms_webhook_keys",
        Kind.RING,
        ("intake", "mail"),
        "tell the SMS gateway; it may sign with either value until then",
    ),
    Exchangeable(
        "sms_gateway_key", Kind.RING, ("notifier",), "tell the SMS gateway; it must accept the new value first"
    ),
    *(Exchangeable(f"{owner}_database_url", Kind.LOGIN, _processes(owner)) for owner in OWNERS),
    *(Exchangeable(f"{owner}_broker_url", Kind.LOGIN, _processes(owner)) for owner in OWNERS),
    *(
        Exchangeable(name, Kind.PASSWORD)
        for name in ("admin_database_url", "admin_broker_url", "admin_management_url", "monitoring_password")
    ),
)
EXCHANGEABLE = {one.name: one for one in _ALL}

BY_HAND = {
    "contact_pepper": (
        "it cannot be exchanged: known contacts, blocks and erasures are recognised by what it makes of them, and "
        "nobody keeps the contacts from which they could be made anew. What a lost one means: docs/rotation.md"
    ),
    "postgres_password": "it follows admin_database_url: exchange that one",
    "erlang_cookie": (
        "nodes of RabbitMQ with different ones do not speak to each other: write a new one into the file, then start "
        "all nodes again at one time; meanwhile complaints are taken, and what is said waits"
    ),
    "open311_keys": "each program has a key of its own: edit the file, then replace intake and mail",
    "smtp_url": "the mail server makes it: write the new one into the file, then replace notifier",
    "sms_gateway_url": "the gateway makes it: write the new one into the file, then replace notifier",
    "imap_url": "the mail server makes it: write the new one into the file, then replace mail",
}
"""Why a secret is not exchanged by steps, and what to do instead."""
