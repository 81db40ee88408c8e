"""The notifier alone, on PostgreSQL: mails and webhooks a second beside bare loops, claiming, and frozen destinations.

Ours: a backlog of notices waits, the notifier's threads start, and each message counts when its outcome is written
down. Bare: one connection that is kept open, one message after another, nothing written down. Both to the same sinks in
a process of their own (sinks.py), in turns.
"""

from __future__ import annotations

import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pika
import requests
from sqlalchemy import func, select

from services.notifier import app
from services.notifier.channels.amqp import AgencyQueues
from services.notifier.channels.guarded_http import GuardedHttp
from services.notifier.channels.kannel import KannelGateway
from services.notifier.channels.smtp import SmtpChannel
from services.notifier.channels.webhook import Webhook
from services.notifier.delivery import Addressee
from services.notifier.handlers import NotifierHandlers
from services.notifier.planning.agencies import plan_routed
from services.notifier.planning.directory import DirectoryEntry
from services.notifier.sending.claims import claim_lane
from services.notifier.sending.due_lanes import due_lanes
from services.notifier.tables import deliveries
from services.notifier.way_out import WayOut
from services.notifier.writing.letters import Document, Mail
from shared.address_guard import AddressGuard
from shared.clock import SystemClock
from shared.contracts.agency import AgencyChanged
from shared.contracts.envelope import Envelope
from shared.messaging import topology
from shared.messaging.memory_broker import MemoryBroker
from shared.messaging.pika_agencies import AgencyPublisher
from shared.messaging.topology import TOPOLOGY
from shared.observability.metrics import Metrics
from shared.service import Service
from shared.storage.database import Database
from shared.storage.leases import Lease
from shared.storage.migrate import upgrade
from tests.bench.report import middle, middle_rate, paired_ratio, quantile
from tests.integration.notifier.databases import fill
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.rabbitmq import RabbitNode
from tests.support.system import ROOT
from tests.unit.notifier.samples import NOW, PLAIN_PACK, FakeContacts, as_delivery, composer, routed, settings, wordings

AGENCIES = [f"A{number}" for number in range(20)]
FROZEN = "FROZEN"
_FEW, _MANY, _LANES = 1_000, 100_000, 100
_PER_SECOND = 40
_MOST_TIMES = 1.5


@dataclass(frozen=True)
class FixedSecret:
    secret: str = "whsec_" + "c2VjcmV0LW9mLXRoZS1iZW5jaC0wMTIzNDU2Nzg5"

    def signing(self, agency: str) -> list[str]:
        return [self.secret]


