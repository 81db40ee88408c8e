"""How long a citizen and an agency wait at 50 complaints a second, beside the bare parts of the way.

An open loop: complaints come on schedule, whatever became of those before. Times go from when the POST was due to when
the captured notice was written (mtime). The bare parts are measured one by one in the same run, nothing else under
way; the sum of a way is drawn from them at random, part by part, so that its p99 is one of sums.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pika
import psycopg

from shared.messaging.topology import quorum_queue
from tests.bench.accepting import complaint, start_bare_view
from tests.bench.client import Exchange, arrive, load, post
from tests.bench.report import quantile, times
from tests.bench.stack import Bench
from tests.support.eventually import eventually

_POST, _MESSAGE, _TRANSACTION, _FILE = "POST", "message", "transaction", "file"
_WAYS = {
    "citizen's receipt": "POST + INSERT at intake; message to the notifier; its transaction; the mark before sending; "
    "file",
    "agency's notice": "POST + INSERT at intake; message to the router; its transaction; message to the notifier; its "
    "transaction; the mark before sending; file",
}
_PARTS = {
    "citizen's receipt": {_POST: 1, _MESSAGE: 1, _TRANSACTION: 2, _FILE: 1},
    "agency's notice": {_POST: 1, _MESSAGE: 2, _TRANSACTION: 3, _FILE: 1},
}
_QUEUE = "bench.message"


def measure(bench: Bench, *, per_second: float, seconds: float, samples: int) -> None:
    bench.start_all()
    bench.await_drained()
    parts = _bare_parts(bench, samples)
    _whole_way(bench, per_second, 3)  # warms
    exchanges, waits = _whole_way(bench, per_second, seconds)
    print(
        f"{per_second:.0f} complaints a second for {seconds:.0f} s, open loop, RabbitMQ + PostgreSQL, everything runs"
    )
    answers, late = [one.seconds for one in exchanges], max(one.late_seconds for one in exchanges)
    print(f"  answer to the POST               {_both(answers)}; sent {_milliseconds(late)} late at most")
    for name, values in parts.items():
        print(f"  bare {name:27} {_both(values, digits=1)} (n = {len(values)})")
    print(f"  files are dated                  {_milliseconds(_early(bench.data), 1)} too early at most")
    for way, hops in _PARTS.items():
        bare = _sums([parts[part] for part, number in hops.items() for _ in range(number)])
        print(f"  {way:32} {_both(waits[way])} (n = {len(waits[way])})")
        print(f"    bare sum                       {_both(bare)}: {_WAYS[way]}")
        for share, most in ((0.5, 3), (0.99, 10)):
            ratio = times(quantile(waits[way], share), quantile(bare, share), most=most)
            print(f"    p{share * 100:.0f} {'beside the bare sum':26} {ratio}")


def _whole_way(bench: Bench, per_second: float, seconds: float) -> tuple[list[Exchange], dict[str, list[float]]]:
    exchanges = arrive(
        bench.system.intake_port, lambda: post("/api/v1/complaints", complaint()),
        per_second=per_second, for_seconds=seconds,
    )  # fmt: skip
    statuses = Counter(one.status for one in exchanges)
    assert set(statuses) == {201}, statuses
    due = {json.loads(one.body)["ticket"]: one.due_at for one in exchanges}
    written = eventually(lambda: _complete(bench.system.data / "captured", due), 120, every=0.5)
    return exchanges, {way: [at - due[ticket] for ticket, at in found.items()] for way, found in written.items()}


def _complete(folder: Path, due: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """By way and ticket when the notice was written; empty while one is missing."""
    written: dict[str, dict[str, float]] = {way: {} for way in _WAYS}
    with os.scandir(folder) as entries:
        for entry in entries:
            ticket, message = entry.name[: len("CMH-0000-0000")], entry.name[len("CMH-0000-0000-") :]
            if ticket not in due:
                continue
            if message.startswith("receipt-citizen-"):
                written["citizen's receipt"][ticket] = entry.stat().st_mtime
            elif message.startswith("case_notice-"):
                written["agency's notice"][ticket] = entry.stat().st_mtime
    return written if all(len(found) == len(due) for found in written.values()) else {}


def _bare_parts(bench: Bench, samples: int) -> dict[str, list[float]]:
    with ExitStack() as stack:
        port = start_bare_view(stack, bench, "bare_steady")
        one = load(port, lambda: post("/bare", complaint()), connections=1, for_seconds=samples / 200)
        assert set(one.statuses) == {201}, one.statuses
    return {
        _POST: one.seconds,
        _MESSAGE: _messages(bench.broker_url, samples),
        _TRANSACTION: _transactions(bench.new_database("bare_transactions"), samples),
        _FILE: _files(bench.data, samples),
    }


def _messages(url: str, samples: int) -> list[float]:
    """From publishing until the confirm and the message itself were there, through a quorum queue."""
    body = post("", complaint())
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as broker:
        sending, taking = broker.channel(), broker.channel()
        sending.queue_declare(_QUEUE, durable=True, arguments=quorum_queue(_QUEUE, "").arguments)
        sending.confirm_delivery()
        arrived: list[int] = []
        taking.basic_consume(_QUEUE, lambda _channel, method, *_: arrived.append(method.delivery_tag))

        def once() -> None:
            arrived.clear()
            sending.basic_publish("", _QUEUE, body, pika.BasicProperties(delivery_mode=2), mandatory=True)
            while not arrived:
                broker.process_data_events(time_limit=5)

        def timed() -> float:
            spent = _seconds(once)
            taking.basic_ack(arrived[-1])
            return spent

        values = [timed() for _ in range(samples)]
        sending.queue_delete(_QUEUE)
    return values


def _transactions(url: str, samples: int) -> list[float]:
    text = json.dumps(complaint())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, body text NOT NULL)")
        return [
            _seconds(lambda: connection.execute("INSERT INTO bare (body) VALUES (%s)", (text,)))
            for _ in range(samples)
        ]  # fmt: skip


def _files(folder: Path, samples: int) -> list[float]:
    content = b"x" * 4000  # about a notice
    with tempfile.TemporaryDirectory(dir=folder) as name:
        return [
            _seconds(lambda number=number: Path(name, str(number)).write_bytes(content))  # type: ignore[misc]
            for number in range(samples)
        ]  # fmt: skip


def _early(folder: Path) -> float:
    """How far the date of a file lies before the clock that says when a POST was due: at most a tick of the kernel."""
    gaps = [0.0]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        for number in range(200):
            path, now = Path(name, str(number)), time.time()
            path.write_bytes(b"x")
            gaps.append(now - path.stat().st_mtime)
    return max(gaps)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _sums(parts: Sequence[Sequence[float]], number: int = 20_000) -> list[float]:
    chance = random.Random(1)
    return [sum(chance.choice(part) for part in parts) for _ in range(number)]


def _both(seconds: Sequence[float], *, digits: int = 0) -> str:
    middle, slow = (_milliseconds(quantile(seconds, share), digits) for share in (0.5, 0.99))
    return f"p50 {middle}, p99 {slow}"


def _milliseconds(seconds: float, digits: int = 0) -> str:
    return f"{seconds * 1000:.{digits}f} ms"
