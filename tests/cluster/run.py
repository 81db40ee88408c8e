"""Three brokers and two of every service, hurt while citizens complain at a steady rate: `make cluster`.

Prints a row for each kind of fault as soon as it is measured. Exit code 1 when anything was lost, doubled or refused.
"""

import argparse
import platform
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import docker

from tests.cluster.faults import menu
from tests.cluster.measuring import Row, measure
from tests.cluster.stack import ClusterStack

PER_SECOND = 5.0
_NUMBERS_EACH = 100_000
_HEAD = (
    "| fault | times | acknowledged | lost | doubled | refused | longest gap of acceptance | slowest answer "
    "| longest gap of routing (median) | longest way to a decision |\n|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leader-kills", type=int, default=20, help="the other faults are done less often (20)")
    parser.add_argument("--per-second", type=float, default=PER_SECOND, help=f"complaints ({PER_SECOND:g})")
    parser.add_argument("--only", default="", help="kinds of fault whose name has this in it")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    options = parser.parse_args()
    faults = [fault for fault in menu(options.leader_kills) if options.only in fault.name]
    with cluster() as stack:
        print(_surroundings(stack, options.seed, options.per_second), _HEAD, sep="\n\n", flush=True)
        rows = []
        for place, fault in enumerate(faults):
            chance = random.Random(options.seed + place)
            first = 1_000_000 + place * _NUMBERS_EACH
            rows.append(measure(stack, fault, per_second=options.per_second, first=first, chance=chance))
            print(_line(rows[-1]), flush=True)
        code, differences = stack.operate("reconcile", "--older-than", "1")
        for row in rows:
            for trouble in (*row.lost, *row.doubled):
                print(f"{row.fault}: {trouble}")
        print(f"\nreconcile: {differences.strip().splitlines()[-1] if differences.strip() else code}")
    return 0 if code == 0 and all(row.good for row in rows) else 1


@contextmanager
def cluster() -> Iterator[ClusterStack]:
    """A stack of its own, removed with its data."""
    client = docker.from_env(timeout=120)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        stack = ClusterStack(client, Path(folder))
        try:
            stack.start()
            stack.await_whole()
            yield stack
        finally:
            stack.remove()
            client.close()


def _surroundings(stack: ClusterStack, seed: int, per_second: float) -> str:
    _, version = stack.run("rabbitmq", "rabbitmqctl", "version")
    _, balancer = stack.run("balancer", "haproxy", "-v")
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.machine()}, {_cores()} cores, "
        f"RabbitMQ {version.strip()}, {balancer.splitlines()[0][:40]}, {per_second:g} complaints a second, seed {seed}"
    )


def _cores() -> int:
    return len([line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")])


def _line(row: Row) -> str:
    gaps = row.gaps_of_routing_seconds
    cells = (
        row.fault, row.times, row.acknowledged, len(row.lost), len(row.doubled), row.refused,
        f"{row.gap_of_acceptance_seconds:.1f} s", f"{row.slowest_answer_seconds:.1f} s",
        f"{max(gaps):.1f} s ({statistics.median(gaps):.1f} s)", f"{row.longest_way_seconds:.1f} s",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    sys.exit(main())
