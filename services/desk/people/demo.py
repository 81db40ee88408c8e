"""The logins of the demonstration: one for each role, all with one generated password. Never in live mode."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import RowMapping

from services.desk.directory.repository import Entry
from services.desk.people import repository as accounts
from services.desk.people.passwords import Passwords
from services.desk.people.person import ACCOUNT, Person
from shared.clock import Clock
from shared.storage.database import Database

PREFERRED_AGENCY = "DISHUB"
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True)
class DemoPeople:
    database: Database
    passwords: Passwords
    clock: Clock
    data: Path

    def seed(self, directory: list[Entry], password: str | None) -> None:
        """Adds the demo logins; gives them the password when it is a new one. Idempotent."""
        password = password or read_or_make_password(password_file(self.data))
        with self.database.read() as connection:
            known = {row["login"]: row for row in accounts.demo_people(connection)}
        wanted = demo_people(directory)
        if self._are_current([known.get(person.login) for person in wanted], password):
            return
        password_hash, now = self.passwords.hash(password), self.clock.now()
        with self.database.write() as tx:
            for person in sorted(wanted, key=lambda person: person.login):
                row = {name: getattr(person, name) for name in ACCOUNT}
                row |= {"password_hash": password_hash, "active": True, "demo": True, "created_at": now}
                if not accounts.add_person(tx, row) and person.login in known:
                    accounts.change_person(tx, person.login, password_hash=password_hash, active=True)

    def close(self) -> None:
        """Live mode on a database that was a demonstration: its logins end, with their sessions."""
        with self.database.read() as connection:
            logins = [row["login"] for row in accounts.demo_people(connection, only_active=True)]
        if logins:
            with self.database.write() as tx:
                for login in logins:
                    accounts.change_person(tx, login, active=False)
                    accounts.close_sessions_of(tx, login)

    def _are_current(self, rows: list[RowMapping | None], password: str) -> bool:
        """They were made together, so one hash stands for all of them."""
        hashes = {row["password_hash"] if row is not None and row["active"] else "" for row in rows}
        return len(hashes) == 1 and self.passwords.fits(password, hashes.pop())


def demo_people(directory: list[Entry]) -> list[Person]:
    """An officer and a head of one agency of the city, and one person for each other role."""
    internal = [entry.code for entry in directory if entry.kind == "internal" and not entry.places]
    agency = PREFERRED_AGENCY if PREFERRED_AGENCY in internal else next(iter(internal), None)
    people = [
        Person("koordinator", "Koordinator Pengaduan (peragaan)", "coordinator"),
        Person("sekretaris", "Sekretaris Daerah (peragaan)", "secretary"),
        Person("operator", "Operator Sistem (peragaan)", "operator"),
        Person("auditor", "Auditor (peragaan)", "auditor"),
    ]
    if agency is not None:
        short = agency.lower()
        people.insert(0, Person(f"petugas.{short}", f"Petugas {agency} (peragaan)", "officer", agency))
        people.insert(1, Person(f"kepala.{short}", f"Kepala {agency} (peragaan)", "head", agency))
    return people


def password_file(data: Path) -> Path:
    return data / "secrets" / "demo_password"


def read_or_make_password(path: Path) -> str:
    """The password in the file, never an empty one; a new one is made when there is none. Only its owner may read it.

    Of several processes that find none at the same time one makes it, and all return the same.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and not path.read_text(encoding="utf-8").strip():
        path.unlink(missing_ok=True)  # of a process that ended between making and filling it
    if not path.exists():
        _make_password(path)
    return path.read_text(encoding="utf-8").strip()


def _make_password(path: Path) -> None:
    """Appears under its name whole, and only if there is none yet."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write("-".join(groups) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def demo_logins(database: Database) -> list[tuple[str, str]]:
    """(login, role) of every demo account that is active; none in live mode."""
    with database.read() as connection:
        return [(row["login"], row["role"]) for row in accounts.demo_people(connection, only_active=True)]
