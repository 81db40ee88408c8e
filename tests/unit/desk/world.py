"""A desk for tests: its own database, the embedded broker, fakes for intake and the notifier, a clock to move."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from services.desk import app
from services.desk import repository as cases
from services.desk.cases.case import Case
from services.desk.cases.register import Register
from services.desk.config import DeskSettings
from services.desk.erasing.eraser import Eraser
from services.desk.handlers import DeskHandlers
from services.desk.neighbours import reached
from services.desk.people.adding import create_person
from services.desk.people.passwords import Passwords
from services.desk.sending.alerts import OpenAlerts
from services.desk.tables import audit, messaging
from shared.citypack import load_pack
from shared.contracts.envelope import Codec, Envelope
from shared.erasing import Erasing
from shared.erasures import ErasureGuard
from shared.messaging.handling import Handling
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.migrated import migrate
from tests.unit.desk.directory_connections import FakeConnections
from tests.unit.desk.facts import ticket
from tests.unit.desk.fake_audits import FakeAudit
from tests.unit.desk.fake_deliveries import FakeDeliveries
from tests.unit.desk.fake_rules import FakeRules
from tests.unit.desk.fake_vitals import FakeDead, FakeVitals, roomy
from tests.unit.desk.fakes import FakeCaptured, FakeContacts, FakeFiles, FakePhotos, FakeQuarantine

PACK = load_pack(Path(__file__).parents[3] / "deploy" / "cities" / "cimahi")
PASSWORD = "kucing-makan-ikan"
QUICK_PASSWORDS = Passwords(passes=1, kibibytes=8)
"""Each world logs people in, and none of them has anything to hide."""
SECRET = "x" * 40


LOGINS = {
    "officer": "petugas.dishub",
    "head": "kepala.dishub",
    "coordinator": "koordinator",
    "secretary": "sekretaris",
    "operator": "operator",
    "auditor": "auditor",
}


@dataclass
class World:
    service: Service
    clock: MovableClock
    contacts: FakeContacts
    captured: FakeCaptured
    photos: FakePhotos
    files: FakeFiles
    quarantine: FakeQuarantine
    deliveries: FakeDeliveries
    connections: FakeConnections
    rules: FakeRules = field(default_factory=FakeRules)
    audits: dict[str, FakeAudit] = field(default_factory=dict)
    vitals: dict[str, FakeVitals] = field(default_factory=dict)
    others_dead: dict[str, FakeDead] = field(default_factory=dict)

    def publish_all(self) -> None:
        """Nobody listens here: as if a relay had brought all that was said to the others."""
        with self.database.write() as tx:
            tx.execute(messaging.outbox.update().values(published_at=self.clock.now()))

    def look(self) -> None:
        """A round of the worker that looks how everything is."""
        assert self.service.vitals is not None
        self.service.vitals.stepper.look()

    @property
    def database(self) -> Database:
        return self.service.spine.database

    @property
    def register(self) -> Register:
        return app.build_register(self.service.spine, PACK)

    def hear(self, *events: Any) -> None:
        """As the consumer does it: each message in a transaction, unless its words were erased."""
        handling = self.handling
        for event in events:
            with self.database.write() as tx:
                envelope = Envelope.of(event, source="test", time=self.clock.now())
                handling.guard.look_up(tx, [envelope])
                handling.handle(tx, envelope, handling.handler_for(envelope))

    @property
    def handling(self) -> Handling:
        spine = self.service.spine
        erasing = Erasing(spine, Eraser(spine).erase)
        table = DeskHandlers(self.register).table() | erasing.table()
        guard = ErasureGuard(spine.tables, erasing.erase)
        return Handling("desk", spine.database, spine.inbox, spine.codec, table, spine.clock, spine.metrics, guard)

    def case(self, number: int = 1) -> Case:
        with self.database.read() as connection:
            case = cases.by_ticket(connection, ticket(number))
        assert case is not None
        return case

    def said(self, type_: str) -> list[Any]:
        codec = self.service.spine.codec
        table = messaging.outbox
        with self.database.read() as connection:
            rows = connection.execute(select(table.c.body).where(table.c.routing_key == type_).order_by(table.c.seq))
            return [codec.decode(bytes(row[0])).event for row in rows]

    def audited(self, act: str) -> list[Any]:
        with self.database.read() as connection:
            statement = select(*audit.c).where(audit.c.act == act).order_by(audit.c.seq)
            return list(connection.execute(statement).mappings())

    def person(self, login: str, role: str, **more: Any) -> None:
        known = {"login": login, "name": login.title(), "role": role, "password": PASSWORD}
        create_person(self.database, self.clock, QUICK_PASSWORDS, **known, **more)

    def visitor(self) -> "Visitor":
        return Visitor(self.service.web.test_client())

    def logged_in(self, login: str) -> "Visitor":
        visitor = self.visitor()
        answer = visitor.post("/login", login=login, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """Somebody with a browser: asks for pages and fills forms, with the CSRF token of the page before."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path, headers={"Accept": "text/html"})
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found.group(1) if found else self.token
        return answer

    def post(self, path: str, **form: Any) -> TestResponse:
        if not self.token:
            self.get("/login")
        answer = self.bare_post(path, csrf_token=self.token, **form)
        if path == "/login" and answer.status_code == 303:
            self.get("/cases")
        return answer

    def bare_post(self, path: str, **form: Any) -> TestResponse:
        return self.client.post(path, data=form, headers={"Accept": "text/html"})


def build_world(
    url: str, data: Path, *, mode: str = "demo", desk_url: str = "http://127.0.0.1:8001", rules: Any = None,
    environment: dict[str, str] | None = None,
) -> World:  # fmt: skip
    database, clock = Database(url), MovableClock()
    settings = DeskSettings.from_env(
        {
            "TANGGAP_MODE": mode,
            "TANGGAP_DATA": str(data),
            "TANGGAP_CONTENT_KEYS": SECRET,
            "TANGGAP_SERVICE_TOKEN": SECRET,
            "TANGGAP_SESSION_KEY": SECRET,
            "TANGGAP_DESK_URL": desk_url,
            **(environment or {}),
        }
    )
    contacts, captured, photos, held = FakeContacts(), FakeCaptured(), FakePhotos(), FakeQuarantine()
    files = FakeFiles()
    audits = {name: FakeAudit(clock) for name in ("intake", "router", "notifier")}
    vitals = {name: FakeVitals(name, clock) for name in ("intake", "router", "notifier")}
    others_dead = {name: FakeDead() for name in vitals}
    deliveries, connections, rules = FakeDeliveries(), FakeConnections(), rules or FakeRules()
    service = app.build(
        settings, database=database, broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=Metrics(), pack=PACK,
        demo_password=PASSWORD, neighbours=replace(
            reached(settings, clock), contacts=contacts, captured=captured, photos=photos, files=files,
            quarantine=held, deliveries=deliveries, open_alerts=OpenAlerts(deliveries, clock),
            connections=connections, rules=rules, audits=audits, vitals=vitals,
            others_dead=others_dead,
        ),
        passwords=QUICK_PASSWORDS, disk=roomy,
    )  # fmt: skip
    migrate(database.engine, service.migrations)
    service.seed()
    return World(
        service, clock, contacts, captured, photos, files, held, deliveries, connections, rules, audits, vitals,
        others_dead,
    )  # fmt: skip


@contextmanager
def open_world(url: str, data: Path, **more: Any) -> Iterator[World]:
    world = build_world(url, data, **more)
    try:
        yield world
    finally:
        world.database.close()


def psycopg_url(url: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def codec() -> Codec:
    return Codec(Sealer([SECRET]))
