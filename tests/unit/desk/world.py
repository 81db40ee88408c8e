"""A desk for tests: its own database, the embedded broker, fakes for intake and the notifier, a clock to move."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from services.desk import app
from services.desk import repository as cases
from services.desk.adapters import CapturedMessage
from services.desk.cases.case import Case
from services.desk.cases.register import Register
from services.desk.cases.reveal import Contact
from services.desk.config import DeskSettings
from services.desk.handlers import DeskHandlers
from services.desk.neighbours import reached
from services.desk.people.adding import create_person
from services.desk.people.passwords import Passwords
from services.desk.people.person import Person
from services.desk.quarantine import HeldMessage, OpenedMessage, Settled
from services.desk.sending.alerts import OpenAlerts
from services.desk.tables import audit, messaging
from shared.citypack import load_pack
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintReassessed,
    ComplaintRouted,
    ComplaintUnrouted,
)
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.envelope import Codec, Envelope
from shared.contracts.fields import AttachmentFields, Place
from shared.errors import Refused, Transient
from shared.ids import ALPHABET, read_ticket
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Service
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.migrated import migrate
from tests.unit.desk.directory_connections import FakeConnections
from tests.unit.desk.fake_audits import FakeAudit
from tests.unit.desk.fake_deliveries import FakeDeliveries
from tests.unit.desk.fake_rules import FakeRules

PACK = load_pack(Path(__file__).parents[3] / "deploy" / "cities" / "cimahi")
PASSWORD = "kucing-makan-ikan"
QUICK_PASSWORDS = Passwords(passes=1, kibibytes=8)
"""Each world logs people in, and none of them has anything to hide."""
SECRET = "x" * 40
RECEIVED = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
LATER = RECEIVED + timedelta(minutes=50)

TEXT = "Lampu jalan mati di Jl. Baros, hubungi saya di 0812-3456-7890 atau budi@contoh.id."
MARK = (0, 11)

HELD = HeldMessage(
    "0192f0aa-0000-7000-8000-00000000000a", "email", "encrypted", "isi terenkripsi", 41_000, "waiting", RECEIVED
)  # fmt: skip
LOGINS = {
    "officer": "petugas.dishub",
    "head": "kepala.dishub",
    "coordinator": "koordinator",
    "secretary": "sekretaris",
    "operator": "operator",
    "auditor": "auditor",
}


@dataclass
class FakeContacts:
    contact: Contact | None = field(default_factory=lambda: Contact("budi@contoh.id", "+6281234567890", "Budi"))
    away: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)

    def reveal(self, **asked: str) -> Contact | None:
        self.asked.append(asked)
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        return self.contact


@dataclass
class FakeQuarantine:
    """One mail that waits, until it is settled."""

    away: bool = False
    refuses: str = ""
    source: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def waiting(self) -> list[HeldMessage]:
        self._fail()
        return [HELD]

    def open(self, quarantine_id: str, person: Person, reason: str) -> OpenedMessage:
        self._fail()
        self.asked.append(("open", person.login, reason))
        text = "" if self.source else "Balas ke 0812 0000 1234, jalan rusak."
        headers = [("From", "siti@example.org")]
        return OpenedMessage(HELD, "Laporan", "siti@example.org", text, self.source, headers, ["foto.zip"])

    def replay(self, quarantine_id: str, person: Person, *, as_complaint: bool, reason: str) -> Settled:
        self._fail()
        if self.refuses:
            raise Refused("said no", code=self.refuses)
        self.asked.append(("complaint" if as_complaint else "replay", person.login, reason))
        return Settled("complaint", "CMH-0000-000A")

    def discard(self, quarantine_id: str, person: Person, reason: str) -> Settled:
        self._fail()
        self.asked.append(("discard", person.login, reason))
        return Settled("discarded", "")

    def _fail(self) -> None:
        if self.away:
            raise Transient("intake does not answer", code="service_away")


@dataclass
class FakeCaptured:
    messages: list[CapturedMessage] = field(default_factory=list)
    away: bool = False

    def latest(self) -> list[CapturedMessage]:
        if self.away:
            raise Transient("the notifier does not answer", code="service_away")
        return self.messages


@dataclass
class FakePhotos:
    files: dict[str, bytes] = field(default_factory=dict)
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def fetch(self, digest: str) -> bytes | None:
        self.asked.append(digest)
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        return self.files.get(digest)


@dataclass
class FakeFiles:
    """Takes in photos of answers: whatever begins as a JPEG does."""

    away: bool = False
    kept: list[tuple[str, int]] = field(default_factory=list)

    def keep(self, complaint_id: str, content: bytes) -> AttachmentFields:
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        if not content.startswith(b"\xff\xd8\xff"):
            raise Refused("Berkas ini bukan foto yang dapat diterima.", code="unsupported_type")
        self.kept.append((complaint_id, len(content)))
        digest, small = (hashlib.sha256(content + end).hexdigest() for end in (b"", b"small"))
        size = len(content)
        return {
            "sha256": digest, "media_type": "image/jpeg", "size": size, "width": 40, "height": 30, "preview": small,
        }  # fmt: skip


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

    @property
    def database(self) -> Database:
        return self.service.spine.database

    @property
    def register(self) -> Register:
        return app.build_register(self.service.spine, PACK)

    def hear(self, *events: Any) -> None:
        """As the consumer does it: each handler in a transaction."""
        table = DeskHandlers(self.register).table()
        for event in events:
            with self.database.write() as tx:
                table[event.TYPE](tx, Envelope.of(event, source="test", time=self.clock.now()))

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
    deliveries, connections, rules = FakeDeliveries(), FakeConnections(), rules or FakeRules()
    service = app.build(
        settings, database=database, broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=Metrics(), pack=PACK,
        demo_password=PASSWORD, neighbours=replace(
            reached(settings, clock), contacts=contacts, captured=captured, photos=photos, files=files,
            quarantine=held, deliveries=deliveries, open_alerts=OpenAlerts(deliveries, clock),
            connections=connections, rules=rules, audits=audits,
        ),
        passwords=QUICK_PASSWORDS,
    )  # fmt: skip
    migrate(database.engine, service.migrations)
    service.seed()
    return World(service, clock, contacts, captured, photos, files, held, deliveries, connections, rules, audits)


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


def decision(**more: Any) -> dict[str, Any]:
    return {
        "outcome": "routed", "reason": "matched", "agency": "DISHUB", "also": [], "score": 12, "margin": 9,
        "reasons": [{"rule": "dishub.pju", "phrase": "lampu jalan", "start": MARK[0], "end": MARK[1], "weight": 12}],
        "alternatives": [{"agency": "DPUPR", "score": 3}], "place": None, "ruleset": "0f3a9c2b7d41",
        **more,
    }  # fmt: skip


def _about(number: int, revision: int, **more: Any) -> dict[str, Any]:
    return {
        "complaint_id": f"c{number}", "ticket": ticket(number), "revision": revision, "text": TEXT,
        "channel": "web", "kind": "pengaduan", "identity": "anonymous", "contact_ref": f"contact-{number}",
        "place": Place("Cimahi Tengah", "Baros", "RW 5"), "received_at": RECEIVED + timedelta(minutes=number), **more,
    }  # fmt: skip


def routed(number: int = 1, *, agency: str = "DISHUB", revision: int = 2, **more: Any) -> ComplaintRouted:
    made = more.pop("decision", None) or decision(agency=agency)
    return ComplaintRouted(
        **_about(number, revision, **more), decision=made, agency=agency, assignment=1,
        routed_at=RECEIVED + timedelta(minutes=number, seconds=revision),
    )  # fmt: skip


def unrouted(number: int = 1, *, reason: str = "tie", revision: int = 2, **more: Any) -> ComplaintUnrouted:
    made = more.pop("decision", None) or decision(
        outcome="triage", reason=reason, agency=None, score=5, margin=0,
        alternatives=[{"agency": "DISHUB", "score": 5}, {"agency": "DPUPR", "score": 5}],
    )  # fmt: skip
    return ComplaintUnrouted(
        **_about(number, revision, **more), decision=made, reason=reason,
        decided_at=RECEIVED + timedelta(minutes=number, seconds=revision),
    )  # fmt: skip


def reassessed(number: int = 1, *, agency: str | None = "DISHUB", addition: str = "a1") -> ComplaintReassessed:
    return ComplaintReassessed(
        **_about(number, 1), decision=decision(agency=agency), agency=agency, addition_id=addition,
        reassessed_at=LATER,
    )  # fmt: skip


def added(number: int = 1, text: str = "Tiangnya miring.", *, count: int = 1, **more: Any) -> ComplaintAdded:
    usual = {
        "what": "addition",
        "by_channel": "email",
        "added_at": LATER,
        "addition_id": f"a{count}",
    }
    return ComplaintAdded(**_about(number, 1), addition=text, number=count, **{**usual, **more})


def followed(number: int = 1, text: str = "Saya juga.", *, follower: int = 50, **more: Any) -> ComplaintFollowed:
    usual = {
        "channel": "web",
        "kind": "pengaduan",
        "identity": "anonymous",
        "receipt": "wanted",
        "followed_at": LATER,
    }
    return ComplaintFollowed(
        complaint_id=_about(number, 1)["complaint_id"], ticket=ticket(number), follower_id=f"f{follower}",
        follower_ticket=ticket(follower), text=text, **{**usual, **more},
    )  # fmt: skip


def delivery(number: int = 1, *, id_: str = "d1", **more: Any) -> DeliveryFinished:
    values = {
        "message": "case_notice", "recipient": "DISHUB", "channel": "email", "outcome": "captured",
        "reason": "captured", "finished_at": RECEIVED + timedelta(minutes=number, seconds=30), **more,
    }  # fmt: skip
    return DeliveryFinished(delivery_id=f"{id_}-{number}", complaint_id=f"c{number}", **values)


def ticket(number: int) -> str:
    """A ticket that passes the check sign: `CMH-0000-0000` plus the number."""
    body = ""
    for _ in range(7):
        number, sign = divmod(number, len(ALPHABET))
        body = ALPHABET[sign] + body
    return next(made for sign in ALPHABET if (made := read_ticket(body + sign, "CMH")) is not None)
