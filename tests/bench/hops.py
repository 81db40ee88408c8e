"""Where a complaint's time and processor time go from its POST to the agency's captured notice, hop by hop.

An open loop of complaints, everything running. The moments are those that the services write down for themselves (one
clock, as all run on one machine), so nothing is added to the way. With py-spy installed, a second such load is sampled
and drawn as a flame graph: which code has the interpreter of each service. What waits does not show there.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.bench import flame
from tests.bench.accepting import complaint
from tests.bench.client import Exchange, arrive, post
from tests.bench.report import quantile
from tests.bench.stack import Bench
from tests.bench.watch import Watch
from tests.support.eventually import eventually
from tests.support.system import ROOT

PICTURE = ROOT / "build" / "flame.svg"
HOPS = (
    ("due", "stored", "until intake, which has read, checked and sealed it, writes it down with others"),
    ("stored", "at the router", "commit, answer, relay, broker, until the router takes it with others"),
    ("at the router", "decided", "the router judges what it took, one after the other, each with its reasons"),
    ("decided", "at the notifier", "commit, relay, broker, until the notifier takes it with others"),
    ("at the notifier", "planned", "who is told, by which channel"),
    ("planned", "sending", "commit, lane, the mark before sending and its commit, the contact where there is one"),
    ("sending", "written", "wording, the file"),
)
"""From which moment to which, and what happens in between."""

_ROWS = {
    "stored": ("intake", "SELECT subject, created_at FROM outbox WHERE routing_key LIKE 'complaint.received%'"),
    "at the router": ("router", "SELECT subject, received_at FROM inbox WHERE type LIKE 'complaint.received%'"),
    "decided": ("router", "SELECT subject, created_at FROM outbox WHERE routing_key LIKE 'complaint.routed%'"),
    "at the notifier": ("notifier", "SELECT subject, received_at FROM inbox WHERE type LIKE 'complaint.routed%'"),
    "planned": ("notifier", "SELECT complaint_id, planned_at FROM deliveries WHERE message = 'case_notice'"),
    "sending": (
        "notifier",
        "SELECT complaint_id, started_at FROM attempts JOIN deliveries USING (delivery_id) "
        "WHERE message = 'case_notice' AND number = 1",
    ),
}
_TICKETS = "SELECT ticket, complaint_id FROM complaints"
Moments = dict[str, dict[str, float]]
"""By name of the moment and complaint, in seconds since the epoch."""


def measure(bench: Bench, *, per_second: float, seconds: float) -> None:
    bench.start_all()
    bench.await_drained()
    _load(bench, per_second, 3)  # warms
    bench.await_drained()
    with Watch(bench) as watch:
        exchanges = _load(bench, per_second, seconds)
        bench.await_drained()
    moments = _moments(bench, exchanges)
    number = len(moments["due"])
    print(f"{per_second:.0f} complaints a second for {seconds:.0f} s (n = {number}), POST to the agency's notice")
    print("       p50      p99")
    for first, last, what in HOPS:
        _show([moments[last][one] - at for one, at in moments[first].items()], what)
    _show([moments["written"][one] - at for one, at in moments["due"].items()], "the whole way")
    for name, used in watch.seconds.items():
        print(f"  {used / number * 1000:6.1f} ms of processor time for a complaint: {name}")
    print(f"  {sum(watch.seconds.values()) / number * 1000:6.1f} ms all")
    pids = {name: process.pid for name, process in bench.system.processes.items()}
    with flame.sampled(pids, PICTURE, title=f"{per_second:.0f} complaints a second, everything running") as is_drawn:
        _load(bench, per_second, seconds)
        bench.await_drained()
    print(f"  drawn: {PICTURE.relative_to(ROOT)}" if is_drawn else "  not drawn: pip install py-spy")


def _load(bench: Bench, per_second: float, seconds: float) -> list[Exchange]:
    exchanges = arrive(
        bench.system.intake_port, lambda: post("/api/v1/complaints", complaint()),
        per_second=per_second, for_seconds=seconds,
    )  # fmt: skip
    assert set(Counter(one.status for one in exchanges)) == {201}
    return exchanges


def _moments(bench: Bench, exchanges: list[Exchange]) -> Moments:
    system = bench.system
    names = dict(system.rows("intake", _TICKETS))
    due = {str(names[json.loads(one.body)["ticket"]]): one.due_at for one in exchanges}
    found: Moments = {"due": due}
    for moment, (owner, statement) in _ROWS.items():
        found[moment] = {str(one): at.timestamp() for one, at in system.rows(owner, statement) if str(one) in due}
    found["written"] = eventually(lambda: _written(system.data / "captured", names, due), 60, every=0.5)
    missing = {moment: len(due) - len(found[moment]) for moment in found if len(found[moment]) != len(due)}
    assert not missing, missing
    return found


def _written(folder: Path, names: dict[str, str], due: dict[str, float]) -> dict[str, float]:
    written = {}
    for path in folder.glob("*case_notice-*"):
        complaint_id = str(names[path.name[: len("CMH-0000-0000")]])
        if complaint_id in due:
            written[complaint_id] = path.stat().st_mtime
    return written if len(written) == len(due) else {}


def _show(waits: list[float], what: str) -> None:
    print(f"  {quantile(waits, 0.5) * 1000:5.1f} ms {quantile(waits, 0.99) * 1000:5.1f} ms  {what}")
