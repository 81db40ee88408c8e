"""The embedded mode: complaints a second over the whole way, start, memory, and what it costs while nobody writes."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from tests.bench.accepting import complaint
from tests.bench.client import load, post
from tests.bench.report import cpu_seconds, middle, resident_megabytes
from tests.support.eventually import eventually
from tests.support.system import EmbeddedSystem

CONNECTIONS = 8
_SETTLES_SECONDS = 5


def measure(*, rounds: int, seconds: float, idle_seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="tanggap-bench-") as folder:
        system = EmbeddedSystem(Path(folder))
        system.start()  # makes its databases
        system.stop()
        starts = []
        for _ in range(3):
            started = time.monotonic()
            system.start()
            starts.append(time.monotonic() - started)
            system.stop()
        system.start()
        try:
            fresh = _idle(system, idle_seconds)
            rates = [_whole_way(system, seconds) for _ in range(rounds + 1)][1:]
            loaded = _idle(system, idle_seconds)
        finally:
            system.stop()
    print(f"embedded, {CONNECTIONS} connections for {seconds:.0f} s, until routed and both notices are captured")
    print(f"  whole way                        {middle(rates, '/s')}, wanted 120 or more")
    print(f"  start on existing data           {middle(starts, 's', digits=2)}")
    print(f"  idle, just started               {fresh}, wanted 1 % and 200 MB or less")
    print(f"  idle, after all that             {loaded}")


def _idle(system: EmbeddedSystem, seconds: float) -> str:
    pid = system.processes["tanggap"].pid
    time.sleep(_SETTLES_SECONDS)
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    idle = (cpu_seconds(pid) - before) / (time.monotonic() - began)
    return f"{idle:.1%} of a core; {resident_megabytes(pid):.0f} MB resident"


def _whole_way(system: EmbeddedSystem, seconds: float) -> float:
    """Complaints a second, from the first request until the last notice of the last complaint is there."""
    folder = system.data / "captured"
    before = _notices(folder)
    started = time.monotonic()
    answers = load(
        system.intake_port, lambda: post("/api/v1/complaints", complaint()),
        connections=CONNECTIONS, for_seconds=seconds,
    )  # fmt: skip
    assert set(answers.statuses) == {201}, answers.statuses
    number = answers.count(201)
    eventually(lambda: _notices(folder) - before >= 2 * number, 120, every=0.05, describe=system.describe)
    return number / (time.monotonic() - started)


def _notices(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    return sum(not name.startswith(".") for name in os.listdir(folder))
