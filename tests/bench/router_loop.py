"""How many events a second the router takes from its queue, decides about and publishes, beside a bare loop.

Ours: a backlog waits in the router's queue, the router starts, and it counts when its facts are confirmed
(`published_at` of its outbox). Bare: a process that only takes, inserts, publishes (bare_loop.py). Both on the same
broker and the same PostgreSQL, in turns. Ours says each fact to three queues, the bare loop to one.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from shared.contracts.complaint import ComplaintReceived, ComplaintRouted
from shared.contracts.envelope import Codec, Envelope
from shared.contracts.fields import Place
from shared.ids import new_id, new_ticket
from shared.messaging.topology import TOPOLOGY, quorum_queue
from shared.sealing import Sealer
from tests.bench.accepting import complaint
from tests.bench.bare_loop import BATCH
from tests.bench.report import middle, middle_rate, paired_ratio
from tests.bench.stack import Bench
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.system import PROCESSES, ROOT, SECRETS

_TAKE_FROM, _PUBLISH_TO = "bench.bare-in", "bench.bare-out"
_ROUTER_QUEUE = TOPOLOGY.queues_of("router")[0].name
_CODEC = Codec(Sealer([SECRETS["TANGGAP_CONTENT_KEYS"]]))


def measure(bench: Bench, *, rounds: int, number: int) -> None:
    """`number` events a round, rounded to whole batches."""
    number -= number % BATCH
    bench.stop(*PROCESSES)
    ours, bare = [], []
    database_url = bench.new_database("bare_loop")
    with closing(pika.BlockingConnection(pika.URLParameters(bench.broker_url))) as broker:
        channel = broker.channel()
        for queue in (_TAKE_FROM, _PUBLISH_TO):
            channel.queue_declare(queue, durable=True, arguments=quorum_queue(queue, "").arguments)
        for _ in range(rounds):
            _fill(channel, _ROUTER_QUEUE, number)
            ours.append(_ours(bench, number))
            _fill(channel, _TAKE_FROM, number)
            bare.append(_bare(bench, database_url, number))
            _purge(channel)
        for queue in (_TAKE_FROM, _PUBLISH_TO):
            channel.queue_delete(queue)
    print(f"router alone, a backlog of {number} events a round, RabbitMQ + PostgreSQL, middle 80 % of each round")
    print(f"  bare loop (pika), 50 a batch     {middle(bare, '/s')}")
    print(f"  router                           {middle(ours, '/s')}")
    print(f"  ratio                            {paired_ratio(ours, bare, least=0.6)}")
    bench.start_all()
    bench.await_drained()


def _ours(bench: Bench, number: int) -> float:
    before = bench.system.rows("router", "SELECT coalesce(max(seq), 0) FROM outbox")[0][0]
    new = f"FROM outbox WHERE seq > {before} AND published_at IS NOT NULL"
    router = bench.system.processes["router"].start()
    eventually(
        lambda: bench.system.rows("router", f"SELECT count(*) {new}")[0][0] >= number,
        60 + number / 20, every=0.25, describe=router.tail,
    )  # fmt: skip
    router.terminate(20)
    moments = [row[0].timestamp() for row in bench.system.rows("router", f"SELECT published_at {new}")]
    assert len(moments) == number, f"{len(moments)} facts about {number} complaints"
    return middle_rate(moments)


def _bare(bench: Bench, database_url: str, number: int) -> float:
    args = [sys.executable, "-m", "tests.bench.bare_loop", bench.broker_url, database_url, _TAKE_FROM, _PUBLISH_TO]
    log = bench.data / "log" / "bare_loop.log"
    process = Process([*args, str(number)], log=log, cwd=ROOT, name="bare loop").start()
    code = process.wait(60 + number / 20)
    assert code == 0, process.tail()
    return float(process.output().split()[-1])


def _fill(channel: BlockingChannel, queue: str, number: int) -> None:
    """Returns when all of it lies there."""
    now = datetime.now(UTC)
    for _ in range(number):
        body = _CODEC.encode(Envelope.of(_received(now), source="intake", time=now))
        channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2))
    eventually(lambda: channel.queue_declare(queue, passive=True).method.message_count == number, 30)


def _received(now: datetime) -> ComplaintReceived:
    said: dict[str, Any] = complaint()
    return ComplaintReceived(
        complaint_id=new_id(), ticket=new_ticket("CMH"), revision=1, text=said["text"], channel="web",
        kind="pengaduan", identity="anonymous", place=Place(**said["place"]), received_at=now, receipt="no_contact",
    )  # fmt: skip


def _purge(channel: BlockingChannel) -> None:
    """What the router said to those who do not run: nobody shall work it off in a later measurement."""
    for queue in (*(queue.name for queue in TOPOLOGY.queues_for(ComplaintRouted.TYPE)), _PUBLISH_TO):
        channel.queue_purge(queue)
