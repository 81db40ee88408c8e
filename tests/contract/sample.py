"""A service as small as can be, on the real spine: it hears one fact and writes one row for it."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Column, MetaData, String, Table, select

from shared.contracts.agency import AgencyChanged
from shared.contracts.envelope import Codec, Envelope
from shared.erasures import ErasureGuard
from shared.messaging.broker import Broker
from shared.messaging.consumer import Consumer, Retrier
from shared.messaging.handling import Handling
from shared.messaging.inbox import Inbox
from shared.messaging.outbox import Outbox
from shared.messaging.relay import Relay
from shared.messaging.tables import messaging_tables
from shared.messaging.topology import Topology, quorum_queue
from shared.observability.metrics import Metrics
from shared.sealing import Sealer
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction
from tests.support.clock import MovableClock

QUEUE = "sample.keep-effects.v1"
TOPOLOGY = Topology((quorum_queue(QUEUE, "sample", AgencyChanged.TYPE),))

metadata = MetaData()
tables = messaging_tables(metadata)
effects = Table("effects", metadata, Column("effect", String(64), primary_key=True), Column("code", String(64)))


class Sample:
    """Steps its relay, consumer and retrier by hand, so that a test decides what happens when."""

    def __init__(self, database: Database, broker: Broker, topology: Topology = TOPOLOGY) -> None:
        self.database = database
        self.broker = broker
        self.clock = MovableClock()
        self.bells = Bells()
        self.codec = Codec(Sealer(["k" * 32]))
        self.metrics = Metrics()
        self.outbox = Outbox("sample", tables, codec=self.codec, topology=topology, clock=self.clock, bells=self.bells)
        self.inbox = Inbox(tables, clock=self.clock, bells=self.bells)
        broker.settle_with("sample", lambda pairs: self.outbox.settle(database, pairs))
        self.relay = Relay(
            self.outbox, database, broker.publisher("sample"), self.bells, self.metrics, self.clock
        )  # fmt: skip
        self.trouble: Callable[[str], None] = lambda _code: None
        self.handled: list[str] = []
        self.handling = Handling(
            "sample", database, self.inbox, self.codec, {AgencyChanged.TYPE: self._keep}, self.clock, self.metrics,
            ErasureGuard(tables),
        )  # fmt: skip
        self.consumer = self.new_consumer()
        self.retrier = Retrier(self.handling, self.bells)

    def new_consumer(self) -> Consumer:
        return Consumer(self.handling, self.broker, [QUEUE])

    def say(self, *codes: str) -> None:
        with self.database.write() as tx:
            self.outbox.say(tx, *[changed(code) for code in codes])

    def effects(self) -> list[str]:
        with self.database.read() as connection:
            return sorted(row[0] for row in connection.execute(select(effects.c.code)))

    def unpublished(self) -> int:
        return self.outbox.backlog(self.database)

    def inbox_rows(self) -> list[dict[str, object]]:
        with self.database.read() as connection:
            return [dict(row._mapping) for row in connection.execute(select(*tables.inbox.c))]

    def close(self) -> None:
        self.consumer.close()
        self.relay.close()

    def _keep(self, tx: Transaction, envelope: Envelope) -> None:
        code = envelope.event.code
        self.handled.append(code)
        tx.execute(effects.insert(), {"effect": envelope.id, "code": code})
        self.trouble(code)


def changed(code: str) -> AgencyChanged:
    return AgencyChanged(code=code, revision=1, name=code, kind="internal", changed_at=datetime.now(UTC))
