"""The internal API of every service, route by route: shut without the service token, and before anything is read."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from services.notifier import app as notifier_app
from shared.clock import SystemClock
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from tests.integration.router.world import router_world
from tests.support.migrated import migrate
from tests.unit.desk.world import open_world
from tests.unit.intake.building import intake
from tests.unit.notifier.samples import PLAIN_PACK, settings, wordings

WRONG = ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {'wrong' * 8}"}, {"Authorization": "Basic eDp4"})
LEAST = {"intake": 10, "router": 15, "notifier": 12, "desk": 1}
"""How many there are at least, so that the test does not pass by looking at nothing."""


@contextmanager
def built_intake(folder: Path) -> Iterator[Service]:
    with intake(f"sqlite:///{folder}/intake.db", with_mail=True) as built:
        yield built.service


@contextmanager
def built_router(folder: Path) -> Iterator[Service]:
    with router_world(f"sqlite:///{folder}/router.db", folder) as world:
        yield world.service


@contextmanager
def built_notifier(folder: Path) -> Iterator[Service]:
    chosen = settings(folder)
    database = Database(chosen.database_url)
    migrate(database.engine, notifier_app.MIGRATIONS)
    yield notifier_app.build(
        chosen, database=database, broker=MemoryBroker(TOPOLOGY), clock=SystemClock(), metrics=Metrics(),
        pack=PLAIN_PACK, wordings=wordings(),
    )  # fmt: skip
    database.close()


@contextmanager
def built_desk(folder: Path) -> Iterator[Service]:
    with open_world(f"sqlite:///{folder}/desk.db", folder) as world:
        yield world.service


BUILT: dict[str, Callable[[Path], AbstractContextManager[Service]]] = {
    "intake": built_intake, "router": built_router, "notifier": built_notifier, "desk": built_desk,
}  # fmt: skip


_PART = re.compile(r"<(?:any\((\w+)[^)]*\):|\w+:)?\w+>")


def internal_routes(service: Service) -> list[tuple[str, str]]:
    """(method, path) of each, with something that fits in the place of its parts."""
    return [
        (method, _PART.sub(lambda part: part[1] or "1", rule.rule))
        for rule in service.web.url_map.iter_rules()
        if rule.rule.startswith("/internal")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


@pytest.mark.parametrize("name", BUILT)
def test_every_internal_route_is_shut_without_the_service_token(tmp_path: Path, name: str) -> None:
    with BUILT[name](tmp_path) as service:
        routes = internal_routes(service)
        assert len(routes) >= LEAST[name], routes
        client = service.web.test_client()
        for method, path in routes:
            for headers in WRONG:
                answer = client.open(path, method=method, headers=headers, data=b"\xff not read")
                assert (answer.status_code, answer.get_json()["code"]) == (401, "wrong_service_token"), (method, path)
