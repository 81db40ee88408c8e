"""RabbitMQ's definitions file as data: the virtual host, and a user of least rights for each service.

A service configures nothing, writes to the exchange of events only, with routing keys that begin as its own facts do,
and reads its own queues; the notifier writes to the agencies' exchange as well. Users of agencies are not in here: an
operator makes them while the broker runs (agency_queues.py). Pure: passwords and salts come from outside.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.logins import other_user
from shared.messaging.topology import AGENCIES, DEAD, EVENTS, SAYS

VHOST = "tanggap"
ADMIN = "migrate"
"""Declares the topology; has no rights of administration."""
MONITORING = "monitoring"
"""Sees all figures of the management API, and no message."""
OPERATIONS = "operations"
"""Administers by the management API: makes agencies' queues and users."""
SALT_BYTES = 4
HASHING = "rabbit_password_hashing_sha256"
_NOTHING = "^$"
_MORE = {"notifier": (AGENCIES,)}
"""Exchanges besides that of events, to which a service writes."""

Salts = Callable[[int], bytes]
Document = dict[str, Any]


@dataclass(frozen=True)
class User:
    """`topic_write` limits the routing keys on the exchange of events; empty: any."""

    name: str
    configure: str = _NOTHING
    write: str = _NOTHING
    read: str = _NOTHING
    topic_write: str = ""
    tags: tuple[str, ...] = ()


def users(names: Collection[str] = ()) -> tuple[User, ...]:
    """A service has those of its two users (logins.py) that are among the names; the first when neither is."""
    owned = f"^({'|'.join(['tanggap', *sorted(SAYS)])})\\."
    services = [
        User(user, write=_only(EVENTS, *_MORE.get(owner, ())), read=f"^{owner}\\..*", topic_write=_begins_as(keys))
        for owner, keys in sorted(SAYS.items())
        for user in [one for one in (owner, other_user(owner)) if one in names] or [owner]
    ]
    agencies = r"^agency\."
    # to make a queue with a dead-letter exchange calls for the right to write there, to bind it for that to read there
    read, write = f"{agencies}|{_only(AGENCIES, DEAD)}", f"{agencies}|{_only(DEAD)}"
    operations = User(OPERATIONS, agencies, write, read, tags=("administrator",))
    return (*services, User(ADMIN, owned, owned, owned), operations, User(MONITORING, tags=("monitoring",)))


def definitions(passwords: Mapping[str, str], known: Mapping[str, Any], salts: Salts) -> Document:
    """The document for exactly these passwords, by user name. Raises `KeyError` when one is missing.

    What `known` (an earlier document, or empty) has besides our own users stays; a hash that fits stays as it is, so
    that the same passwords give the same document. A service's other user goes when it has no password here.
    """
    known = _without(known, {one for owner in SAYS for one in (owner, other_user(owner))} - set(passwords))
    hashes = {str(user["name"]): str(user.get("password_hash", "")) for user in known.get("users", [])}
    ours: dict[str, list[Document]] = {"users": [], "permissions": [], "topic_permissions": []}
    for user in users(passwords):
        password, known_hash = passwords[user.name], hashes.get(user.name, "")
        fits = known_hash and password_fits(known_hash, password)
        ours["users"].append(
            {
                "name": user.name,
                "password_hash": known_hash if fits else password_hash(password, salts(SALT_BYTES)),
                "hashing_algorithm": HASHING,
                "tags": list(user.tags),
            }
        )
        if user.read != _NOTHING:
            ours["permissions"].append(_permission(user))
        if user.topic_write:
            ours["topic_permissions"].append(_topic_permission(user))
    ours["vhosts"] = [{"name": VHOST, "default_queue_type": "quorum"}]
    identities = {
        "vhosts": ("name",),
        "users": ("name",),
        "permissions": ("user", "vhost"),
        "topic_permissions": ("user", "vhost", "exchange"),
    }
    return {**known, **{part: _merged(known.get(part, []), ours[part], by) for part, by in identities.items()}}


def password_hash(password: str, salt: bytes) -> str:
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode("ascii")


def password_fits(known_hash: str, password: str) -> bool:
    salt = base64.b64decode(known_hash)[:SALT_BYTES]
    return password_hash(password, salt) == known_hash


def _only(*names: str) -> str:
    return "|".join(f"^{re.escape(name)}$" for name in names)


def _begins_as(keys: Iterable[str]) -> str:
    """The nouns of the facts: a new fact about the same thing needs no new rights."""
    nouns = sorted({key.split(".")[0] for key in keys})
    return f"^({'|'.join(nouns)})\\."


def _permission(user: User) -> Document:
    return {"user": user.name, "vhost": VHOST, "configure": user.configure, "write": user.write, "read": user.read}


def _topic_permission(user: User) -> Document:
    return {"user": user.name, "vhost": VHOST, "exchange": EVENTS, "write": user.topic_write, "read": _NOTHING}


def _without(known: Mapping[str, Any], gone: Collection[str]) -> Document:
    places = {"users": "name", "permissions": "user", "topic_permissions": "user"}
    kept = {part: [one for one in known.get(part, []) if one[by] not in gone] for part, by in places.items()}
    return {**known, **kept}


def _merged(known: Iterable[Document], ours: Iterable[Document], by: tuple[str, ...]) -> list[Document]:
    merged = {tuple(item.get(name) for name in by): item for item in known}
    merged.update({tuple(item[name] for name in by): item for item in ours})
    return list(merged.values())
