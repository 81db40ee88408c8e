"""A router for tests: its own database, a small city, the embedded broker, a clock to move; workers not started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from services.router.app import MIGRATIONS, build
from services.router.config import RouterSettings
from services.router.handlers import RouterHandlers
from services.router.in_force import RulesInForce
from services.router.rule_files import files_of
from services.router.versions import Act, Versions
from shared.citypack import CityPack, load_pack
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintReceived
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.migrated import migrate
from tests.unit.router.conftest import write_city

TOKEN = "service-" + "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RECEIVED = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
OFFICER = Act("budi", "coordinator", "coba")


@dataclass
class RouterWorld:
    service: Service
    pack: CityPack
    clock: MovableClock
    versions: Versions
    metrics: Metrics

    @property
    def database(self) -> Database:
        return self.service.spine.database

    @property
    def client(self) -> Any:
        return self.service.web.test_client()

    def process(self, name: str = "other:1", pack: CityPack | None = None) -> RulesInForce:
        """The rules of one more router process, which has not looked yet."""
        versions = Versions(self.database, pack or self.pack, self.clock)
        return RulesInForce(versions, Metrics(), name)

    def changed(self, **weights: str) -> dict[str, str]:
        """The pack's files with one more rule: phrases by agency."""
        lines = [
            f"  - {{id: coba-{agency.lower()}, agency: {agency}, about: x, phrases: {{{phrase}: 9}}}}"
            for agency, phrase in weights.items()
        ]
        return files_of(self.pack) | {"rules/coba.yaml": "\n".join(["rules:", *lines])}

    def rows(self, table: Table) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(*table.c))]

    def hear(self, decide: Any, *events: Any) -> None:
        """As the consumer does it: each handler in a transaction."""
        table = RouterHandlers(self.service.spine, decide).table()
        for event in events:
            with self.database.write() as tx:
                table[event.TYPE](tx, Envelope.of(event, source="test", time=self.clock.now()))


@contextmanager
def router_world(url: str, folder: Path) -> Iterator[RouterWorld]:
    """Migrated and built, not seeded."""
    database, clock, metrics = Database(url), MovableClock(), Metrics()
    migrate(database.engine, MIGRATIONS)
    pack = load_pack(write_city(folder / "city"))
    settings = RouterSettings.from_env(
        {"TANGGAP_CONTENT_KEYS": "c" * 40, "TANGGAP_SERVICE_TOKEN": TOKEN, "TANGGAP_DATA": str(folder)}
    )
    service = build(
        settings, database=database, broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=metrics, pack=pack
    )  # fmt: skip
    try:
        yield RouterWorld(service, pack, clock, Versions(database, pack, clock), metrics)
    finally:
        database.close()


def active(world: RouterWorld) -> str:
    found = world.versions.in_force()
    assert found is not None
    return found.ruleset


def activate(world: RouterWorld, files: dict[str, str], because: str = "coba") -> str:
    return world.versions.activate(files, replace(OFFICER, reason=because), expected=active(world)).ruleset


def received(number: int, text: str, **more: Any) -> ComplaintReceived:
    return ComplaintReceived(**_about(number, 1, text, **more), receipt="no_contact")


def assigned(number: int, agency: str, *, revision: int = 3, role: str = "coordinator") -> CaseAssigned:
    return CaseAssigned(
        **_about(number, revision, "x"), agency=agency, assignment=1, assigned_at=RECEIVED, reason="y", role=role
    )  # fmt: skip


def _about(number: int, revision: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": f"c{number}", "ticket": f"CTH-{number:04}", "revision": revision, "text": text,
        "channel": "web", "kind": "pengaduan", "identity": "anonymous", "contact_ref": None, "place": Place(),
        "received_at": RECEIVED, **more,
    }  # fmt: skip
