"""A complaint by the API beside a ticket by django-helpdesk's API: same machine, database, kind of server and client.

In turns in the same run. Everything of ours runs, and forwards and notifies meanwhile; django-helpdesk sends no mail.
"""

from __future__ import annotations

import base64
import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from shared.web.lanes import SHORT
from tests.bench.accepting import CONNECTIONS, complaint
from tests.bench.client import Answers, load, post
from tests.bench.open_loop import request
from tests.bench.report import family_cpu_seconds, middle, paired_ratio
from tests.bench.stack import Bench
from tests.support.ports import free_port
from tests.support.processes import Process
from tests.support.system import ROOT

VERSION = "2.6.1"
USER, PASSWORD = "bench", "bench-password"
_LEAST = 5.0
_PACKAGES = (f"django-helpdesk=={VERSION}", "psycopg[binary]", "waitress>=3,<4", "setuptools<81")
_PEER = Path(__file__).parent / "peer"
"""A folder of its own: beside this file `helpdesk` would be this file."""
_numbers = itertools.count(1)


def measure(bench: Bench, *, rounds: int, seconds: float) -> None:
    bench.start_all()
    with ExitStack() as stack:
        port, queue, site = _started(stack, bench)
        programs = list(bench.system.processes.values())
        theirs, ours, their_cpu, our_cpu, intake_cpu = [], [], [], [], []
        for number in range(rounds + 1):  # the first only warms
            bench.await_drained()
            other, (spent,) = _measured([site], lambda: _load(port, lambda: _ticket(queue), seconds))
            one, spent_by = _measured(programs, lambda: _load(bench.system.intake_port, _complaint, seconds))
            assert set(one.statuses) == set(other.statuses) == {201}, (one.statuses, other.statuses)
            if number:
                theirs.append(other.per_second)
                ours.append(one.per_second)
                their_cpu.append(spent / other.count(201) * 1000)
                intake_cpu.append(spent_by[list(bench.system.processes).index("intake")] / one.count(201) * 1000)
                our_cpu.append(sum(spent_by) / one.count(201) * 1000)
    print(f"creating over HTTP, {CONNECTIONS} connections, PostgreSQL, rounds of {seconds:.0f} s, in turns")
    print(f"  django-helpdesk {VERSION}            {middle(theirs, '/s')}")
    print(f"  ours, everything running         {middle(ours, '/s')}")
    print(f"  ratio                            {paired_ratio(ours, theirs, least=_LEAST)}")
    print(f"  processor time of its process    {middle(their_cpu, 'ms', digits=1)}")
    print(f"  of our intake                    {middle(intake_cpu, 'ms', digits=1)}")
    print(f"  of all our services meanwhile    {middle(our_cpu, 'ms', digits=1)}")
    bench.await_drained()


def _load(port: int, next_request: Callable[[], bytes], seconds: float) -> Answers:
    return load(port, next_request, connections=CONNECTIONS, for_seconds=seconds)


def _measured(programs: list[Process], work: Callable[[], Answers]) -> tuple[Answers, list[float]]:
    """With the processor seconds of each program meanwhile."""
    before = [family_cpu_seconds(program) for program in programs]
    answers = work()
    return answers, [family_cpu_seconds(program) - used for program, used in zip(programs, before, strict=True)]


def _ticket(queue: int) -> bytes:
    said = complaint()
    number = next(_numbers)
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    told = {
        "queue": queue, "title": f"Lampu jalan padam {number}", "description": said["text"],
        "submitter_email": f"warga{number}@example.org", "priority": 3,
    }  # fmt: skip
    return request("POST", "/helpdesk/api/tickets/", told, Authorization=f"Basic {basic}")


def _complaint() -> bytes:
    return post("/api/v1/complaints", complaint())


def _started(stack: ExitStack, bench: Bench) -> tuple[int, int, Process]:
    """Port, number of its queue, and its process."""
    port, url = free_port(), bench.new_database("helpdesk")
    args = [_python(), _PEER / "serve.py", str(port), url, str(SHORT.threads), USER, PASSWORD]
    site = stack.enter_context(Process(args, log=bench.data / "log" / "helpdesk.log", cwd=_PEER, name="helpdesk"))
    site.wait_for_output("queue ", 120)
    found = re.search(r"queue (\d+)", site.output())
    assert found is not None
    return port, int(found.group(1)), site


def _python() -> Path:
    """Of a virtualenv under `build/` that has django-helpdesk; made when it is not there."""
    folder = ROOT / "build" / "helpdesk"
    python, done = folder / "bin" / "python", folder / f".{VERSION}"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *_PACKAGES], check=True, timeout=600)
        done.touch()
    return python
