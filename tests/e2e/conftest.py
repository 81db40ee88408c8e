"""The whole system in both forms, as citizens, agencies, officers and operators meet it.

Tests of pages share systems that are started once; those of operators' commands plant damage and have their own.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support.system import ROOT, DistributedSystem, EmbeddedSystem, System

_WAKEFUL = {"quiet_hours": {"from": "00:00", "to": "00:00"}, "gather_seconds": 0, "citizen_daily_limit": 1000}

_SYSTEMS = ("distributed", "wakeful", "embedded")


def pytest_itemcollected(item: pytest.Item) -> None:
    """The tests of one system run in one process, so that each system is started once."""
    item.add_marker(pytest.mark.xdist_group(_system_of(item)))


def _system_of(item: pytest.Item) -> str:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    asked = [str(params.get("system", "")), *getattr(item, "fixturenames", ())]
    alone = f"operators {params['running']}" if "running" in params else item.path.stem
    return next((name for name in _SYSTEMS if any(one.startswith(name) for one in asked)), alone)


@pytest.fixture(scope="session")
def embedded_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with EmbeddedSystem(tmp_path_factory.mktemp("embedded")) as system:
        yield system


@pytest.fixture(scope="session")
def wakeful_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A city that tells its citizens everything at once, at night too: what is sent does not depend on the hour."""
    folder = tmp_path_factory.mktemp("wakeful")
    with EmbeddedSystem(folder, TANGGAP_PACK=str(_wakeful_city(folder / "city"))) as system:
        yield system


def _wakeful_city(folder: Path) -> Path:
    shutil.copytree(ROOT / "deploy/cities/cimahi", folder)
    path = folder / "notifications.yaml"
    settings = {**yaml.safe_load(path.read_text(encoding="utf-8")), **_WAKEFUL}
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return folder


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
