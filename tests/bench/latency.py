"""How long from a complaint's POST to its routed status and both captured notices, one complaint after the other."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.stack import Bench
from tests.support.eventually import eventually
from tests.support.system import EmbeddedSystem, System

TEXT = "PJU mati di Jalan Baros sejak Senin, gelap sekali ({n})"
_WARMING = 10


def measure(start_bench: Callable[[], Bench], *, number: int) -> None:
    """Embedded, then on the stack of processes, which is asked for only then."""
    with tempfile.TemporaryDirectory(prefix="tanggap-bench-") as folder, EmbeddedSystem(Path(folder)) as embedded:
        alone = _waits(embedded, number)
    bench = start_bench()
    bench.start_all()
    bench.await_drained()
    print(f"POST until routed and both notices captured, one after the other (n = {number})")
    _print("embedded", alone)
    _print("a process per service", _waits(bench.system, number))


def _waits(system: System, number: int) -> list[float]:
    return [_wait(system, one) for one in range(number + _WARMING)][_WARMING:]


def _wait(system: System, number: int) -> float:
    started = time.monotonic()
    receipt = system.submit(TEXT.format(n=number), contact={"email": f"w{number}@example.org"}).json()
    ticket, code = receipt["ticket"], receipt["tracking_code"]
    folder = system.data / "captured"

    def told() -> bool:
        both = len(list(folder.glob(f"{ticket}-*"))) == 2
        return both and system.status(ticket, code)["status"] == "routed"

    eventually(told, 10, every=0.005, describe=system.describe)
    return time.monotonic() - started


def _print(what: str, waits: Sequence[float]) -> None:
    quantiles = statistics.quantiles(waits, n=20)
    figures = {"median": statistics.median(waits), "p5": quantiles[0], "p95": quantiles[-1], "max": max(waits)}
    shown = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in figures.items())
    print(f"  {what:32} {shown}; within 300 ms: {sum(wait < 0.3 for wait in waits) / len(waits):.0%}")
