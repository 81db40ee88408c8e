"""Is everything that was accepted where it has to be? Finds each difference, names its cause, and mends what it can."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.intake.tables import complaints
from services.operations.causes import (
    PASSING,
    REPAIRABLE,
    TOLD,
    Cause,
    Culprit,
    batches,
    causes_of_gaps,
    causes_of_unheard,
)
from services.operations.facts import find_gaps
from services.operations.facts_additions import find_addition_gaps
from services.operations.files import find_missing_files
from services.operations.installation import Installation
from services.operations.messages import Unheard, find_unheard
from services.operations.repair import Repaired, repair
from shared.messaging.broker import Depth
from shared.messaging.topology import QUEUES

Progress = Callable[[str], None]
_LOOK_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class Difference:
    """`service` lacks it (or has too much); `message_id` is the message whose fate is `cause`."""

    kind: str
    service: str
    ticket: str
    complaint_id: str
    since: datetime
    detail: str
    culprit: Culprit

    @property
    def repairable(self) -> bool:
        return self.culprit.cause in REPAIRABLE

    def as_dict(self, now: datetime) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "service": self.service,
            "ticket": self.ticket,
            "complaint_id": self.complaint_id,
            "message_id": self.culprit.message_id,
            "type": self.culprit.type,
            "queue": self.culprit.queue,
            "cause": str(self.culprit.cause),
            "repairable": self.repairable,
            "age_seconds": round((now - self.since).total_seconds(), 1),
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Findings:
    mode: str
    at: datetime
    seconds: float
    complaints: int
    messages: int
    deliveries: int
    differences: list[Difference]

    @property
    def clean(self) -> bool:
        return not self.differences

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(one.kind for one in self.differences).items()))

    def as_dict(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "at": self.at.isoformat(),
            "ok": self.clean,
            "checked": {
                "complaints": self.complaints,
                "messages": self.messages,
                "deliveries": self.deliveries,
                "seconds": self.seconds,
            },
            "counts": self.counts,
            "differences": [one.as_dict(self.at) for one in self.differences],
        }


def find_differences(
    installation: Installation, older_than_seconds: float, progress: Progress = lambda _: None
) -> Findings:
    """Of everything that was accepted or said longer ago. Raises `BrokerLost` when RabbitMQ cannot be asked.

    The broker is asked first: what is consumed meanwhile may look as if it still waited, never as if it was lost.
    """
    started, now = time.monotonic(), installation.clock.now()
    before = now - timedelta(seconds=older_than_seconds)
    depths: dict[str, Depth | None] = {}
    if installation.broker is not None:
        depths = installation.broker.depths([queue.name for queue in QUEUES])
    unheard, messages = find_unheard(installation, before, lambda n: progress(f"{n} messages compared"))
    culprits = causes_of_unheard(unheard, depths, before)
    known = {(one.message_id, one.queue): culprit for one, culprit in zip(unheard, culprits, strict=True)}
    checked = find_gaps(installation, before, now, lambda n: progress(f"{n} complaints compared"))
    gaps = [*checked.gaps, *find_addition_gaps(installation, before), *find_missing_files(installation, before)]
    of_gaps = causes_of_gaps(installation, gaps, known, before)
    differences = [
        Difference(gap.kind, gap.service, gap.ticket, gap.complaint_id, gap.since, gap.detail, culprit)
        for gap, culprit in zip(gaps, of_gaps, strict=True)
    ]
    explained = {(culprit.message_id, culprit.queue) for culprit in of_gaps}
    rest = [one for one in unheard if (one.message_id, one.queue) not in explained]
    differences += _of_messages(installation, rest, known)
    seconds = round(time.monotonic() - started, 2)
    return Findings(
        installation.mode, now, seconds, checked.complaints, messages, checked.deliveries,
        sorted(differences, key=lambda one: (one.kind, one.since)),
    )  # fmt: skip


def mend(
    installation: Installation,
    findings: Findings,
    *,
    wait_seconds: float,
    older_than_seconds: float,
    progress: Progress,
) -> tuple[Repaired, Findings]:
    """Publishes again what is lost, then looks until all is there or the time is over; what was done, what is left."""
    deadline = time.monotonic() + wait_seconds
    done, left = Repaired(0, 0), findings
    tried: set[tuple[str, str]] = set()
    while True:
        fresh = [one.culprit for one in left.differences if one.repairable and _place(one.culprit) not in tried]
        done = done.plus(repair(installation, fresh, lambda n: progress(f"{n} messages set back")))
        tried |= {_place(culprit) for culprit in fresh}
        if not tried and not any(one.culprit.cause in PASSING for one in left.differences):
            return done, left
        time.sleep(min(max(_LOOK_AGAIN_SECONDS, left.seconds), max(0.0, deadline - time.monotonic())))
        left = find_differences(installation, _reaching_back(installation, findings, older_than_seconds))
        if left.clean or time.monotonic() >= deadline:
            return done, left
        progress(f"{len(left.differences)} differences left, waiting")


def _place(culprit: Culprit) -> tuple[str, str]:
    return culprit.message_id, culprit.queue


def _reaching_back(installation: Installation, findings: Findings, older_than_seconds: float) -> float:
    """Looks again at what was old enough the first time, not at what has become so since."""
    return older_than_seconds + (installation.clock.now() - findings.at).total_seconds()


def _of_messages(
    installation: Installation, unheard: list[Unheard], known: dict[tuple[str, str], Culprit]
) -> list[Difference]:
    tickets = _tickets(installation, {one.subject for one in unheard})
    owners = {queue.name: queue.owner for queue in QUEUES}
    return [
        Difference(
            kind="not_heard" if one.published_at is not None else "not_published",
            service=owners[one.queue] if one.published_at is not None else one.source,
            ticket=tickets.get(one.subject, ""),
            complaint_id=one.subject if one.subject in tickets else "",
            since=one.said_at,
            detail=f"{one.type} about {one.subject}: {_where(one)}",
            culprit=known[(one.message_id, one.queue)],
        )
        for one in unheard
    ]


def _where(one: Unheard) -> str:
    return f"{one.queue} has not heard it" if one.published_at is not None else f"not published to {one.queue}"


def _tickets(installation: Installation, subjects: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in batches(sorted(subjects)):
        statement = select(complaints.c.complaint_id, complaints.c.ticket).where(complaints.c.complaint_id.in_(batch))
        with installation.members["intake"].database.read() as connection:
            found |= {row[0]: row[1] for row in connection.execute(statement)}
    return found


def told(culprit: Culprit) -> str:
    """The cause in words."""
    return TOLD[Cause(culprit.cause)]