class Ground:
    """A PostgreSQL that syncs to disk, and the sinks."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="tanggap-notifying-")))
        self._server = self._stack.enter_context(PostgresServer(durable=True))
        self.smtp_port, self.http_port = free_port(), free_port()
        args = [sys.executable, "-m", "tests.bench.sinks", str(self.smtp_port), str(self.http_port)]
        sinks = self._stack.enter_context(Process(args, log=self.folder / "sinks.log", cwd=ROOT, name="sinks"))
        sinks.wait_for_output("ready", 20)
        self._databases = 0
        self._broker_url = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def database(self) -> Database:
        """A new one with its tables."""
        self._databases += 1
        made = Database(self._server.create_database(f"notifying{self._databases}"))
        upgrade(made.engine, app.MIGRATIONS)
        return made

    def way(self, channel: str) -> WayOut:
        if channel == "email":
            return SmtpChannel(f"smtp://127.0.0.1:{self.smtp_port}")
        if channel == "sms":
            return KannelGateway(f"http://127.0.0.1:{self.http_port}/frozen")
        if channel == "amqp":
            return AgencyQueues(AgencyPublisher(self._queues(), "bench"))
        return Webhook(GuardedHttp(AddressGuard.of(["127.0.0.0/8"])), FixedSecret())

    def endpoint(self, channel: str, code: str) -> str:
        if channel == "email":
            return f"{code.lower()}@sink.example"
        if channel == "amqp":
            return f"agency.{code}.v1"
        return "+62811234567" if channel == "sms" else f"http://127.0.0.1:{self.http_port}/{code.lower()}"

    def _queues(self) -> str:
        """The URL of a broker on which each agency has a queue; that of the frozen one is full."""
        if self._broker_url:
            return self._broker_url
        node = self._stack.enter_context(RabbitNode())
        node.create_vhost("notifying")
        self._broker_url = node.url("notifying")
        connection = pika.BlockingConnection(pika.URLParameters(self._broker_url))
        channel = connection.channel()
        channel.exchange_declare(topology.AGENCIES, "topic", durable=True)
        full = {"x-max-length": 0, "x-overflow": "reject-publish"}
        for code in (*AGENCIES, FROZEN):
            queue = self.endpoint("amqp", code)
            arguments = {"x-queue-type": "quorum", **(full if code == FROZEN else {})}
            channel.queue_declare(queue, durable=True, arguments=arguments)
            channel.queue_bind(queue, topology.AGENCIES, code)
        connection.close()
        return self._broker_url

    @contextmanager
    def notifier(self, database: Database, channels: Mapping[str, tuple[str, ...]]) -> Iterator[Service]:
        """Not yet started. `channels` maps each channel to the agencies that are reached by it."""
        ways = {channel: self.way(channel) for channel in channels}
        broker = MemoryBroker(TOPOLOGY)
        service = app.build(
            settings(self.folder), database=database, broker=broker, clock=SystemClock(), metrics=Metrics(),
            pack=PLAIN_PACK, contacts=FakeContacts(), wordings=wordings(), channels=ways,
        )  # fmt: skip
        for channel, codes in channels.items():
            hear(service, *(_agency(code, {channel: self.endpoint(channel, code)}) for code in codes))
        yield service
        service.request_stop()
        service.finish_stop()
        broker.close()


def measure(*, rounds: int, number: int, seconds: float, turns: int) -> None:
    """`number` messages a round; the healthy destinations are watched `turns` times with and without for `seconds`."""
    with Ground() as ground:
        print(
            f"a backlog of {number} notices to {len(AGENCIES)} agencies a round, PostgreSQL, middle 80 % of each round"
        )
        _beside(ground, "email", "mails      ", _bare_mails, rounds, number, least=0.6)
        _beside(ground, "webhook", "webhooks   ", _bare_posts, rounds, number, least=0.5)
        _claiming(ground)
        watched = f"{_PER_SECOND} notices/s to healthy agencies for {seconds:.0f} s, {turns} times"
        print(f"{watched}; from planned to written down, p99")
        _frozen(ground, {"email": (*AGENCIES, FROZEN)}, "a mailbox that hangs", seconds, turns)
        _frozen(ground, {"webhook": (*AGENCIES, FROZEN)}, "a webhook that hangs", seconds, turns)
        _frozen(ground, {"amqp": (*AGENCIES, FROZEN)}, "a queue that is full", seconds, turns)
        _frozen(ground, {"email": tuple(AGENCIES), "sms": (FROZEN,)}, "an SMS gateway that hangs", seconds, turns)


def hear(service: Service, *events: Any) -> None:
    handlers = NotifierHandlers(service.spine, PLAIN_PACK.notifications).table()
    with service.spine.database.write() as tx:
        for event in events:
            handlers[event.TYPE](tx, Envelope.of(event, source="bench", time=datetime.now(UTC)))


def _agency(code: str, endpoints: dict[str, str]) -> AgencyChanged:
    return AgencyChanged(code=code, revision=1, name=code, kind="internal", changed_at=NOW, endpoints=endpoints)


def _beside(
    ground: Ground,
    channel: str,
    name: str,
    bare: Callable[[Ground, int], float],
    rounds: int,
    number: int,
    least: float,
) -> None:
    ours, others = [], []
    for _ in range(rounds):
        ours.append(_ours(ground, channel, number))
        others.append(bare(ground, number))
    print(f"  {name} bare loop      {middle(others, '/s')}")
    print(f"  {name} notifier       {middle(ours, '/s')}")
    print(f"  {name} ratio          {paired_ratio(ours, others, least=least)}")


def _ours(ground: Ground, channel: str, number: int) -> float:
    database = ground.database()
    with ground.notifier(database, {channel: tuple(AGENCIES)}) as service:
        hear(service, *(routed(f"c{each}", agency=AGENCIES[each % len(AGENCIES)]) for each in range(number)))
        service.start()
        sent = select(func.count()).where(deliveries.c.state == "sent")
        with database.read() as connection:
            eventually(lambda: connection.execute(sent).scalar_one() == number, 60 + number / 20, every=0.25)
            finished = connection.execute(select(deliveries.c.finished_at)).scalars()
            moments = [at.timestamp() for at in finished]
    return middle_rate(moments)


def _letter(channel: str) -> Any:
    directory = {"DPUPR": DirectoryEntry("DPUPR", "Dinas PU", {channel: "x"})}
    delivery = as_delivery(plan_routed(routed(), directory, NOW)[0])
    return composer().letter(delivery, Addressee(email="a0@sink.example", url="http://127.0.0.1/a0"), channel, NOW)


def _bare_mails(ground: Ground, number: int) -> float:
    letter: Mail = _letter("email")
    with smtplib.SMTP("127.0.0.1", ground.smtp_port) as connection:
        started = time.monotonic()
        for _ in range(number):
            connection.sendmail(letter.sender, [letter.recipient], letter.content)
        return number / (time.monotonic() - started)


def _bare_posts(ground: Ground, number: int) -> float:
    letter: Document = _letter("webhook")
    with requests.Session() as session:
        started = time.monotonic()
        for _ in range(number):
            session.post(ground.endpoint("webhook", "A0"), data=letter.content, timeout=10)
        return number / (time.monotonic() - started)


def _claiming(ground: Ground) -> None:
    spans: dict[int, tuple[list[float], list[float]]] = {}
    for number in (_FEW, _MANY):
        database = ground.database()
        fill(database, number, _LANES, NOW)
        claims, looks = [], []
        for each in range(_LANES):
            started = time.perf_counter()
            claim_lane(database, f"email:A{each}", Lease.take(NOW, 60), NOW, 8)
            claims.append(1000 * (time.perf_counter() - started))
            with database.read() as connection:
                started = time.perf_counter()
                due_lanes(connection, NOW)
                looks.append(1000 * (time.perf_counter() - started))
        spans[number] = (claims, looks)
        database.close()
    for place, name in ((0, "taking 8 of a lane"), (1, f"looking at {_LANES} lanes")):
        for number in (_FEW, _MANY):
            print(f"  {name}, {number:,} wait".ljust(38), middle(spans[number][place], "ms", digits=2))
    claims = [statistics.median(spans[number][0]) for number in (_MANY, _FEW)]
    print(f"  taking, ratio                        {_ratio(*claims, most=1.5)}")


def _frozen(ground: Ground, channels: Mapping[str, tuple[str, ...]], name: str, seconds: float, turns: int) -> None:
    """One slow moment of the machine decides a p99, so both are measured in turns and each turn gives a ratio."""
    without, beside = [], []
    for _ in range(turns):
        without.append(1000 * quantile(_healthy(ground, channels, seconds, frozen=0), 0.99))
        beside.append(1000 * quantile(_healthy(ground, channels, seconds, frozen=400), 0.99))
    ratios = [one / other for one, other in zip(beside, without, strict=True)]
    ratio = statistics.median(ratios)
    print(f"  {name}: {middle(without, 'ms without')}, {middle(beside, 'ms beside it')}")
    missed = " (missed)" if ratio > _MOST_TIMES else ""
    print(f"    {middle(ratios, 'times', digits=2)}, wanted {_MOST_TIMES} or less{missed}")


def _healthy(ground: Ground, channels: Mapping[str, tuple[str, ...]], seconds: float, *, frozen: int) -> list[float]:
    database, number = ground.database(), int(seconds * _PER_SECOND)
    with ground.notifier(database, channels) as service:
        service.start()
        hear(service, *(routed(f"f{each}", agency=FROZEN) for each in range(frozen)))
        time.sleep(2)  # planning them is not what is measured
        started = time.monotonic()
        for each in range(number):
            time.sleep(max(0.0, started + each / _PER_SECOND - time.monotonic()))
            hear(service, routed(f"c{each}", agency=AGENCIES[each % len(AGENCIES)]))
        mine = deliveries.c.complaint_id.startswith("c")
        spans = select(deliveries.c.planned_at, deliveries.c.finished_at).where(mine, deliveries.c.state == "sent")
        with database.read() as connection:
            eventually(lambda: len(connection.execute(spans).all()) == number, 60, every=0.25)
            rows = connection.execute(spans).all()
    return [(row.finished_at - row.planned_at).total_seconds() for row in rows]


def _ratio(value: float, other: float, *, most: float) -> str:
    ratio = value / other
    return f"{ratio:.2f} times, wanted {most:.1f} or less{' (missed)' if ratio > most else ''}"
