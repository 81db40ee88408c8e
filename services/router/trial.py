"""Trying two rule sets on the complaints of the last days, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.router.difference import Difference, compare_decisions
from services.router.repository_labels import count_recent, recent_complaints
from services.router.rule_changes import Change, compare_files
from services.router.rule_files import Files
from services.router.ruleset import decider_of
from services.router.sample import Sample
from services.router.versions import Versions


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many complaints, the newest, and no new one after so many seconds."""

    days: float
    complaints: int = 2000
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Trial:
    """`stored` complaints lie in the time asked for; `complete` says whether all were compared."""

    old: str
    new: str
    changes: list[Change]
    difference: Difference
    stored: int

    @property
    def complete(self) -> bool:
        return self.difference.compared >= self.stored


def try_rules(versions: Versions, old: tuple[str, Files], new: Files, bounds: Bounds) -> Trial:
    """What `new` would change for recent complaints. `old` is id and files of a stored set. Raises `RulesError`."""
    pack, clock = versions.pack, versions.clock
    since = clock.now() - timedelta(days=bounds.days)
    before, decide_before = decider_of(old[1], pack, old[0])
    after, decide_after = decider_of(new, pack)
    with versions.database.read() as connection:
        stored = count_recent(connection, since)
        samples = recent_complaints(connection, since, bounds.complaints)
    until = clock.monotonic_seconds() + bounds.seconds

    def in_time() -> Iterator[Sample]:
        for sample in samples:
            if clock.monotonic_seconds() > until:
                return
            yield sample

    difference = compare_decisions(in_time(), decide_before, decide_after)
    return Trial(before.id, after.id, compare_files(old[1], new, pack), difference, stored)
