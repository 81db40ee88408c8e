"""What is new to somebody: cases that nobody has decided or taken note of yet, those of the latest change first.

One thread of a process asks the database for all pages that lie open there, as long as there are any.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, Select, Text, cast, func, select

from services.desk.cases.machine import TRIAGE
from services.desk.inbox.conditions import IS_IN_TRIAGE, IS_NEW_TO_SOMEBODY, in_charge
from services.desk.people.person import Person, Scope, scope_of, sees_case
from services.desk.tables import cases
from shared.errors import TanggapError
from shared.observability.logs import get_logger
from shared.storage.database import Database

log = get_logger("desk")
MOST_KEYS = 50
"""For one person. Who has more new cases than that has them in front of him without being told."""
_MOST_ROWS = 500
EVERY_SECONDS = 1.0
_TROUBLE_SECONDS = 5.0
MOST_STREAMS = 20
"""Of one process. Each keeps a thread busy; the server has some more of these than there are seats (`STREAMS`)."""
INBOX, IN_TRIAGE = "inbox", "triage"
PLACES = (INBOX, IN_TRIAGE)


@dataclass(frozen=True)
class Fresh:
    """`key` stands for the case with who has it: a case that is handed on is new to the next one."""

    key: str
    state: str
    agency: str | None
    identity: str
    kecamatan: str | None
    kelurahan: str | None


def keys_now(connection: Connection, person: Person, place: str) -> list[str]:
    """Of the cases that are new to the person, where he looks now."""
    return [_key(row) for row in connection.execute(_new_to(scope_of(person), place == IN_TRIAGE))]


def keys_together(scope: Scope, place: str) -> ScalarSelect[str]:
    """The same keys as a part of a larger question: with blanks between, NULL if there are none."""
    columns = _new_to(scope, place == IN_TRIAGE).subquery("fresh").c
    key = columns.ticket + "." + cast(columns.assignment, Text)
    return select(func.aggregate_strings(key, " ")).scalar_subquery()


@lru_cache(maxsize=1000)
def _new_to(scope: Scope, in_triage: bool) -> Select[Any]:
    """Of triage that condition alone: PostgreSQL takes two of one column for independent, and expects next to none."""
    return _select(IS_IN_TRIAGE if in_triage else IS_NEW_TO_SOMEBODY).where(in_charge(scope)).limit(MOST_KEYS)


def keys_of(rows: Iterable[Fresh], person: Person, place: str) -> list[str]:
    """The same, of those that are new to anybody."""
    mine = [one.key for one in rows if sees_case(person, one) and (place != IN_TRIAGE or one.state == TRIAGE)]
    return mine[:MOST_KEYS]


@dataclass(eq=False)
class Seat:
    """Of one page that listens. `given_up`: the same tab shows another page now."""

    tab: str
    given_up: bool = False


class News:
    """Shared by threads. Who listens calls `enter` before and `leave` afterwards."""

    def __init__(
        self, database: Database, *, every_seconds: float = EVERY_SECONDS, most: int = MOST_STREAMS
    ) -> None:  # fmt: skip
        self._database, self._every, self._most = database, every_seconds, most
        self._changed = threading.Condition()
        self._seats: dict[str, Seat] = {}
        self._thread: threading.Thread | None = None
        self._rows: tuple[Fresh, ...] | None = None
        self._version = 0

    def enter(self, tab: str) -> Seat | None:
        """None when as many listen as this process has threads for. A tab that went on gets the place it had: its page
        before this one is only missed at the next sign of life."""
        with self._changed:
            before = self._seats.get(tab)
            if before is None and len(self._seats) >= self._most:
                return None
            if before is not None:
                before.given_up = True
                self._changed.notify_all()
            seat = self._seats[tab] = Seat(tab)
            if self._thread is None:
                self._rows = None
                self._thread = threading.Thread(target=self._watch, name="desk-news", daemon=True)
                self._thread.start()
            return seat

    def leave(self, seat: Seat) -> None:
        with self._changed:
            if self._seats.get(seat.tab) is seat:
                del self._seats[seat.tab]
            self._changed.notify_all()

    def wait(self, seat: Seat, version: int, seconds: float) -> tuple[int, Sequence[Fresh] | None]:
        """The rows as soon as they are of another version than that one, or as they are after so many seconds.

        None: the database has not answered yet.
        """
        with self._changed:
            self._changed.wait_for(lambda: seat.given_up or self._version != version, timeout=seconds)
            return self._version, self._rows

    @property
    def watching(self) -> bool:
        return self._thread is not None

    def _watch(self) -> None:
        """Until nobody listens any more."""
        while True:
            pause = self._look()
            with self._changed:
                self._changed.wait_for(lambda: not self._seats, timeout=pause)
                if not self._seats:
                    self._thread = None
                    return

    def _look(self) -> float:
        """How long to rest until the next look."""
        try:
            with self._database.read() as connection:
                rows = tuple(_fresh(row) for row in connection.execute(_select(IS_NEW_TO_SOMEBODY).limit(_MOST_ROWS)))
        except TanggapError as error:
            log.warning("news_not_read", code=error.code)
            return _TROUBLE_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is, the pages that lie open must get another look
            log.error("news_not_read", code="bug", error=type(error).__name__)
            return _TROUBLE_SECONDS
        with self._changed:
            if rows != self._rows:
                self._rows, self._version = rows, self._version + 1
                self._changed.notify_all()
        return self._every


_COLUMNS = ("ticket", "assignment", "state", "agency", "identity", "kecamatan", "kelurahan")


def _select(which: ColumnElement[bool]) -> Select[Any]:
    statement = select(*(cases.c[name] for name in _COLUMNS)).where(which)
    return statement.order_by(cases.c.updated_at.desc(), cases.c.complaint_id.desc())


def _key(row: Row[Any]) -> str:
    return f"{row.ticket}.{row.assignment}"


def _fresh(row: Row[Any]) -> Fresh:
    return Fresh(_key(row), row.state, row.agency, row.identity, row.kecamatan, row.kelurahan)
