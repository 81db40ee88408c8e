"""A running system in both forms, started once for the tests of this folder, and an operator before it."""

from collections.abc import Iterator

import pytest

from tests.support.system import DistributedSystem, EmbeddedSystem, System
from tests.unit.operations.shell import Shell, shell_of


@pytest.fixture(scope="session", params=["embedded", "distributed"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[System, Shell]]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "embedded":
        with EmbeddedSystem(folder) as system:
            yield system, shell_of(system)
        return
    node, server = request.getfixturevalue("rabbit_node"), request.getfixturevalue("postgres_server")
    node.create_vhost("operators")
    database = server.create_database("operators")
    with DistributedSystem(folder, node, "operators", server, database) as system:
        yield system, shell_of(system, node.url("operators"))


@pytest.fixture
def system(running: tuple[System, Shell]) -> System:
    return running[0]


@pytest.fixture
def shell(running: tuple[System, Shell]) -> Shell:
    return running[1]
