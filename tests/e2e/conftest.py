"""The whole system in both forms, started once for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.support.system import DistributedSystem, EmbeddedSystem, System


@pytest.fixture(scope="session")
def embedded_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with EmbeddedSystem(tmp_path_factory.mktemp("embedded")) as system:
        yield system


@pytest.fixture(scope="session")
def distributed_system(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[System]:
    node = request.getfixturevalue("rabbit_node")
    server = request.getfixturevalue("postgres_server")
    node.create_vhost("e2e")
    database = server.create_database("e2e")
    with DistributedSystem(tmp_path_factory.mktemp("distributed"), node, "e2e", server, database) as system:
        yield system


@pytest.fixture(params=["embedded", "distributed"])
def system(request: pytest.FixtureRequest) -> System:
    found: System = request.getfixturevalue(f"{request.param}_system")
    return found
