"""All measurements in one run: `make bench`. Prints machine, date, n, median and spread.

`python -m tests.bench accepting router` runs some of them; `--short` makes each a fraction as long, for looking at it
run. A ratio below its aim is marked `(missed)`; the run fails only when a measurement itself broke.

Only when they are named run `spike [--times N] [--cases N]`: whole lives of complaints in spikes, N times as many of
them, with so many cases already there (a million unless told otherwise; some 20 minutes); `growth`: what a complaint
costs with 10,000 and with a million stored (some 20 minutes); and `helpdesk`: creating a ticket by django-helpdesk's
API beside ours, for which it is installed from the package index.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack

from tests.bench import (
    accepting,
    channels,
    desk,
    embedded,
    growth,
    helpdesk,
    hops,
    latency,
    notifying,
    photos,
    router_loop,
    spike,
    steady,
)
from tests.bench.report import machine
from tests.bench.stack import Bench
from tests.support.system import ROOT

_ROUTING = "tests.bench.routing"
_ROUTING_SECONDS = 180
_ONLY_WHEN_NAMED = ("growth", "helpdesk", "spike")


class Benches:
    """Each by its name, in the order in which they run: what is embedded comes before the stack of processes starts.

    That starts with the first that needs it, and ends with `stack` or before what does not want it beside itself.
    """

    def __init__(self, stack: ExitStack, options: argparse.Namespace) -> None:
        self._stack = stack
        self._options = options
        self._short: bool = options.short
        self._bench: Bench | None = None
        self.by_name: dict[str, Callable[[], None]] = {
            "embedded": lambda: embedded.measure(
                rounds=self._of(3, 1), seconds=self._of(5, 2), idle_seconds=self._of(10, 3)
            ),
            "photos": lambda: photos.measure(rounds=self._of(15, 5), uploads=self._of(20, 8)),
            "notifier": lambda: notifying.measure(
                rounds=self._of(5, 2), number=self._of(2000, 600), seconds=self._of(10, 5), turns=self._of(3, 1)
            ),
            "desk": self._desk,
            "latency": lambda: latency.measure(self._stack_of_processes, number=self._of(100, 20)),
            "accepting": lambda: accepting.measure(self._stack_of_processes(), rounds=self._of(4, 2), seconds=3),
            "channels": lambda: channels.measure(self._stack_of_processes(), rounds=self._of(4, 2), seconds=3),
            "router": lambda: router_loop.measure(
                self._stack_of_processes(), rounds=self._of(4, 2), number=self._of(3000, 1000)
            ),
            "steady": lambda: steady.measure(
                self._stack_of_processes(), per_second=50, seconds=self._of(20, 5), samples=self._of(600, 200)
            ),
            "hops": lambda: hops.measure(self._stack_of_processes(), per_second=50, seconds=self._of(20, 5)),
            "routing": self._routing,
            "helpdesk": lambda: helpdesk.measure(
                self._stack_of_processes(), rounds=self._of(4, 1), seconds=self._of(5, 2)
            ),
            "spike": self._spike,
            "growth": self._growth,
        }

    def _desk(self) -> None:
        if self._short:
            desk.measure(sizes=(2_000, 20_000), moulds=60, seconds=8, handler_rounds=3)
        else:
            desk.measure(sizes=(10_000, 1_000_000), moulds=1000, seconds=40, handler_rounds=10)

    def _spike(self) -> None:
        """On a system of its own, which begins with the cases."""
        self._stack.close()
        cases = self._options.cases
        spike.measure(
            times=self._options.times, cases=self._of(1_000_000, 2_000) if cases is None else cases,
            seconds=self._of(60, 6), moulds=self._of(1000, 40),
        )  # fmt: skip

    def _growth(self) -> None:
        """On two systems of its own."""
        self._stack.close()
        growth.measure(
            sizes=(10_000, self._of(1_000_000, 20_000)), rounds=self._of(3, 1), seconds=self._of(20, 4),
            moulds=self._of(1000, 40),
        )  # fmt: skip

    def _of(self, long: int, short: int) -> int:
        return short if self._short else long

    def _stack_of_processes(self) -> Bench:
        if self._bench is None:
            self._bench = self._stack.enter_context(Bench())
        return self._bench

    def _routing(self) -> None:
        """A process of its own: it freezes its memory, and measures on one core."""
        if importlib.util.find_spec(_ROUTING) is None:
            print("  not here")
            return
        self._stack.close()
        more = ["--n", "200", "--rounds", "2"] if self._short else ["--rounds", "3"]
        subprocess.run([sys.executable, "-m", _ROUTING, *more], cwd=ROOT, check=True, timeout=_ROUTING_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="NAME")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--cases", type=int)
    options = parser.parse_args()
    print(machine(), flush=True)
    broken = []
    with ExitStack() as stack:
        benches = Benches(stack, options).by_name
        unknown = set(options.what) - set(benches)
        if unknown:
            parser.error(f"there is no {', '.join(sorted(unknown))}, only {', '.join(benches)}")
        usual = [name for name in benches if name not in _ONLY_WHEN_NAMED]
        for name in [name for name in benches if name in (options.what or usual)]:
            print(f"\n== {name}", flush=True)
            started = time.monotonic()
            try:
                benches[name]()
            except Exception:
                traceback.print_exc()
                broken.append(name)
            print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    if broken:
        print(f"\nbroken: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
