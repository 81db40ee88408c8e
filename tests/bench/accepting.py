"""How many complaints a second intake accepts over HTTP, beside a bare view with one durable INSERT."""

from __future__ import annotations

import itertools
import sys
from contextlib import ExitStack

import psycopg

from tests.bench.client import load, post
from tests.bench.report import middle, paired_ratio, quantile
from tests.bench.stack import Bench
from tests.support.eventually import eventually
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import ROOT

CONNECTIONS = 8
_numbers = itertools.count(1)


def complaint() -> dict[str, object]:
    """A complaint as people send them: some 120 letters, a place, a way to answer; never the same twice."""
    number = next(_numbers)
    return {
        "text": f"Lampu jalan di Jalan Baros depan gerbang nomor {number} padam sejak Senin, "
        "jalannya gelap sekali dan sudah dua motor jatuh.",
        "contact": {"email": f"warga{number}@example.org"},
        "place": {"kecamatan": "Cimahi Selatan", "kelurahan": "Utama", "detail": "dekat pos ronda"},
    }


def measure(bench: Bench, *, rounds: int, seconds: float) -> None:
    system = bench.system
    with ExitStack() as stack:
        bare_port = start_bare_view(stack, bench, "bare_accepting")
        bench.stop("router", "notifier", "desk", "mail")
        bare, ours, waits = [], [], []
        for number in range(rounds + 1):  # the first round only warms
            one = load(bare_port, lambda: post("/bare", complaint()), connections=CONNECTIONS, for_seconds=seconds)
            other = load(system.intake_port, _ours, connections=CONNECTIONS, for_seconds=seconds)
            assert set(one.statuses) == set(other.statuses) == {201}, (one.statuses, other.statuses)
            if number:
                bare.append(one.per_second)
                ours.append(other.per_second)
                waits += other.seconds
        bench.start_all()
        running = [load(system.intake_port, _ours, connections=CONNECTIONS, for_seconds=seconds) for _ in range(3)]
    print(f"accepting over HTTP, {CONNECTIONS} connections, RabbitMQ + PostgreSQL, rounds of {seconds:.0f} s")
    print(f"  bare view, one INSERT            {middle(bare, '/s')}")
    print(f"  intake, downstream stopped       {middle(ours, '/s')}; answer p50 "
          f"{quantile(waits, 0.5) * 1000:.0f} ms, p99 {quantile(waits, 0.99) * 1000:.0f} ms")  # fmt: skip
    print(f"  ratio                            {paired_ratio(ours, bare, least=0.7)}")
    print(f"  intake, everything running       {middle([answers.per_second for answers in running], '/s')}")
    bench.await_drained()


def _ours() -> bytes:
    return post("/api/v1/complaints", complaint())


def start_bare_view(stack: ExitStack, bench: Bench, database: str) -> int:
    """Its port; it runs, with a database of its own, until the stack is closed."""
    port = free_port()
    url = bench.new_database(database)
    args = [sys.executable, "-m", "tests.bench.bare_view", str(port), url]
    process = Process(args, log=bench.data / "log" / "bare.log", cwd=ROOT, name="bare view")
    stack.enter_context(process)

    def stored() -> bool:
        load(port, lambda: post("/bare", complaint()), connections=1, for_seconds=0)
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1 FROM bare LIMIT 1").fetchone() is not None

    eventually(stored, 15, describe=process.tail)
    return port
