"""RabbitMQ's users as data; that the rights do what they say is tried on a real broker in tests/compose."""

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from shared.messaging.agency_queues import AgencyQueue
from shared.messaging.rabbit_definitions import (
    ADMIN,
    MONITORING,
    OPERATIONS,
    VHOST,
    definitions,
    password_hash,
    users,
)
from shared.messaging.topology import EXCHANGES, QUEUES, SAYS

PASSWORDS = {user.name: f"password of {user.name}" for user in users()}


class Salts:
    """A new one each time, and always the same ones in a test."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = count(1)

    def __call__(self, size: int) -> bytes:
        return next(self._numbers).to_bytes(size)


def made(known: dict[str, Any] | None = None, **changed: str) -> dict[str, Any]:
    return definitions({**PASSWORDS, **changed}, known or {}, Salts())


def test_a_hash_is_what_rabbitmq_expects() -> None:
    """Salt, then SHA-256 over salt and password, in base64: the example is of RabbitMQ's own documentation."""
    salt = bytes.fromhex("908DC60A")
    assert password_hash("test12", salt) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
    assert base64.b64decode(password_hash("x", salt))[4:] == hashlib.sha256(salt + b"x").digest()


def test_no_password_stands_in_the_document() -> None:
    assert not [password for password in PASSWORDS.values() if password in str(made())]


def test_every_service_may_say_its_facts_and_read_its_queues_and_no_others() -> None:
    document = made()
    for owner, keys in SAYS.items():
        permission = next(one for one in document["permissions"] if one["user"] == owner)
        topic = next(one for one in document["topic_permissions"] if one["user"] == owner)
        assert permission["configure"] == "^$"
        more = ["tanggap.agencies"] if owner == "notifier" else []
        assert [name for name in EXCHANGES if re.search(permission["write"], name)] == ["tanggap.events", *more]
        readable = {queue.name for queue in QUEUES if re.search(permission["read"], queue.name)}
        assert readable == {queue.name for queue in QUEUES if queue.owner == owner}
        assert all(re.search(topic["write"], key) for key in keys)
        foreign = {key for others, told in SAYS.items() if others != owner for key in told if key.split(".")[0] not in
                   {own.split(".")[0] for own in keys}}  # fmt: skip
        assert not [key for key in foreign if re.search(topic["write"], key)]


def test_the_administrator_declares_everything_and_administers_nothing() -> None:
    document = made()
    permission = next(one for one in document["permissions"] if one["user"] == ADMIN)
    for name in [*EXCHANGES, *(queue.name for queue in QUEUES), *(queue.dead for queue in QUEUES)]:
        assert all(re.search(permission[right], name) for right in ("configure", "write", "read")), name
    assert not re.search(permission["configure"], "amq.topic")
    tags = {user["name"]: user["tags"] for user in document["users"]}
    assert {name: tag for name, tag in tags.items() if tag} == {
        MONITORING: ["monitoring"],
        OPERATIONS: ["administrator"],
    }
    assert MONITORING not in {one["user"] for one in document["permissions"]}


def test_who_administers_makes_agencies_queues_and_reads_no_service_s() -> None:
    permission = next(one for one in made()["permissions"] if one["user"] == OPERATIONS)
    queue = AgencyQueue("DLH")
    for name in (queue.name, queue.dead):
        assert all(re.search(permission[right], name) for right in ("configure", "write", "read"))
    for exchange, _, _ in queue.bindings:
        assert re.search(permission["read"], exchange)
    assert re.search(permission["write"], "tanggap.dead"), "else it may not name it as the queue's dead-letter exchange"
    assert not re.search(permission["write"], "tanggap.events")
    ours = [name for one in QUEUES for name in (one.name, one.dead)]
    assert not [name for name in ours for right in ("configure", "write", "read") if re.search(permission[right], name)]


def test_the_same_passwords_give_the_same_document() -> None:
    first = made()
    assert definitions(PASSWORDS, first, lambda size: b"\xff" * size) == first


def test_a_new_password_changes_one_hash() -> None:
    first = made()
    second = definitions({**PASSWORDS, "desk": "another"}, first, lambda size: b"\xff" * size)
    changed = [new["name"] for old, new in zip(first["users"], second["users"], strict=True) if old != new]
    assert changed == ["desk"]


def test_what_an_operator_added_stays() -> None:
    first = made()
    own = {"name": "backup", "password_hash": "x", "tags": []}
    known = {**first, "users": [*first["users"], own], "policies": [{"name": "mine"}], "parameters": []}
    second = made(known)
    assert own in second["users"]
    assert second["policies"] == [{"name": "mine"}]
    assert len([user for user in second["users"] if user["name"] == "desk"]) == 1


def test_a_right_that_was_widened_by_hand_is_narrowed_again() -> None:
    known = made()
    for permission in known["permissions"]:
        permission["write"] = ".*"
    assert made(known)["permissions"] == made()["permissions"]


def test_a_missing_password_is_an_error() -> None:
    with pytest.raises(KeyError, match="desk"):
        definitions({name: word for name, word in PASSWORDS.items() if name != "desk"}, {}, Salts())


def test_the_virtual_host_is_there() -> None:
    assert made()["vhosts"] == [{"name": VHOST, "default_queue_type": "quorum"}]
