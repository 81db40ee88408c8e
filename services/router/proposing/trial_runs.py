"""What a draft would move, found in the background: asked for at the desk, worked on under a lease, kept as a result.

The run survives the process that works on it: another one takes it over when the lease ends. A run that brings its
process down is given up after a few attempts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from services.router.proposing.draft import Draft
from services.router.tables import draft_trials
from shared.storage.database import Transaction
from shared.storage.upsert import upsert

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
LEASE_SECONDS = 30
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """`compared` of `stored` complaints, so far. `content` and `against` say what was compared with which set."""

    draft_id: str
    run_id: str
    content: str
    against: str
    days: int
    state: str
    attempts: int
    compared: int
    stored: int
    asked_at: datetime
    asked_by: str
    leased_until: datetime | None
    finished_at: datetime | None
    result: Mapping[str, Any] | None
    problem: str


_COLUMNS = [draft_trials.c[name] for name in Run.__dataclass_fields__]


def ask(tx: Transaction, draft: Draft, run_id: str, *, against: str, days: int, by: str, at: datetime) -> None:
    """In place of what was asked for this draft before; whoever works on that stops at the next look."""
    row = {
        "draft_id": draft.heading.draft_id, "run_id": run_id, "content": draft.heading.content, "against": against,
        "days": days, "state": WAITING, "attempts": 0, "compared": 0, "stored": 0, "asked_at": at, "asked_by": by,
        "leased_until": None, "finished_at": None, "result": None, "problem": "",
    }  # fmt: skip
    upsert(tx, draft_trials, row, key=("draft_id",))


def find(connection: Connection, draft_id: str) -> Run | None:
    row = connection.execute(select(*_COLUMNS).where(draft_trials.c.draft_id == draft_id)).mappings().first()
    return None if row is None else Run(**row)


def claim(tx: Transaction, now: datetime) -> Run | None:
    """The run that waited longest and that nobody works on."""
    table = draft_trials
    free = or_(table.c.leased_until.is_(None), table.c.leased_until < now)
    chosen = select(*_COLUMNS).where(table.c.state.in_((WAITING, RUNNING)), free).order_by(table.c.asked_at).limit(1)
    row = tx.execute(chosen.with_for_update(skip_locked=True)).mappings().first()
    if row is None:
        return None
    run = Run(**row)
    if run.attempts >= MOST_ATTEMPTS:
        write(tx, run, {"state": FAILED, "problem": "given_up", "finished_at": now, "leased_until": None})
        return None
    until = now + timedelta(seconds=LEASE_SECONDS)
    write(tx, run, {"state": RUNNING, "attempts": run.attempts + 1, "leased_until": until})
    return run


def write(tx: Transaction, run: Run, values: Mapping[str, Any]) -> bool:
    """False when another run was asked for meanwhile."""
    mine = draft_trials.c.draft_id == run.draft_id, draft_trials.c.run_id == run.run_id
    return bool(tx.execute(update(draft_trials).where(*mine).values(dict(values))).rowcount)


def told(run: Run) -> Iterator[tuple[str, Any]]:
    """The run as JSON, its result beside it."""
    for name in ("run_id", "content", "against", "days", "state", "compared", "stored", "asked_by", "problem"):
        yield name, getattr(run, name)
    for name in ("asked_at", "finished_at"):
        at = getattr(run, name)
        yield name, at.isoformat() if at else None
    yield "result", run.result
