"""A desk's deadlines for tests: a database with its tables, a clock that stands, and acts that note what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Integer, select

from services.desk.deadlines import repository
from services.desk.deadlines.clocks import Clock, Step
from services.desk.deadlines.escalation import Escalation
from services.desk.deadlines.keeping import TIMER, Deadlines
from services.desk.deadlines.recounting import TIMER as RECOUNT
from services.desk.deadlines.recounting import Recounting
from services.desk.tables import audit, calendars_used, case_clocks, cases, messaging, metadata
from shared.city_calendar import CityCalendar
from shared.city_deadlines import USUAL_POLICY, Rung
from shared.storage.bells import Bells
from shared.storage.database import Database, Transaction
from shared.storage.types import Json, UtcDateTime
from shared.timers import Timer, Timers
from tests.unit.deadlines.made_calendar import CALENDAR, local


class StandingClock:
    def __init__(self) -> None:
        self.at = local("2026-11-24 10:00")

    def now(self) -> datetime:
        return self.at.astimezone(UTC)

    def monotonic_seconds(self) -> float:
        return self.at.timestamp()

    def strikes(self, at: str) -> None:
        self.at = local(at)


@dataclass
class NotedActs:
    """Closes and withdraws by a step, as the desk does; `broken` fails once, after the work."""

    office: "Office"
    noted: list[str] = field(default_factory=list)
    broken: bool = False
    without_effect: bool = False

    def escalate(self, tx: Transaction, complaint_id: str, clock: Clock, rung: Rung) -> None:
        self._note(f"{complaint_id} {clock.name} {rung.step} {rung.who}")

    def close_by_itself(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        self._step(tx, complaint_id, "answered", "closed")

    def withdraw(self, tx: Transaction, complaint_id: str, clock: Clock) -> None:
        self._step(tx, complaint_id, "waiting", "withdrawn")

    def recounted(self, tx: Transaction, complaint_id: str, before: Clock, after: Clock) -> None:
        self._note(f"{complaint_id} {after.name} {before.due_at.day}->{after.due_at.day}")

    def _step(self, tx: Transaction, complaint_id: str, before: str, after: str) -> None:
        if not self.without_effect:
            now = self.office.clock.now()
            self.office.deadlines.follow(tx, complaint_id, Step("system", before, after, now, "pengaduan"))
        self._note(f"{complaint_id} {after}")

    def _note(self, what: str) -> None:
        self.noted.append(what)
        if self.broken:
            self.broken = False
            raise RuntimeError("the power went")


class Office:
    """What keeps deadlines, and the ways to move it."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, StandingClock()
        self.timers = Timers("desk", messaging, clock=self.clock, bells=Bells())
        self.acts = NotedActs(self)
        self.uses(CALENDAR)

    def uses(self, calendar: CityCalendar, *, batch: int = 2) -> None:
        self.deadlines = Deadlines(self.timers, USUAL_POLICY, calendar, self.clock)
        self.recounting = Recounting(self.deadlines, self.acts, batch)
        self.handlers = {TIMER: Escalation(self.deadlines, self.acts), RECOUNT: self.recounting}

    def receives(self, complaint_id: str, state: str = "forwarded", **about: Any) -> None:
        with self.database.write() as tx:
            add_case(tx, complaint_id)
            step = Step("routed", None, state, self.clock.now(), "pengaduan", "DISHUB")
            self.deadlines.begin(tx, complaint_id, replace(step, **about))

    def moves(self, complaint_id: str, before: str, after: str, act: str = "moved") -> None:
        with self.database.write() as tx:
            self.deadlines.follow(tx, complaint_id, Step(act, before, after, self.clock.now(), "pengaduan", "DISHUB"))

    def clocks(self, complaint_id: str) -> dict[str, Clock]:
        with self.database.read() as connection:
            return {clock.name: clock for clock in repository.of_case(connection, complaint_id)}

    def ring(self, most: int = 50) -> None:
        """Runs what is due until nothing is."""
        for _ in range(most):
            if not self.timers.run_due(self.database, self.handlers):
                return
        raise AssertionError("timers do not come to rest")

    def dies(self, key: str, kind: str = TIMER) -> None:
        """The process ends in the middle of what that timer does, after somebody was told."""
        self.acts.broken = True
        with pytest.raises(RuntimeError, match="the power went"), self.database.write() as tx:
            self.handlers[kind](tx, Timer(kind, key, self.clock.now(), 1, 1))

    def timer_at(self, key: str, kind: str = TIMER) -> datetime | None:
        table = messaging.timers
        with self.database.read() as connection:
            statement = select(table.c.due_at).where(table.c.kind == kind, table.c.key == key)
            return connection.execute(statement).scalar_one_or_none()


def add_case(tx: Transaction, complaint_id: str) -> None:
    """A row that says nothing: only that there is such a case."""
    row: dict[str, Any] = {}
    for column in cases.c:
        if not column.nullable:
            row[column.name] = _anything(column.type)
    tx.execute(cases.insert(), {**row, "complaint_id": complaint_id, "ticket": f"T-{complaint_id}"})


def _anything(type_: Any) -> Any:
    if isinstance(type_, Boolean | Integer):
        return 0
    if isinstance(type_, UtcDateTime):
        return local("2026-11-24 10:00")
    return {} if type_ is Json or type_.__class__.__name__ == "JSON" else ""


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        metadata.create_all(database.engine)
        yield database
    finally:
        database.close()


def empty(database: Database) -> None:
    """As if it were new: making one for each test would cost a second each."""
    with database.write() as tx:
        for table in (cases, case_clocks, calendars_used, audit, messaging.timers):
            tx.execute(table.delete())
