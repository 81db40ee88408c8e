"""Events, values and a whole notifier on a fresh SQLite file, as the notifier's tests want them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.notifier import app, repository, ways_out
from services.notifier.config import NotifierSettings
from services.notifier.delivery import ANY, CHANNELS, Delivery, Planned
from services.notifier.handlers import NotifierHandlers
from services.notifier.sending.contacts import Resolved
from services.notifier.sending.engine import Engine, build_engine
from services.notifier.sending.lanes import Rest
from services.notifier.tables import attempts, deliveries, messaging
from services.notifier.way_out import Outcome, WayOut
from services.notifier.writing.compose import Composer
from services.notifier.writing.letters import Letter
from shared.city import Agency, City, CityPack, EmergencyNumber, PlaceWords, Spellings
from shared.city_notifications import Notifications
from shared.config import CommonSettings
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed, ComplaintReceived, ComplaintRouted
from shared.contracts.delivery import DeliveryFinished, DeliveryReported
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.errors import Transient
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.reply_marks import ReplyMarks
from shared.sealing import Sealer
from shared.service import Service
from shared.storage.database import Database
from shared.wording import Wordings, load_wordings
from tests.support.migrated import migrate

PACK = Path(__file__).parents[3] / "deploy" / "cities" / "cimahi"
KEY = "k" * 40
NOW = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
TICKET = "CMH-743K-JZ16"
CODE = "A199R-0169R"
TEXT = "Jalan berlubang di depan pasar, sudah dua minggu. Hubungi 0812-3456-7890 atau budi@mail.com."

CITY = City(
    "Kota Cimahi", "32.77", "Asia/Jakarta", "id", "CMH",
    (EmergencyNumber("112", "Panggilan darurat"), EmergencyNumber("113", "Pemadam kebakaran"),
     EmergencyNumber("110", "Polisi"), EmergencyNumber("119", "Ambulans")),
)  # fmt: skip
AGENCIES = (
    Agency("DPUPR", "Dinas Pekerjaan Umum dan Penataan Ruang", "internal", email="dpupr@cimahi.example"),
    Agency("DISHUB", "Dinas Perhubungan", "internal", email="dishub@cimahi.example"),
    Agency("BPBD", "Badan Penanggulangan Bencana Daerah", "internal"),
)
CITY_PACK = CityPack(CITY, AGENCIES, (), (), PlaceWords(), (), Spellings())
PLAIN_PACK = dataclasses.replace(CITY_PACK, notifications=Notifications(citizen_updates={}, gather_seconds=0))
"""A city that tells citizens nothing after the receipt, and agencies everything at once: one message a fact."""


def received(complaint_id: str = "c1", **changes: Any) -> ComplaintReceived:
    return ComplaintReceived(**{**_about(complaint_id), "receipt": "wanted", **changes})


def routed(complaint_id: str = "c1", **changes: Any) -> ComplaintRouted:
    decision = {
        "outcome": "routed", "reason": "clear", "agency": "DPUPR", "also": [], "score": 50, "margin": 30,
        "reasons": [{"rule": "r1", "phrase": "jalan berlubang", "start": 0, "end": 15, "weight": 50}],
        "alternatives": [], "place": None, "ruleset": "abc",
    }  # fmt: skip
    decision |= changes.pop("decision", {})
    about = {**_about(complaint_id), "revision": 2}
    return ComplaintRouted(
        **{**about, "decision": decision, "agency": "DPUPR", "assignment": 1, "routed_at": NOW, **changes}
    )


def added(complaint_id: str = "c1", **changes: Any) -> ComplaintAdded:
    usual = {"addition_id": "a1", "number": 1, "what": "addition", "addition": "Sekarang makin dalam. 0812-3456-7890",
             "by_channel": "email", "added_at": NOW}  # fmt: skip
    return ComplaintAdded(**{**_about(complaint_id), **usual, **changes})


def followed(complaint_id: str = "c1", **changes: Any) -> ComplaintFollowed:
    usual = {"follower_id": "f1", "follower_ticket": "CMH-1111-111M", "receipt": "wanted", "followed_at": NOW,
             "contact_ref": "ref-f1"}  # fmt: skip
    about = _about(complaint_id)
    del about["revision"], about["received_at"]
    return ComplaintFollowed(**{**about, **usual, **changes})


def reported(delivery_id: str, **changes: Any) -> DeliveryReported:
    usual = {"reported": "delivered", "reason": "dlr_1", "channel": "sms", "reported_at": NOW}
    return DeliveryReported(delivery_id=delivery_id, **{**usual, **changes})


def assigned(complaint_id: str = "c1", **changes: Any) -> CaseAssigned:
    about = {**_about(complaint_id), "revision": 3}
    return CaseAssigned(
        **{
            **about,
            "agency": "DISHUB",
            "assignment": 2,
            "assigned_at": NOW,
            "reason": "Lampu mendesak.",
            **changes,
        }
    )


def _about(complaint_id: str) -> dict[str, Any]:
    return {
        "complaint_id": complaint_id, "ticket": TICKET, "revision": 1, "text": TEXT, "channel": "web",
        "kind": "pengaduan", "identity": "anonymous", "place": Place("Cimahi Tengah", "Padasuka", "depan pasar"),
        "contact_ref": f"ref-{complaint_id}", "received_at": NOW, "attachments": [],
    }  # fmt: skip


@functools.cache
def wordings() -> Wordings:
    return load_wordings(PACK / "wording", ("id", "en"))


def composer(**changes: Any) -> Composer:
    usual = {
        "city": CITY, "wordings": wordings(), "public_url": "http://127.0.0.1:8000",
        "desk_url": "http://127.0.0.1:8001", "mail_from": "Tanggap <tanggap@cimahi.example>", "sms_sender": "1234",
        "marks": ReplyMarks(["k" * 32]),
    }  # fmt: skip
    return Composer(**{**usual, **changes})


def as_delivery(planned: Planned, delivery_id: str = "0193f3a0-0000-7000-8000-0123456789ab") -> Delivery:
    return Delivery(
        delivery_id=delivery_id, complaint_id=planned.complaint_id, ticket=planned.ticket,
        assignment=planned.assignment, recipient=planned.recipient, message=planned.message, channel=planned.channel,
        contact_ref=planned.contact_ref, data=planned.data, state=planned.state, attempts=0, planned_at=NOW,
        traceparent="", language=planned.language, urgent=planned.urgent,
    )  # fmt: skip


class HeldClock:
    """Moves when told to."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at
        self.spent = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.spent

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.spent += seconds


