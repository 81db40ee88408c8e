"""Cases made again from their timelines, and compared with what is stored.

What the timeline tells of a case is the truth; row, deadlines and lists are made of it. Words and photos are no part of
it: they stay as they are, or deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, func, select

from services.desk import repository as cases
from services.desk.cases.case import Case, Happening
from services.desk.cases.folding import CONTENT, rebuilt
from services.desk.cases.machine import Impossible
from services.desk.deadlines import repository as clocks_kept
from services.desk.deadlines.clocks import Clock
from services.desk.deadlines.keeping import Deadlines
from services.desk.statistics.keeping import FigureKeeping
from services.desk.tables import case_events
from services.desk.tables import cases as table
from shared.storage.database import Database

BATCH = 500
_COMPARED = tuple(one.name for one in fields(Case) if one.name not in CONTENT)


@dataclass(frozen=True)
class Difference:
    """A case that is not what its timeline makes of it. `fields` that differ; `problem` when it cannot be made."""

    complaint_id: str
    ticket: str
    fields: tuple[str, ...] = ()
    problem: str = ""
    repaired: bool = False


@dataclass(frozen=True)
class Batch:
    """How many cases were looked at, and those that were not what their timelines make of them."""

    seen: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Rebuilding:
    database: Database
    deadlines: Deadlines
    figures: FigureKeeping | None = None
    """None: what is counted of them is not compared."""

    def count(self) -> int:
        with self.database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def compare(self, *, ticket: str = "", repair: bool = False) -> Iterator[Batch]:
        """Batch by batch. With `repair` what differs is put right, the case held meanwhile; what cannot be made is not.

        A case that somebody changes while it is looked at is no difference: it is looked at again, held.
        """
        after = ""
        while True:
            with self.database.read() as connection:
                ids = _ids(connection, ticket, after)
                found = [] if not ids else list(self._differences(connection, ids))
            settled = [self._settled(one, repair=repair) for one in found]
            if ids:
                yield Batch(len(ids), tuple(one for one in settled if one is not None))
            if ticket or len(ids) < BATCH:
                return
            after = ids[-1]

    def _settled(self, difference: Difference, *, repair: bool) -> Difference | None:
        """The difference as it is while nobody else changes the case; None when there is none any more."""
        with self.database.write() as tx:
            cases.lock(tx, difference.complaint_id)
            now = next(self._differences(tx.connection, [difference.complaint_id]), None)
            if now is None or now.problem or not repair:
                return now
            made = made_of(_events(tx.connection, [now.complaint_id])[now.complaint_id])
            assert made is not None
            cases.change(tx, made.case)
            self.deadlines.restore(tx, made.case.complaint_id, made.clocks)
            if self.figures is not None:
                self.figures.renew(tx, [now.complaint_id], self.deadlines.clock.now())
            return replace(now, repaired=True)

    def _differences(self, connection: Connection, ids: Sequence[str]) -> Iterator[Difference]:
        wrong = self.figures.wrong(connection, ids, self.deadlines.clock.now()) if self.figures else {}
        for found in _differences(connection, ids):
            if wrong.pop(found.complaint_id, None) and not found.problem:
                found = replace(found, fields=(*found.fields, "figures"))
            yield found
        for complaint_id, ticket in wrong.items():
            yield Difference(complaint_id, ticket, ("figures",))


@dataclass(frozen=True)
class Made:
    case: Case
    clocks: tuple[Clock, ...]


def made_of(events: Sequence[Happening]) -> Made | None:
    """Case and clocks that a timeline makes. Raises `Impossible` for a timeline that the table of states forbids."""
    case = rebuilt(events)
    if case is None:
        return None
    clocks: dict[tuple[str, int], Clock] = {}
    for event in sorted((one for one in events if one.seq), key=lambda one: one.seq):
        for told in event.data.get("deadlines", {}).get("changed", ()):
            clock = Clock.from_dict(told)
            clocks[(clock.name, clock.number)] = clock
    return Made(case, tuple(clocks[key] for key in sorted(clocks)))


def _ids(connection: Connection, ticket: str, after: str) -> list[str]:
    statement = select(table.c.complaint_id).where(table.c.complaint_id > after)
    if ticket:
        statement = statement.where(table.c.ticket == ticket)
    return [row.complaint_id for row in connection.execute(statement.order_by(table.c.complaint_id).limit(BATCH))]


def _events(connection: Connection, ids: Sequence[str]) -> dict[str, list[Happening]]:
    statement = select(*case_events.c).where(case_events.c.complaint_id.in_(ids), case_events.c.seq > 0)
    found: dict[str, list[Happening]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["complaint_id"], []).append(Happening(**row))
    return found


def _differences(connection: Connection, ids: Sequence[str]) -> Iterator[Difference]:
    events, clocks = _events(connection, ids), clocks_kept.of_cases(connection, ids)
    for row in connection.execute(select(*table.c).where(table.c.complaint_id.in_(ids))).mappings():
        stored = cases.of_row(row)
        problem, made = _missing(events.get(stored.complaint_id, []), stored.steps), None
        try:
            made = None if problem else made_of(events[stored.complaint_id])
        except (Impossible, KeyError, TypeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        if made is None:
            yield Difference(stored.complaint_id, stored.ticket, problem=problem)
            continue
        differing = _differing(stored, made.case)
        if set(clocks.get(stored.complaint_id, ())) != set(made.clocks):
            differing = (*differing, "deadlines")
        if differing:
            yield Difference(stored.complaint_id, stored.ticket, differing)


def _missing(events: Sequence[Happening], steps: int) -> str:
    """What is lost of it. A row that has gone farther than its timeline is no mistake of the row."""
    known = {event.seq for event in events}
    if not known:
        return "its timeline has no step"
    lost = sorted(set(range(1, max(steps, *known) + 1)) - known)
    return f"a step is missing in its timeline: {', '.join(map(str, lost[:5]))}" if lost else ""


def _differing(one: Case, other: Case) -> tuple[str, ...]:
    return tuple(name for name in _COMPARED if _plain(getattr(one, name)) != _plain(getattr(other, name)))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
