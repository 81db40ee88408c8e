"""Plays stories on a real desk: the program itself writes what a case with that story would be."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.desk import app
from services.desk import repository as cases
from services.desk.cases.acting import Act as Doing
from services.desk.cases.acting import perform
from services.desk.cases.agency_acts import Answer, Ask, Close, GiveBack, Note, acknowledge
from services.desk.cases.by_itself import ByItself
from services.desk.cases.case import Case
from services.desk.cases.clocks import ClockActs
from services.desk.cases.coordinator_acts import Archive, Assign, Copy
from services.desk.deadlines.escalation import Escalation
from services.desk.deadlines.keeping import TIMER
from services.desk.directory.agencies import seed_agencies
from services.desk.handlers import DeskHandlers
from services.desk.people.person import Person
from services.desk.site import NAME
from services.desk.tables import messaging
from shared.city import Agency, CityPack
from shared.citypack import load_pack
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintRated,
    ComplaintRouted,
    ComplaintUnrouted,
)
from shared.contracts.delivery import DeliveryFinished
from shared.contracts.envelope import Codec, Envelope
from shared.contracts.fields import Place
from shared.errors import Refused
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.service import Spine, build_spine
from shared.storage.database import Database
from shared.storage.migrate import upgrade
from tests.bench.desk_story import Act

MINE, OTHER, OUTSIDE = "MOULD_A", "MOULD_B", "EXT_PLN"
"""Agencies in which stories play; the first two stand for any that is no office of a place."""
KECAMATAN, KELURAHAN = "KEC_X", "KEL_X"
LATITUDE, LONGITUDE = -6.87219, 107.54129
PHRASES = (
    "lampu jalan padam", "jalan rusak parah", "sampah menumpuk lama", "selokan mampet terus", "pohon tumbang kemarin",
    "banjir setiap hujan", "antrean terlalu panjang", "petugas belum datang",
)  # fmt: skip
ID, TICKET, CONTACT = "id-x", "CMH-XXXX-XXXX", "contact-x"
_ROOT = Path(__file__).parents[2]
_PHOTO = {"sha256": "a" * 64, "media_type": "image/jpeg", "size": 240_000, "width": 1600, "height": 1200,
          "preview": "b" * 64}  # fmt: skip


@dataclass
class StillClock:
    """Stands where it was put."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()


def cimahi(*more: str) -> CityPack:
    """The pack of Cimahi, with further agencies of these codes."""
    pack = load_pack(_ROOT / "deploy" / "cities" / "cimahi")
    invented = (Agency(code, f"Dinas {code.title()}", "internal") for code in more)
    return replace(pack, agencies=(*pack.agencies, *invented))


def words(number: int) -> str:
    """Stands for a text of its own."""
    return f"teksx{number:02d}x"


@dataclass(frozen=True)
class Names:
    """Of whom a story tells."""

    id: str = ID
    ticket: str = TICKET
    contact: str = CONTACT
    mine: str = MINE
    other: str = OTHER
    kecamatan: str = KECAMATAN
    kelurahan: str = KELURAHAN