@dataclass
class FakeContacts:
    """Knows everybody by the reference `ref-<complaint>`, unless told otherwise. `away` is intake being down."""

    contact: dict[str, str] = field(default_factory=lambda: {"email": "budi@mail.com", "phone": "", "name": "Budi"})
    away: bool = False
    gone: set[str] = field(default_factory=set)
    by_ref: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[Sequence[tuple[str, str]]] = field(default_factory=list)

    def resolve(self, wanted: Sequence[tuple[str, str]]) -> Resolved:
        self.asked.append(wanted)
        if self.away:
            raise Transient("intake is away", code="service_away")
        contacts = {ref: self.by_ref.get(ref, self.contact) for _, ref in wanted if ref not in self.gone}
        return Resolved(contacts, {complaint_id: CODE for complaint_id, _ in wanted})


@dataclass
class FakeChannel:
    """Answers as told, and remembers what it sent."""

    outcomes: list[Outcome] = field(default_factory=list)
    usual: Outcome = field(default_factory=lambda: Outcome("sent", "accepted"))
    via: str = "fake"
    repeatable: bool = False
    sent: list[tuple[Delivery, Letter]] = field(default_factory=list)
    during: Any = None
    closed: int = 0

    def send(self, delivery: Delivery, letter: Letter, at: datetime) -> Outcome:
        self.sent.append((delivery, letter))
        if self.during is not None:
            self.during(delivery)
        return self.outcomes.pop(0) if self.outcomes else self.usual

    def close(self) -> None:
        self.closed += 1


def settings(folder: Path, *, mode: str = "demo", **changes: Any) -> NotifierSettings:
    common = CommonSettings(
        mode=mode, pack=PACK, data=folder, log_level="info", broker_url="", host="127.0.0.1",
        content_keys=(KEY,), service_token=KEY, trusted_proxies=0,
    )  # fmt: skip
    usual = {
        "common": common, "database_url": f"sqlite:///{folder}/notifier.db", "port": 0,
        "intake_url": "http://127.0.0.1:9", "public_url": "http://127.0.0.1:8000",
        "desk_url": "http://127.0.0.1:8001", "smtp_url": "", "mail_from": "Tanggap <tanggap@cimahi.example>",
        "sms_gateway_url": "", "sms_sender": "1234",
    }  # fmt: skip
    return NotifierSettings(**{**usual, **changes})


