"""A process that is told to stop says so on its readiness page, and goes on answering for a while. Without a broker."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from services.composition import migrations_of
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import SECRETS

ROOT = Path(__file__).parents[2]


class Router:
    def __init__(self, folder: Path, seconds: int) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        database_url = f"sqlite:///{folder}/router.db"
        database = Database(database_url)
        upgrade(database.engine, migrations_of("router"))
        database.close()
        env = {
            **SECRETS, "PATH": "/usr/bin:/bin", "TANGGAP_DATA": str(folder), "TANGGAP_ROUTER_PORT": str(port),
            "TANGGAP_ROUTER_DATABASE_URL": database_url, "TANGGAP_DRAIN_SECONDS": str(seconds),
            "TANGGAP_BROKER_URL": f"amqp://nobody:wrong@127.0.0.1:{free_port()}/tanggap",
        }  # fmt: skip
        command = [sys.executable, "-m", "services", "run", "router"]
        self.process = Process(command, log=folder / "router.log", env=env, cwd=ROOT)

    def look(self, path: str = "/readyz") -> tuple[int, Any]:
        """Status and document; status 0 when nobody answers."""
        try:
            answer = requests.get(f"{self.url}{path}", timeout=5)
        except requests.ConnectionError:
            return 0, None
        return answer.status_code, answer.json()

    def start(self) -> None:
        self.process.start()
        eventually(lambda: self.look()[0] == 200, 30, describe=self.process.tail)

    def says_that_it_stops(self) -> bool:
        status, said = self.look()
        return status == 503 and said["problems"] == {"process": "is about to stop"}


@pytest.fixture(params=[3])
def router(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Router]:
    router = Router(tmp_path, request.param)
    router.start()
    yield router
    router.process.kill9()


def test_it_answers_while_it_says_that_it_stops(router: Router) -> None:
    router.process.send(signal.SIGTERM)
    eventually(router.says_that_it_stops, 2, describe=router.process.tail)
    assert router.look("/healthz")[0] == 200
    assert router.process.wait(15) == 0
    assert router.look()[0] == 0


@pytest.mark.parametrize("router", [60], indirect=True)
def test_a_second_signal_ends_the_waiting(router: Router) -> None:
    router.process.send(signal.SIGTERM)
    eventually(router.says_that_it_stops, 2, describe=router.process.tail)
    assert router.process.terminate(15) == 0


@pytest.mark.parametrize("router", [0], indirect=True)
def test_without_the_setting_it_stops_at_once(router: Router) -> None:
    assert router.process.terminate(10) == 0
