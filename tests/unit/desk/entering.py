"""A desk whose officers enter complaints: with a fake intake, or one that is asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from services.desk import app
from services.desk.assisted.entries import Answer, Entries, Outcome, Receipt, Similar
from services.desk.config import DeskSettings
from services.desk.neighbours import reached
from services.desk.people.adding import create_person
from services.desk.tables import audit, case_events
from shared.citypack import load_pack
from shared.errors import Refused, Transient
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from tests.support.clock import MovableClock
from tests.support.migrated import migrate
from tests.unit.desk.world import QUICK_PASSWORDS, Visitor

PACK = load_pack(Path(__file__).parents[3] / "deploy" / "cities" / "cimahi")
SECRET, PASSWORD, CODE = "x" * 40, "kucing-makan-ikan", "23A32-R1883"
RECEIVED = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
RECEIPT = Receipt(
    ticket="CMH-1XZU-X7RK", complaint_id="c1", received_at=RECEIVED, entered_at=RECEIVED, channel="counter",
    kind="pengaduan", identity="open", summary="Lampu jalan padam.", office="Loket 3", officer="Ani Petugas",
    agency="DISHUB", tracking_code=CODE, status_url=f"https://lapor.example/complaints/CMH-1XZU-X7RK?code={CODE}",
    name="Budi", kelurahan="Baros", kecamatan="Cimahi Tengah", told="no_contact",
)  # fmt: skip
SIMILAR = Similar("token-of-another", "Dinas Perhubungan", "pengaduan", "Baros", RECEIVED)


@dataclass
class FakeEntries:
    """Stores nothing; answers as it is told. `away` and `refuses` are for entering, `bad_photo` for photos."""

    answer: Answer = field(default_factory=lambda: Answer(Outcome.STORED, RECEIPT))
    away: bool = False
    refuses: Refused | None = None
    bad_photo: str = ""
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    photos: list[int] = field(default_factory=list)

    def reset(self) -> None:
        self.__init__()  # type: ignore[misc]

    def keep_photo(self, content: bytes) -> str:
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        if self.bad_photo:
            raise Refused(self.bad_photo)
        self.photos.append(len(content))
        return f"token-{len(self.photos)}"

    def enter(self, body: Mapping[str, Any]) -> Answer:
        self.asked.append(body)
        if self.away:
            raise Transient("intake does not answer", code="service_away")
        if self.refuses is not None:
            raise self.refuses
        receipt = self.answer.receipt
        if receipt is None:
            return self.answer
        stored = replace(receipt, channel=str(body["channel"]), office=str(body["office"]))
        return replace(self.answer, receipt=stored)


@dataclass
class EnteringDesk:
    service: Service
    clock: MovableClock
    visitors: dict[str, Visitor] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.service.spine.database

    def log_in(self, login: str = "ani") -> Visitor:
        """Once for each login: proving a password is slow on purpose."""
        if login not in self.visitors:
            self.visitors[login] = self._log_in(login)
        self.visitors[login].client.delete_cookie("tanggap_entry", path="/enter")
        return self.visitors[login]

    def forget(self) -> None:
        """What was noted before."""
        with self.database.write() as tx:
            for table in (case_events, audit):
                tx.execute(table.delete().where(table.c.act.in_(["entered", "case.enter", "cases.export"])))

    def _log_in(self, login: str) -> Visitor:
        visitor = Visitor(self.service.web.test_client())
        visitor.get("/login")
        answer = visitor.bare_post("/login", csrf_token=visitor.token, login=login, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        visitor.get("/enter")
        return visitor


@contextmanager
def entering_desk(url: str, data: Path, entries: Entries) -> Iterator[EnteringDesk]:
    """With an officer of DISHUB (`ani`), and one person each who coordinates, audits and operates."""
    database, clock = Database(url), MovableClock()
    names = ("CONTENT_KEYS", "SERVICE_TOKEN", "SESSION_KEY")
    environment = {"TANGGAP_MODE": "live", "TANGGAP_DATA": str(data), **{f"TANGGAP_{name}": SECRET for name in names}}
    settings = DeskSettings.from_env(environment)
    service = app.build(
        settings, database=database, broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=Metrics(), pack=PACK,
        neighbours=replace(reached(settings, clock), entries=entries), passwords=QUICK_PASSWORDS,
    )  # fmt: skip
    migrate(database.engine, service.migrations)
    service.seed()
    people = (("ani", "Ani Petugas", "officer", "DISHUB"), ("koordinator", "Kokom", "coordinator", None),
              ("auditor", "Audi", "auditor", None), ("operator", "Opi", "operator", None))  # fmt: skip
    for login, name, role, agency in people:
        known = {"login": login, "name": name, "role": role, "agency": agency, "password": PASSWORD}
        create_person(database, clock, QUICK_PASSWORDS, **known)
    try:
        yield EnteringDesk(service, clock)
    finally:
        database.close()


def a_file(content: bytes = b"\xff\xd8\xff a photo", name: str = "foto.jpg") -> tuple[BytesIO, str]:
    return BytesIO(content), name
