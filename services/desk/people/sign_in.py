"""Logging in and out, and who is there. Attempts are counted by account: one address may be a whole neighbourhood."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.leave import with_rights_of_absent
from services.desk.directory.repository import Entry
from services.desk.people import repository as accounts
from services.desk.people.passwords import LEAST_SIGNS, MOST_SIGNS, Passwords
from services.desk.people.person import ACCOUNT, AGENCY_ROLES, ROLES, Person
from shared.clock import Clock
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Database

IDLE_END = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
MOST_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=15)
_ATTEMPTS_KEPT = timedelta(days=1)
_TOUCH_EVERY = timedelta(minutes=1)
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


@dataclass(frozen=True)
class SignedIn:
    """`token` belongs into the person's cookie; the database keeps only its hash."""

    person: Person
    token: str


@dataclass(frozen=True)
class SignIn:
    database: Database
    passwords: Passwords
    clock: Clock
    demo: bool

    def enter(self, login: str, password: str) -> SignedIn | None:
        """None for every kind of refusal: unknown, wrong, locked and closed accounts answer alike.

        After ten failures within 15 minutes the account is locked until fewer of them are that young.
        """
        account, now = normalised(login), self.clock.now()
        with self.database.read() as connection:
            row = accounts.person_row(connection, account)
        fits = self.passwords.fits(password, row["password_hash"] if row else None)
        may_enter = row is not None and row["active"] and (self.demo or not row["demo"])
        with self.database.write() as tx:
            accounts.lock_account(tx, account)
            failures = accounts.failures_since(tx.connection, account, now - FAILURES_COUNT_FOR)
            outcome = _outcome(fits and may_enter, failures)
            accounts.record_attempt(tx, account, now, outcome)
            accounts.forget_old(
                tx, sessions_before=now - LONGEST_SESSION, attempts_before=now - _ATTEMPTS_KEPT
            )  # fmt: skip
            if outcome != "success" or row is None:
                return None
            token = secrets.token_urlsafe(32)
            accounts.open_session(tx, _hash(token), account, now)
            timeline.record(tx, at=now, actor=account, role=row["role"], act="login", subject=account)
        return SignedIn(accounts.person_of(row), token)

    def who(self, token: str, *, touch: bool = True) -> Person | None:
        """The person of a running session; using it keeps it running, but for `touch` unset: a page that asks by
        itself for news is nobody's work."""
        now, token_hash = self.clock.now(), _hash(token)
        with self.database.read() as connection:
            row = accounts.session_row(connection, token_hash)
            person = None if row is None else with_rights_of_absent(connection, accounts.person_of(row), now)
        if row is None or _has_ended(row["session_created_at"], row["seen_at"], now):
            return None
        if row["demo"] and not self.demo:
            return None
        if touch and now - row["seen_at"] >= _TOUCH_EVERY:
            with self.database.write() as tx:
                accounts.touch_session(tx, token_hash, row["login"], now)
        return person

    def leave(self, token: str, person: Person | None) -> None:
        with self.database.write() as tx:
            accounts.close_session(tx, _hash(token))
            if person is not None:
                now = self.clock.now()
                timeline.record(tx, at=now, actor=person.login, role=person.role, act="logout", subject=person.login)


def create_person(
    database: Database,
    clock: Clock,
    passwords: Passwords,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    agency: str | None = None,
    place: str | None = None,
    confidential: bool = False,
    actor: str = "system",
    actor_role: str = "system",
) -> Person:
    """Adds somebody who may log in. Raises `Refused` with a sentence for each field that cannot be taken.

    Officers and heads need an agency of the directory; in the office of a place (`KELURAHAN`), also the place's name.
    `confidential` names an officer for confidential cases.
    """
    account, now = normalised(login), clock.now()
    with database.write() as tx:
        entry = agencies.one(tx.connection, agency) if agency else None
        problems = _problems(account, name, role, password) | _problems_of_agency(role, agency, entry, place)
        if problems:
            raise Refused(sentence("Orang ini belum dapat ditambahkan."), code="person_refused", fields=problems)
        person = _person(account, name.strip(), role, entry, place, confidential)
        row = {
            **{name: getattr(person, name) for name in ACCOUNT},
            "password_hash": passwords.hash(password),
            "active": True,
            "demo": False,
            "created_at": now,
        }
        if not accounts.add_person(tx, row):
            taken: dict[str, str] = {"login": sentence("Sudah dipakai.")}
            raise Refused(sentence("Nama masuk ini sudah dipakai."), code="login_taken", fields=taken)
        details = {"role": role, "agency": agency, "place": place}
        timeline.record(tx, at=now, actor=actor, role=actor_role, act="person.add", subject=account, details=details)
    return person


def normalised(login: str) -> str:
    return login.strip().lower().replace("\0", "")[:64].encode("utf-8", "replace").decode()


def _outcome(right: bool, failures: int) -> str:
    if failures >= MOST_FAILURES:
        return "locked"  # counts for nothing: else whoever keeps trying keeps the owner out for ever
    return "success" if right else "failure"


def _has_ended(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    return now - seen_at > IDLE_END or now - created_at > LONGEST_SESSION


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _problems(login: str, name: str, role: str, password: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not _LOGIN.fullmatch(login):
        problems["login"] = sentence("Pakai 3 sampai 64 huruf kecil, angka, titik, garis, atau garis bawah.")
    if not name.strip() or len(name) > 200:
        problems["name"] = sentence("Isi nama, paling panjang 200 huruf.")
    if role not in ROLES:
        problems["role"] = sentence("Peran harus salah satu dari: %(roles)s.", roles=", ".join(ROLES))
    if not LEAST_SIGNS <= len(password) <= MOST_SIGNS:
        problems["password"] = sentence(
            "Sandi harus %(least)s sampai %(most)s huruf.", least=LEAST_SIGNS, most=MOST_SIGNS
        )
    return problems


def _problems_of_agency(role: str, agency: str | None, entry: Entry | None, place: str | None) -> dict[str, str]:
    if role not in AGENCY_ROLES:
        return {"agency": sentence("Peran ini tidak terikat pada satu instansi.")} if agency else {}
    if not agency:
        return {"agency": sentence("Peran ini terikat pada satu instansi: sebutkan yang mana.")}
    if entry is None:
        return {"agency": sentence("Instansi %(agency)s tidak ada di direktori.", agency=agency)}
    if entry.places and not place:
        return {"place": sentence("Kantor ini ada di setiap %(places)s: sebutkan yang mana.", places=entry.places)}
    return {}


def _person(
    login: str, name: str, role: str, entry: Entry | None, place: str | None, confidential: bool
) -> Person:  # fmt: skip
    places = entry.places if entry else ""
    return Person(
        login=login,
        name=name,
        role=role,
        agency=entry.code if entry else None,
        kecamatan=place if places == "kecamatan" else None,
        kelurahan=place if places == "kelurahan" else None,
        confidential=confidential,
    )
