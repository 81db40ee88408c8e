"""The directory as a list: who is valid, who leads it, how it is reached, how much lies there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from services.desk.directory import repository as agencies
from services.desk.directory.absences import Absence, acting, with_rights_of
from services.desk.directory.moving import count_open
from services.desk.directory.repository import Entry
from services.desk.directory.ways import ways_of
from services.desk.people import repository as accounts
from services.desk.people.person import Person
from services.desk.tables import absences, people

VALID, COMING, ENDED = "valid", "coming", "ended"


@dataclass(frozen=True)
class Row:
    entry: Entry
    validity: str
    ways: Sequence[str]
    heads: Sequence[Person]
    open_cases: int


def validity_of(entry: Entry, now: datetime) -> str:
    if entry.valid_at(now):
        return VALID
    return COMING if entry.valid_from is not None and now < entry.valid_from else ENDED


def listed(connection: Connection, now: datetime, *, words: Sequence[str] = (), kind: str = "") -> list[Row]:
    """The city's own first, each kind by name; what is no longer valid at the end. Empty filters choose all."""
    heads, counts = _heads(connection, now), count_open(connection)
    rows = [
        Row(entry, validity_of(entry, now), ways_of(entry), heads.get(entry.code, []), counts.get(entry.code, 0))
        for entry in agencies.every(connection)
        if kind in ("", entry.kind) and _fits(entry, words)
    ]
    return sorted(rows, key=_rank)


def heads_of(connection: Connection, code: str, now: datetime) -> list[Person]:
    """Who leads the agency now, or stands in for its head."""
    return _heads(connection, now).get(code, [])


def _rank(row: Row) -> tuple[bool, bool, str]:
    return row.validity == ENDED, row.entry.kind == "external", row.entry.name.casefold()


def _fits(entry: Entry, words: Sequence[str]) -> bool:
    """Every word stands somewhere in what people call it."""
    text = " ".join([entry.code, entry.name, *entry.aliases]).casefold()
    return all(word.casefold() in text for word in words)


def _heads(connection: Connection, now: datetime) -> dict[str, list[Person]]:
    """Active heads, and who acts as one now, by agency."""
    running = absences.c.starts_at <= now, absences.c.ends_at > now
    away = [Absence(**row) for row in connection.execute(select(*absences.c).where(*running)).mappings()]
    concerned = sorted({login for one in away for login in (one.login, one.acting_login)})
    wanted = people.c.active & ((people.c.role == "head") | people.c.login.in_(concerned))
    rows = connection.execute(select(*people.c).where(wanted).order_by(people.c.name, people.c.login)).mappings()
    staff = [accounts.person_of(row) for row in rows]
    stand_ins = acting(staff, away, now)
    found: dict[str, list[Person]] = {}
    for person in staff:
        effective = with_rights_of(person, stand_ins.get(person.login, []))
        if effective.role == "head" and effective.agency:
            found.setdefault(effective.agency, []).append(effective)
    return found
