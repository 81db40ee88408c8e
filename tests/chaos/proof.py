"""Complaints by all channels while faults strike; at the end everything is counted. On whatever ground."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.chaos.audit import Findings, audit_at_rest
from tests.chaos.channels import ALL
from tests.chaos.load import Citizens, Ledger
from tests.chaos.plan import Choice, Strike, draw
from tests.chaos.target import Target
from tests.support.mailbox import Mail

SETTLED_SECONDS = 240
_MOST_LINES = 40


class Ground(Protocol):
    """Where the proof is made: a running system, and hands that hurt it."""

    @property
    def target(self) -> Target: ...
    @property
    def menu(self) -> Sequence[Choice]: ...

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        """Puts in what must end as a dead letter; returns (service, error code) of the letters there must be."""
        ...

    def strike(self, strike: Strike) -> None:
        """Returns when the fault is over; what was hit may still be coming back."""
        ...

    def heal(self) -> None:
        """Returns when everything runs again."""
        ...

    def mails(self) -> Sequence[Mail]:
        """What a real mail server got, besides the captured notices."""
        ...

    def differences(self) -> list[str]:
        """What `tanggap reconcile` finds, without what was planted."""
        ...

    def most_uncertain(self, happened: Counter[str]) -> int:
        """How many messages can have been in hand when whoever sent them died."""
        ...


@dataclass(frozen=True)
class Proof:
    """`good` when nothing was lost, nothing doubled, and nobody turned down."""

    seed: int
    seconds: float
    happened: Counter[str]
    ledger: Ledger
    found: Findings
    planted: list[tuple[str, str]]
    most_uncertain: int
    differences: list[str]

    @property
    def good(self) -> bool:
        found = self.found
        wrong = (found.lost, found.doubled, self.ledger.refused, self.differences)
        return not any(wrong) and found.dead == self.planted and found.uncertain <= self.most_uncertain

    def report(self) -> str:
        found = self.found
        happened = ", ".join(f"{count} {name}" for name, count in sorted(self.happened.items()))
        delays = ", ".join(f"{count} {name}" for name, count in sorted(self.ledger.delays.items()))
        planted = "as planted" if found.dead == self.planted else f"PLANTED {self.planted}"
        return "\n".join(
            [
                f"seed {self.seed}: {sum(self.happened.values())} faults in {self.seconds:.0f} s: {happened}",
                f"tried again: {delays or 'never'}",
                f"acknowledged {found.acknowledged}, routed {found.routed}, told {found.told}, lost {len(found.lost)}, "
                f"doubled {len(found.doubled)}, dead {found.dead} ({planted}), "
                f"uncertain {found.uncertain} of {self.most_uncertain} allowed, "
                f"reconcile {'NOT clean' if self.differences else 'clean'}",
                *(f"  {line}" for line in self.troubles()[:_MOST_LINES]),
            ]
        )

    def troubles(self) -> list[str]:
        differences = [f"reconcile: {one}" for one in self.differences]
        return [*self.ledger.refused, *self.found.lost, *self.found.doubled, *differences]


def prove(
    ground: Ground, *, seed: int, complaints: int, faults: int, seconds: float, first: int = 0, crowd: int = 6
) -> Proof:
    """At least so many faults, and more while complaints still come; the same ones for the same seed."""
    citizens = Citizens(ground.target, complaints, first=first, crowd=crowd, seconds=seconds, channels=ALL)
    planted = ground.plant(citizens)
    started, happened = time.monotonic(), Counter[str]()
    citizens.start()
    for strike in draw(seed, ground.menu):
        if sum(happened.values()) >= faults and not citizens.busy:
            break
        ground.strike(strike)
        happened[strike.name] += 1
        time.sleep(strike.rest_seconds)
    citizens.join()
    ground.heal()
    found = audit_at_rest(ground.target, citizens.ledger, SETTLED_SECONDS, ground.mails)
    return Proof(
        seed=seed,
        seconds=time.monotonic() - started,
        happened=happened,
        ledger=citizens.ledger,
        found=found,
        planted=planted,
        most_uncertain=ground.most_uncertain(happened),
        differences=ground.differences(),
    )
