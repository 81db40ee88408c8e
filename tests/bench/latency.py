"""How long from a complaint's POST to its routed status and both captured notices: `make bench`.

Prints machine, date, n, median and spread. `--processes` measures a process per service on RabbitMQ and PostgreSQL
instead of the embedded mode; `--n` sets how many complaints, one after the other.
"""

import argparse
import os
import platform
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.rabbitmq import RabbitNode
from tests.support.system import DistributedSystem, EmbeddedSystem, System

TEXT = "PJU mati di Jalan Baros sejak Senin, gelap sekali ({n})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--processes", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        system = _start(stack, processes=options.processes)
        for number in range(10):
            _measure(system, -number)
        waits = [_measure(system, number) for number in range(options.n)]
    _print("RabbitMQ + PostgreSQL, a process per service" if options.processes else "embedded", waits)


def _start(stack: ExitStack, *, processes: bool) -> System:
    data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    data.chmod(0o755)
    if not processes:
        return stack.enter_context(EmbeddedSystem(data))
    node = stack.enter_context(RabbitNode())
    server = stack.enter_context(PostgresServer(durable=True))
    node.create_vhost("bench")
    return stack.enter_context(DistributedSystem(data, node, "bench", server, server.create_database("bench")))


def _measure(system: System, number: int) -> float:
    started = time.monotonic()
    receipt = system.submit(TEXT.format(n=number), contact={"email": f"w{abs(number)}@example.org"}).json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]

    def told() -> bool:
        return len(system.captured(ticket)) == 2 and system.status(ticket, code)["status"] == "routed"

    eventually(told, 10, every=0.005, describe=system.describe)
    return time.monotonic() - started


def _print(what: str, waits: list[float]) -> None:
    waits = sorted(waits)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{what}: POST until routed and both notices captured")
    print(f"  {machine}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; n = {len(waits)}")
    quantiles = statistics.quantiles(waits, n=20)
    figures = {"median": statistics.median(waits), "p5": quantiles[0], "p95": quantiles[-1], "max": waits[-1]}
    shown = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in figures.items())
    print(f"  {shown}; within 300 ms: {sum(wait < 0.3 for wait in waits) / len(waits):.0%}")


if __name__ == "__main__":
    main()
