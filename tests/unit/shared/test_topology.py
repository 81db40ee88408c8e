"""Every fact that is said is heard, every queue is handled, every handler has a queue."""

import importlib
from dataclasses import fields

import pytest

from shared.contracts import registry
from shared.messaging.topology import DEAD, EXCHANGES, QUEUES, SAYS, TOPOLOGY

ERASING = "shared.erasing.Erasing"
HANDLERS = {
    "intake": ("services.intake.handlers.IntakeHandlers",),
    "router": ("services.router.handlers.RouterHandlers", ERASING),
    "notifier": (
        "services.notifier.handlers.NotifierHandlers", "services.notifier.persons.PersonHandlers",
        "services.notifier.auditors.AuditorHandlers", ERASING,
    ),
    "desk": ("services.desk.handlers.DeskHandlers", ERASING),
}  # fmt: skip
"""The classes whose `table` names a service's handlers."""


def test_every_fact_is_a_known_contract_said_by_one_service() -> None:
    said = [key for keys in SAYS.values() for key in keys]
    assert sorted(said) == registry.known_types()
    assert len(said) == len(set(said))


def test_every_said_fact_is_heard_and_every_heard_fact_is_said() -> None:
    heard = {key for queue in QUEUES for key in queue.keys}
    said = {key for keys in SAYS.values() for key in keys}
    assert heard == said


@pytest.mark.parametrize("owner", sorted(HANDLERS))
def test_every_queue_is_handled_and_every_handler_has_a_queue(owner: str) -> None:
    handled: list[str] = []
    for name in HANDLERS[owner]:
        module, _, class_ = name.rpartition(".")
        made_of = getattr(importlib.import_module(module), class_)
        handled += made_of(**dict.fromkeys((field.name for field in fields(made_of)), None)).table()
    heard = {key for queue in TOPOLOGY.queues_of(owner) for key in queue.keys}
    assert sorted(handled) == sorted(heard)


def test_every_queue_survives_a_broker_restart_and_parks_what_it_gives_up() -> None:
    for queue in QUEUES:
        assert queue.name.startswith(f"{queue.owner}.")
        assert queue.name.endswith(".v1")
        assert queue.arguments["x-queue-type"] == "quorum"
        assert queue.arguments["x-dead-letter-exchange"] == DEAD
        assert queue.arguments["x-dead-letter-routing-key"] == queue.name
        assert queue.arguments["x-overflow"] == "reject-publish"
    assert EXCHANGES[DEAD] == "direct"