class Stage:
    """A desk without pages on an empty database, and a clock that is moved by hand."""

    def __init__(self, url: str, pack: CityPack, clock: StillClock) -> None:
        self.clock, self.pack = clock, pack
        self.database = Database(url)
        codec = Codec(Sealer(["bench-" + "b" * 40]))
        self.spine: Spine = build_spine(
            NAME, messaging, database=self.database, broker=MemoryBroker(TOPOLOGY), codec=codec, clock=clock,
            metrics=Metrics(),
        )  # fmt: skip
        upgrade(self.database.engine, Path(app.__file__).parent / "migrations")
        seed_agencies(self.spine, pack.agencies)
        self.register = app.build_register(self.spine, pack)
        deadlines = app.build_deadlines(self.spine, pack)
        acts = ClockActs(ByItself(self.register), pack.deadlines.coordination)
        self._timers = {TIMER: Escalation(deadlines, acts)}
        self._handlers = DeskHandlers(self.register).table()

    def play(self, story: list[Act], until: datetime, names: Names | None = None) -> Names:
        """A whole story, and whatever its deadlines bring until then. It must be the only one with a due timer."""
        actors = Actors(self, names or Names())
        for act in story:
            self.ring(actors.names.id, act.at)
            self.clock.at = act.at
            getattr(actors, act.what)(**act.said)
        self.ring(actors.names.id, until)
        return actors.names

    def hear(self, *facts: Any) -> None:
        with self.database.write() as tx:
            for fact in facts:
                self._handlers[fact.TYPE](tx, Envelope.of(fact, source="bench", time=self.clock.at))

    def ring(self, complaint_id: str, until: datetime) -> None:
        """Lets the case's timer ring at each of its moments up to that one."""
        timers = self.spine.tables.timers
        due = select(timers.c.due_at).where(timers.c.kind == TIMER, timers.c.key == complaint_id)
        while True:
            with self.database.read() as connection:
                moment = connection.execute(due).scalar()
            if moment is None or moment > until:
                return
            self.clock.at = max(moment, self.clock.at)
            self.spine.timers.run_due(self.database, self._timers)

    def close(self) -> None:
        self.database.close()


