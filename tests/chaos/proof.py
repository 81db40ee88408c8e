"""Complaints by all channels while faults strike; at the end everything is counted. On whatever ground."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from tests.chaos.audit import Findings, audit_at_rest
from tests.chaos.load import Citizens, Ledger
from tests.chaos.more_channels import EVERY, WITH_PHOTO
from tests.chaos.officers import Acts, Officers, audit_acts
from tests.chaos.plan import Choice, Strike, draw, kinds
from tests.chaos.target import Target
from tests.support.eventually import eventually

SETTLED_SECONDS = 300
CLEAN_SECONDS = 30.0
"""So soon after the last fault `tanggap reconcile` has nothing to tell."""
_CLEAN_AT_LAST_SECONDS = 180.0
LEAST_ANSWERED = 0.999
_AWAY_COMPLAINTS, _AWAY_SECONDS = 1000, 60.0
_MOST_LINES, _MOST_CHARACTERS = 40, 300


class Ground(Protocol):
    """Where the proof is made: a running system, and hands that hurt it."""

    @property
    def target(self) -> Target: ...
    @property
    def menu(self) -> Sequence[Choice]: ...

    def plant(self, citizens: Citizens) -> list[tuple[str, str]]:
        """Puts in what must end as a dead letter; returns (service, error code) of the letters there must be."""
        ...

    def can(self, strike: Strike) -> bool:
        """Whether this machine lets us do that."""
        ...

    def strike(self, strike: Strike) -> None:
        """Returns when the fault is over; what was hit may still be coming back."""
        ...

    def broker_dead(self) -> AbstractContextManager[None]:
        """From a moment at which everything runs, until it is there again."""
        ...

    def heal(self) -> None:
        """Returns when everything runs again."""
        ...

    def arrived(self) -> Counter[str]:
        """What real receivers got besides the captured notices: how often, by the keys of the messages."""
        ...

    def differences(self) -> list[str]:
        """What `tanggap reconcile` finds, without what was planted."""
        ...

    def most_uncertain(self, happened: Counter[str]) -> int:
        """How many messages can have been in hand when whoever sent them died."""
        ...

    def complaints(self) -> list[str]:
        """What the hands have to say against the services."""
        ...


@dataclass
class Record:
    """What struck, and what of it did not go as a fault should: that, too, spoils the proof."""

    happened: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    ended_at: float = 0.0

    @property
    def count(self) -> int:
        return sum(self.happened.values())

    def kinds(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for name, count in self.happened.items():
            found[name.partition(" ")[0]] += count
        return found


@dataclass(frozen=True)
class Proof:
    """`good` when nothing was lost, nothing doubled, and nobody turned down.

    The long form (`whole`) also wants that every kind of fault struck, and that all was where it belongs soon enough.
    """

    seed: int
    seconds: float
    record: Record
    ledger: Ledger
    acts: Acts
    found: Findings
    planted: list[tuple[str, str]]
    most_uncertain: int
    differences: list[str]
    clean_seconds: float
    broker_away: Ledger
    complaints: list[str] = field(default_factory=list)
    wanted_kinds: list[str] = field(default_factory=list)

    @property
    def answered(self) -> float:
        """The part of those who complained while only the broker was away that was taken at the first try."""
        return first_tries(self.broker_away)

    @property
    def never(self) -> list[str]:
        """Kinds of faults that should have struck and did not."""
        struck = self.record.kinds()
        return [kind for kind in self.wanted_kinds if not struck[kind]]

    @property
    def good(self) -> bool:
        found = self.found
        late = bool(self.wanted_kinds) and self.clean_seconds > CLEAN_SECONDS
        deaf = self.answered < LEAST_ANSWERED
        wrong = (found.dead != self.planted, found.uncertain > self.most_uncertain, late, deaf)
        return not any((*wrong, *self.troubles()))

    def report(self) -> str:
        found = self.found
        planted = "as planted" if found.dead == self.planted else f"PLANTED {self.planted}"
        return "\n".join(
            [
                f"seed {self.seed}: {self.record.count} faults in {self.seconds:.0f} s: {_listed(self.record.kinds())}",
                f"one by one: {_listed(self.record.happened)}",
                f"tried again: {_listed(self.ledger.delays)}",
                f"while only the broker was away: {self.answered:.2%} of {len(self.broker_away.tickets)} taken at once",
                f"at the desk: {_listed(self.acts.kinds())}, {self.acts.conflicts} read anew, "
                f"{self.acts.delays} tried again, {self.acts.open.total()} without an answer",
                f"acknowledged {found.acknowledged}, {found.photos} photos, routed {found.routed}, told {found.told}, "
                f"lost {len(found.lost)}, doubled {len(found.doubled)}, dead {found.dead} ({planted}), "
                f"uncertain {found.uncertain} of {self.most_uncertain} allowed, reconcile "
                + ("NOT clean" if self.differences else f"clean {self.clean_seconds:.0f} s after the last fault"),
                *(f"  {line}" for line in self.troubles()[:_MOST_LINES]),
            ]
        )

    def troubles(self) -> list[str]:
        differences = [f"reconcile: {one}" for one in self.differences]
        never = [f"no fault of the kind {kind}" for kind in self.never]
        counted = [*self.ledger.refused, *self.found.lost, *self.found.doubled, *differences]
        return [*counted, *self.acts.refused, *self.complaints, *self.record.failed, *never]


def first_tries(ledger: Ledger) -> float:
    tried = len(ledger.tickets) + sum(ledger.delays.values()) + len(ledger.refused)
    return len(ledger.tickets) / tried if tried else 1.0


def prove(
    ground: Ground,
    *,
    seed: int,
    complaints: int,
    faults: int,
    seconds: float,
    first: int = 0,
    crowd: int = 6,
    whole: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> Proof:
    """At least so many faults, and more while complaints still come; the same ones for the same seed.

    `whole`: the long form, in which every line of the menu strikes. `tell` hears of each fault as it begins.
    """
    citizens = _citizens(ground, complaints, first, crowd, seconds)
    planted = ground.plant(citizens)
    started = time.monotonic()
    away = _without_broker(ground, first + complaints, crowd) if whole else Ledger()
    officers = Officers(ground.target)
    citizens.start()
    officers.start()
    record = _strike_on(ground, citizens, draw(seed, ground.menu, each_first=whole), faults, tell)
    citizens.join()
    officers.stop()
    ground.heal()
    differences, clean_seconds = _reconciled(ground, record.ended_at)
    citizens.ledger.add(away)
    found = audit_at_rest(ground.target, citizens.ledger, SETTLED_SECONDS, ground.arrived)
    found.lost += audit_acts(ground.target, officers.acts)
    return Proof(
        seed=seed,
        seconds=time.monotonic() - started,
        record=record,
        ledger=citizens.ledger,
        acts=officers.acts,
        found=found,
        planted=planted,
        most_uncertain=ground.most_uncertain(record.happened),
        differences=differences,
        clean_seconds=clean_seconds,
        broker_away=away,
        complaints=ground.complaints(),
        wanted_kinds=kinds(ground.menu) if whole else [],
    )


def _citizens(ground: Ground, count: int, first: int, crowd: int, seconds: float) -> Citizens:
    return Citizens(
        ground.target, count, first=first, crowd=crowd, seconds=seconds, channels=EVERY, with_photo=WITH_PHOTO
    )


def _without_broker(ground: Ground, first: int, crowd: int) -> Ledger:
    """How citizens fare while the broker lies dead, and nothing else is wrong."""
    citizens = _citizens(ground, _AWAY_COMPLAINTS, first, crowd, _AWAY_SECONDS)
    with ground.broker_dead():
        citizens.start()
        citizens.join()
    return citizens.ledger


def _strike_on(
    ground: Ground, citizens: Citizens, plan: Iterator[Strike], faults: int, tell: Callable[[str], None]
) -> Record:
    record, started = Record(), time.monotonic()
    for strike in plan:
        if record.count >= faults and not citizens.busy:
            return record
        if not ground.can(strike):
            continue
        tell(f"{time.monotonic() - started:.0f} s: {strike.name}, {strike.hold_seconds:g} s")
        try:
            ground.strike(strike)
            record.happened[strike.name] += 1
        except Exception as error:  # the hand slipped: what it was to show was not shown
            told = str(error).partition("\n")[0][:_MOST_CHARACTERS]
            record.failed.append(f"{strike.name} failed: {type(error).__name__}: {told}")
            tell(record.failed[-1])
            if len(record.failed) > _MOST_LINES:
                return record
        record.ended_at = time.monotonic()
        time.sleep(strike.rest_seconds)
    return record


def _reconciled(ground: Ground, since: float) -> tuple[list[str], float]:
    """What is left at last, and how long after the last fault the last look was begun."""
    last: list[str] = ["it never answered"]
    begun_at = since

    def clean() -> bool:
        nonlocal begun_at
        begun_at = time.monotonic()
        last[:] = ground.differences()
        return not last

    with suppress(AssertionError):
        eventually(clean, _CLEAN_AT_LAST_SECONDS, every=0.5)
    return list(last), begun_at - since


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
