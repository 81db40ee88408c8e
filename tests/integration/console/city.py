"""Processes of a city in one program: each with its own metrics and web server, looked at when the test says so."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from services.composition import Parts, build_service, migrations_of, settings_for
from services.desk.console.helping import helping
from shared.citypack import load_pack
from shared.clock import Clock
from shared.messaging.broker import Broker
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from shared.web.server import WebServer
from tests.support.clock import MovableClock
from tests.support.eventually import eventually
from tests.support.faults import Fault
from tests.support.migrated import migrate
from tests.support.ports import free_port
from tests.support.system import SECRETS
from tests.unit.desk.fake_vitals import roomy
from tests.unit.desk.world import PASSWORD, QUICK_PASSWORDS, Visitor

PACK_FOLDER = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"
PACK = load_pack(PACK_FOLDER)
_TROUBLE = re.compile(r'<li class="row trouble.*?</dl>', re.DOTALL)


class City:
    """The desk and the services named. All workers run but those that look: `look` does a round of each."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovableClock()
        self.broker = MemoryBroker(TOPOLOGY)
        self.services: dict[str, Service] = {}
        self.metrics: dict[str, Metrics] = {}
        self._servers: dict[str, WebServer] = {}
        self._open: Visitor | None = None
        self._ports = {name: free_port() for name in ("intake", "router", "notifier", "desk", "mail")}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in self._ports.items()}
        self.environment = {
            **SECRETS, "TANGGAP_DATA": str(folder), "TANGGAP_PACK": str(PACK_FOLDER),
            "TANGGAP_SMTP_PORT": str(free_port()),
            **{f"TANGGAP_{name.upper()}_URL": urls[name] for name in ("intake", "router", "notifier")},
        }  # fmt: skip

    def begin(
        self, name: str, *, broker: Broker | None = None, clock: Clock | None = None, without: str = "",
        environment: Mapping[str, str] | None = None, **options: Any,
    ) -> Service:  # fmt: skip
        """`without` names a worker that does not run (`relay`)."""
        settings = settings_for(name, {**self.environment, **(environment or {})})
        self.metrics[name] = Metrics()
        owner = "intake" if name == "mail" else name
        database = Database(settings.database_url)
        migrate(database.engine, migrations_of(owner))
        database.close()
        parts = Parts(PACK, broker or self.broker, clock or self.clock, self.metrics[name])
        service = self.services[name] = build_service(name, settings, parts, **options)
        service.workers = [
            worker for worker in service.workers
            if not worker.name.endswith("-vitals") and not (without and worker.name.endswith(without))
        ]  # fmt: skip
        service.start()
        self.serve(name)
        return service

    def serve(self, name: str) -> None:
        self._servers[name] = WebServer(self.services[name].web, "127.0.0.1", self._ports[name])
        self._servers[name].start()

    def hang_up(self, name: str) -> None:
        """Nobody answers at its port any more."""
        self._servers.pop(name).stop()

    def begin_desk(self, **more: Any) -> Service:
        chosen = {"demo_password": PASSWORD, "passwords": QUICK_PASSWORDS, "disk": roomy, **more}
        return self.begin("desk", **chosen)

    def close(self) -> None:
        for server in self._servers.values():
            server.stop()
        for service in self.services.values():
            service.request_stop()
        for service in self.services.values():
            service.finish_stop()

    def look(self) -> None:
        for name in sorted(self.services, key=lambda one: one == "desk"):
            vitals = self.services[name].vitals
            assert vitals is not None
            vitals.stepper.look()

    def visitor(self) -> Visitor:
        """The operator, logged in."""
        visitor = Visitor(self.services["desk"].web.test_client())
        assert visitor.post("/login", login="operator", password=PASSWORD).status_code == 303
        return visitor

    def page(self) -> str:
        """Of somebody who stays logged in as long as the clock allows."""
        self._open = self._open or self.visitor()
        answer = self._open.get("/console")
        if answer.status_code == 303:
            self._open = self.visitor()
            answer = self._open.get("/console")
        assert answer.status_code == 200
        return answer.text

    def troubles(self) -> list[str]:
        """What the console says that needs somebody, one text each."""
        plain = (unescape(re.sub(r"<[^>]+>", " ", one)) for one in _TROUBLE.findall(self.page()))
        return [" ".join(one.split()) for one in plain]

    def shows(self, fault: Fault, about: str = "") -> bool:
        """A round, and then: is it on the console, with the runbook's section?"""
        self.look()
        help_ = helping(fault.sign)
        return any(
            help_.trouble in one and f"#{fault.anchor}" in one and about in one for one in self.troubles()
        )  # fmt: skip

    def await_trouble(self, fault: Fault, about: str = "", deadline_seconds: float = 15) -> None:
        eventually(lambda: self.shows(fault, about), deadline_seconds, describe=self.troubles)

    def await_mended(self, fault: Fault, about: str = "", deadline_seconds: float = 15) -> None:
        eventually(lambda: not self.shows(fault, about), deadline_seconds, describe=self.troubles)

    def exposition(self, name: str) -> str:
        return self.services[name].web.test_client().get("/metrics").text


@contextmanager
def open_city(folder: Path) -> Iterator[City]:
    city = City(folder)
    try:
        yield city
    finally:
        city.close()
