"""The worker that finds out what drafts would move."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.router.difference import compare_decisions
from services.router.proposing import trial_runs
from services.router.proposing.proposals import Proposals
from services.router.proposing.trial_runs import DONE, FAILED, LEASE_SECONDS, WAITING, Run
from services.router.repository_labels import count_recent, recent_complaints
from services.router.rule import RulesError
from services.router.ruleset import decider_of
from services.router.sample import Sample
from shared.errors import Refused
from shared.observability.logs import get_logger
from shared.storage.bells import Bells, Waiter

log = get_logger("rules")
BELL = "trials"
MOST_COMPLAINTS = 20_000
MOST_SECONDS = 45.0
"""Of a run. Less than what a worker may stand still before it counts as stuck."""
MOST_SHOWN = 300
_TELL_SECONDS = 0.5


class _Over(Exception):
    """Stop here: another run was asked for, or the process ends."""


@dataclass
class TrialWorker:
    proposals: Proposals
    bells: Bells
    _waiter: Waiter = field(init=False)
    _stopping: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._waiter = self.bells.waiter(BELL)

    def step(self) -> None:
        if not self.work():
            self._waiter.idle()

    def wake(self) -> None:
        self._stopping.set()
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""

    def work(self) -> bool:
        """One run, if one waits; False when none does."""
        versions = self.proposals.versions
        with versions.database.write() as tx:
            run = trial_runs.claim(tx, versions.clock.now())
        if run is None:
            return False
        try:
            values = self._found(run)
        except _Over:
            values = {"state": WAITING, "attempts": run.attempts, "leased_until": None}
        except (RulesError, Refused) as error:
            values = {"state": FAILED, "problem": error.code}
        if values["state"] != WAITING:
            values |= {"finished_at": versions.clock.now(), "leased_until": None}
        self._write(run, values)
        return True

    def _found(self, run: Run) -> dict[str, Any]:
        versions, clock = self.proposals.versions, self.proposals.versions.clock
        draft = self.proposals.find(run.draft_id)
        if draft.heading.content != run.content:  # changed between asking and now: the asker looks at the newest
            return {"state": FAILED, "problem": "draft_changed"}
        before, old = decider_of(versions.find(run.against)[1], versions.pack, run.against)
        after, new = decider_of(draft.files, versions.pack)
        since, begun = clock.now() - timedelta(days=run.days), clock.monotonic_seconds()
        with versions.database.read() as connection:
            stored = count_recent(connection, since)
            samples = recent_complaints(connection, since, MOST_COMPLAINTS)
        difference = compare_decisions(self._in_time(run, samples, stored), old, new)
        result = difference.as_dict()
        shown = result["complaints"][:MOST_SHOWN]
        result["complaints"] = [{name: one[name] for name in one if name != "excerpt"} for one in shown]
        seconds = round(clock.monotonic_seconds() - begun, 2)
        more = {"old_set": before.id, "new_set": after.id, "complete": difference.compared >= stored}
        log.info("rules_tried", compared=difference.compared, moved=len(difference.moved), seconds=seconds)
        return {
            "state": DONE, "compared": difference.compared, "stored": stored,
            "result": {**result, **more, "seconds": seconds},
        }  # fmt: skip

    def _in_time(self, run: Run, samples: list[Sample], stored: int) -> Iterator[Sample]:
        """The samples until time is up; tells how far it is, and keeps the lease."""
        clock = self.proposals.versions.clock
        begun = tell_at = clock.monotonic_seconds()
        for number, sample in enumerate(samples):
            now = clock.monotonic_seconds()
            if now - begun > MOST_SECONDS:
                return
            if now >= tell_at:
                tell_at = now + _TELL_SECONDS
                until = clock.now() + timedelta(seconds=LEASE_SECONDS)
                known = self._write(run, {"compared": number, "stored": stored, "leased_until": until})
                if self._stopping.is_set() or not known:
                    raise _Over
            yield sample

    def _write(self, run: Run, values: dict[str, Any]) -> bool:
        with self.proposals.versions.database.write() as tx:
            return trial_runs.write(tx, run, values)