class Actors:
    """Everybody who does something in a story; each method is something that an `Act` may be."""

    def __init__(self, stage: Stage, names: Names) -> None:
        self.stage, self.names = stage, names
        self._numbers = itertools.count(1)
        self._deliveries = itertools.count(1)
        self._about: dict[str, Any] = {}
        self._phrase = ""

    def route(self, **said: Any) -> None:
        about, decision = self._receive(**said), self._decision(said["urgent"])
        self.stage.hear(ComplaintRouted(**about, decision=decision, agency=self.names.mine, assignment=1,
                                        routed_at=self.stage.clock.at))  # fmt: skip
        self._deliver("case_notice", "receipt")

    def leave_to_people(self, **said: Any) -> None:
        about, decision = self._receive(**said), self._decision(said["urgent"])
        decision = {**decision, "outcome": "triage", "reason": "tie", "agency": None, "margin": 0}
        self.stage.hear(ComplaintUnrouted(**about, decision=decision, reason="tie", decided_at=self.stage.clock.at))
        self._deliver("receipt")

    def assign(self) -> None:
        self._assign(self.names.mine)

    def assign_other(self) -> None:
        self._assign(self.names.other)

    def refer_outside(self) -> None:
        self._assign(OUTSIDE)

    def archive(self) -> None:
        self._perform(_coordinator(), Archive("incomplete", words(next(self._numbers))))

    def copy(self) -> None:
        self._perform(_coordinator(), Copy(self.names.other, "Agar diketahui."))

    def take_note(self) -> None:
        case = self._case()
        if case.agency:
            acknowledge(self.stage.register, self._officer(), case)
            self._deliver("case_update")

    def give_back(self) -> None:
        self._perform(self._officer(), GiveBack("Bukan wewenang kami."))

    def note(self) -> None:
        self._perform(self._officer(), Note(words(next(self._numbers))))

    def ask(self) -> None:
        until = self.stage.clock.at.replace(minute=0, second=0, microsecond=0) + timedelta(days=10)
        self._perform(self._officer(), Ask(words(next(self._numbers)), until))
        self._deliver("case_update")

    def answer(self) -> None:
        if self._perform(self._officer(), Answer(words(next(self._numbers)))):
            self._deliver("case_update")

    def close(self) -> None:
        self._perform(self._officer(), Close())

    def add(self) -> None:
        self._add("addition")

    def say_not_solved(self) -> None:
        self._add("not_solved")

    def follow(self) -> None:
        number = next(self._numbers)
        self.stage.hear(ComplaintFollowed(
            complaint_id=self.names.id, ticket=self.names.ticket, follower_id=f"{self.names.id}-f",
            follower_ticket=self.names.ticket, text=words(number), channel="web", kind="pengaduan",
            identity="anonymous", receipt="wanted", followed_at=self.stage.clock.at,
        ))  # fmt: skip

    def rate(self) -> None:
        self.stage.hear(ComplaintRated(
            complaint_id=self.names.id, ticket=self.names.ticket, number=1, score=4,
            words=words(next(self._numbers)), by_channel="web", rated_at=self.stage.clock.at,
        ))  # fmt: skip

    def _receive(
        self, *, kind: str, identity: str, channel: str, photos: int, phone: bool, urgent: bool, located: bool,
        matter: int,
    ) -> dict[str, Any]:  # fmt: skip
        self._phrase = PHRASES[matter]
        text = f"{self._phrase} {words(next(self._numbers))}" + (", hubungi 0812-0000-1234" if phone else "")
        point = (LATITUDE, LONGITUDE) if located else (None, None)
        place = Place(self.names.kecamatan, self.names.kelurahan, "dekat pos ronda", *point)
        self._about = {
            "complaint_id": self.names.id, "ticket": self.names.ticket, "text": text, "channel": channel,
            "kind": kind, "identity": identity, "contact_ref": self.names.contact, "place": place,
            "received_at": self.stage.clock.at, "attachments": [_PHOTO] * photos,
        }  # fmt: skip
        return {**self._about, "revision": 2}

    def _decision(self, urgent: bool) -> Any:
        mine, other = self.names.mine, self.names.other
        first, second, _ = self._phrase.split()
        ends = len(first), len(first) + 1, len(first) + 1 + len(second)
        return {
            "outcome": "emergency" if urgent else "routed", "reason": "matched", "agency": mine, "also": [],
            "score": 12, "margin": 9, "place": None, "ruleset": "0f3a9c2b7d41",
            "reasons": [
                {"rule": f"{mine}.{first}", "phrase": first, "start": 0, "end": ends[0], "weight": 8},
                {"rule": f"{mine}.{second}", "phrase": second, "start": ends[1], "end": ends[2], "weight": 4},
            ],
            "alternatives": [{"agency": mine, "score": 12}, {"agency": other, "score": 3}],
        }  # fmt: skip

    def _assign(self, agency: str) -> None:
        names = self.names
        act = Assign(agency, "Sesuai tugasnya.", names.kecamatan, names.kelurahan)
        if self._perform(_coordinator(), act):
            self._deliver("case_notice", "case_update")

    def _add(self, what: str) -> None:
        number = next(self._numbers)
        self.stage.hear(ComplaintAdded(
            **self._about, revision=2, addition=words(number), number=number, what=what, by_channel="web",
            addition_id=f"{self.names.id}-{number}", added_at=self.stage.clock.at,
        ))  # fmt: skip

    def _deliver(self, *messages: str) -> None:
        """The notifier tells what it sent: to the agency by mail, to the citizen by the channel that he or she uses."""
        case = self._case()
        for message in messages:
            to_agency = message == "case_notice"
            self.stage.hear(DeliveryFinished(
                delivery_id=f"{self.names.id}-d{next(self._deliveries)}", complaint_id=self.names.id, message=message,
                recipient=str(case.agency) if to_agency else "citizen", channel="email" if to_agency else "sms",
                outcome="sent", reason="accepted", finished_at=self.stage.clock.at,
            ))  # fmt: skip

    def _officer(self) -> Person:
        agency = self._case().agency or self.names.mine
        return Person(f"petugas.{agency.lower()}", f"Petugas {agency}", "officer", agency, confidential=True)

    def _perform(self, person: Person, doing: Doing) -> bool:
        """False when it cannot be done in the state in which the case is now."""
        case = self._case()
        try:
            return perform(self.stage.register, person, case.ticket, case.revision, doing) is not None
        except Refused:
            return False

    def _case(self) -> Case:
        with self.stage.database.read() as connection:
            case = cases.by_id(connection, self.names.id)
        assert case is not None
        return case


def _coordinator() -> Person:
    return Person("koordinator", "Koordinator", "coordinator")
