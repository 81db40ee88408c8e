"""One kind of fault, as often as wanted, while citizens complain: what it cost."""

import random
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass

from tests.chaos.audit import audit_at_rest
from tests.cluster.answers import gap_of_acceptance, longest_pause, refused, slowest_seconds
from tests.cluster.citizens import SteadyCitizens
from tests.cluster.faults import Fault
from tests.cluster.stack import ClusterStack

REST_SECONDS = (2.0, 5.0)
SETTLED_SECONDS = 240


@dataclass(frozen=True)
class Row:
    """What one kind of fault cost. Gaps are the longest of all times that it was done."""

    fault: str
    times: int
    acknowledged: int
    lost: list[str]
    doubled: list[str]
    refused: int
    slowest_answer_seconds: float
    gap_of_acceptance_seconds: float
    gaps_of_routing_seconds: list[float]
    longest_way_seconds: float

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.refused)


def measure(stack: ClusterStack, fault: Fault, *, per_second: float, first: int, chance: random.Random) -> Row:
    citizens = SteadyCitizens(stack, per_second, first)
    citizens.start()
    windows = []
    try:
        time.sleep(REST_SECONDS[1])
        for turn in range(fault.times):
            began = time.time()
            fault.strike(stack, turn)
            took = time.time() - began
            print(f"{fault.name}, {turn + 1} of {fault.times}: whole again after {took:.0f} s", file=sys.stderr)
            time.sleep(chance.uniform(*REST_SECONDS))
            windows.append((began, time.time()))
    finally:
        citizens.stop()
    found = audit_at_rest(stack, citizens.ledger, SETTLED_SECONDS)
    decided = _decided(stack, citizens.ledger.tickets.values())
    return Row(
        fault=fault.name,
        times=fault.times,
        acknowledged=found.acknowledged,
        lost=found.lost,
        doubled=found.doubled,
        refused=refused(citizens.answers) + len(citizens.ledger.refused),
        slowest_answer_seconds=slowest_seconds(citizens.answers),
        gap_of_acceptance_seconds=gap_of_acceptance(citizens.answers),
        gaps_of_routing_seconds=[longest_pause([at for at, _ in decided], *window) for window in windows],
        longest_way_seconds=max((took for _, took in decided), default=0.0),
    )


def _decided(stack: ClusterStack, tickets: Iterable[str]) -> list[tuple[float, float]]:
    """When each of them was routed, in seconds since 1970, and how long after it was received."""
    ours = set(tickets)
    statement = (
        "SELECT ticket, (extract(epoch FROM decided_at) * 1000)::bigint, "
        "(extract(epoch FROM decided_at - received_at) * 1000)::bigint FROM decisions"
    )
    rows = stack.rows("router", statement)
    return [(at / 1000, took / 1000) for ticket, at, took in rows if ticket in ours]