@dataclass
class Bench:
    """A notifier that is built and not started: a test hears, steps and looks by hand."""

    service: Service
    clock: HeldClock
    contacts: FakeContacts
    channels: Mapping[str, WayOut | None]
    folder: Path
    pack: CityPack = CITY_PACK
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = self.new_engine()

    @property
    def database(self) -> Database:
        return self.service.spine.database

    def hear(self, *events: Any) -> None:
        handlers = NotifierHandlers(self.service.spine, self.pack.notifications).table()
        for event in events:
            with self.database.write() as tx:
                handlers[event.TYPE](tx, Envelope.of(event, source="test", time=self.clock.now()))

    def new_engine(self) -> Engine:
        """As of another process."""
        return build_engine(
            self.service.spine, pack=self.pack, ways_out=self.channels, contacts=self.contacts,
            composer=composer(city=self.pack.city, notifications=self.pack.notifications),
            unseal=Sealer((KEY,)).unseal,
        )  # fmt: skip

    def turn(self, channel: str, engine: Engine | None = None, hurry: Callable[[], bool] = lambda: False) -> int:
        """What one thread of the channel does next; how many deliveries it held."""
        chosen = engine or self.engine
        self.clock.spent += 1  # so that the lanes are looked at again
        turn = chosen.lanes.take(channel)
        return 0 if isinstance(turn, Rest) else chosen.sendings[channel].run(turn, hurry)

    def step(self, channel: str = "email") -> int:
        """One turn of the channel, after all that has no channel yet was sorted."""
        while self.turn(ANY):
            pass
        return self.turn(channel)

    def drain(self) -> None:
        """Everything that is due now, on all channels."""
        while any([self.step(channel) for channel in CHANNELS]):
            pass

    def rows(self, **equal: Any) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            rows = [dict(row._mapping) for row in connection.execute(deliveries.select())]
        return [row for row in rows if all(row[name] == value for name, value in equal.items())]

    def row(self, **equal: Any) -> dict[str, Any]:
        (row,) = self.rows(**equal)
        return row

    def ends(self) -> list[tuple[str, str, str]]:
        """(recipient, state, reason) of all deliveries."""
        return sorted((row["recipient"], row["state"], row["reason"]) for row in self.rows())

    def attempts(self) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(attempts.select().order_by(attempts.c.attempt_id))]

    def said(self) -> list[DeliveryFinished]:
        with self.database.read() as connection:
            bodies = [
                row.body for row in connection.execute(messaging.outbox.select().order_by(messaging.outbox.c.seq))
            ]
        return [self.service.spine.codec.decode(bytes(body)).event for body in bodies]

    def change(self, **values: Any) -> None:
        with self.database.write() as tx:
            tx.execute(deliveries.update().values(values))

    def seed(self) -> None:
        self.service.seed()

    def close(self) -> None:
        self.database.close()


def bench(
    folder: Path,
    *,
    channels: Mapping[str, WayOut | None] | None = None,
    database_url: str = "",
    mode: str = "demo",
    pack: CityPack = PLAIN_PACK,
    **changes: Any,
) -> Bench:
    """Without `channels`: the ways out that the settings give."""
    chosen = settings(folder, mode=mode, **changes)
    if database_url:
        chosen = dataclasses.replace(chosen, database_url=database_url)
    database = Database(chosen.database_url)
    migrate(database.engine, app.MIGRATIONS)
    clock, contacts = HeldClock(), FakeContacts()
    service = app.build(
        chosen, database=database, broker=MemoryBroker(TOPOLOGY), clock=clock, metrics=Metrics(), pack=pack,
        contacts=contacts, channels=channels, wordings=wordings(),
    )  # fmt: skip
    ways = channels if channels is not None else ways_out.ways_out(chosen, pack.notifications, database, clock)
    made = Bench(service, clock, contacts, ways, folder, pack)
    made.seed()
    return made


def known(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        return dict(repository.directory(connection, [agency.code for agency in AGENCIES]))
