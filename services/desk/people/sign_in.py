"""Logging in and out, and who is there. Attempts are counted by account: one address may be a whole neighbourhood."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from services.desk.cases import timeline
from services.desk.directory.leave import with_rights_of_absent
from services.desk.people import repository as accounts
from services.desk.people.adding import normalised
from services.desk.people.passwords import Passwords
from services.desk.people.person import Person
from services.desk.people.repository import OPEN, SECOND
from services.desk.people.second_factor import SecondFactor
from shared.clock import Clock
from shared.storage.database import Database, Transaction

IDLE_END = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
LONGEST_SECOND_STEP = timedelta(minutes=10)
MOST_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=15)
LOCKED = "locked"
PASSWORD, OIDC = "password", "oidc"
"""By what a session was opened."""
_ATTEMPTS_KEPT = timedelta(days=1)
_TOUCH_EVERY = timedelta(minutes=1)


class Refusal(StrEnum):
    """Why the second step did not end in a session. A locked account reads `wrong`, like a wrong code."""

    WRONG = "wrong"
    ENDED = "ended"


@dataclass(frozen=True)
class SignedIn:
    """`token` belongs into the person's cookie; the database keeps only its hash. `waits`: for the second factor."""

    person: Person
    token: str
    waits: bool = False


@dataclass(frozen=True)
class Visit:
    """A running session. `session_id` tells it from the person's others and opens nothing."""

    person: Person
    session_id: str
    via: str
    has_second: bool


@dataclass(frozen=True)
class SignIn:
    database: Database
    passwords: Passwords
    clock: Clock
    demo: bool
    second: SecondFactor

    def enter(self, login: str, password: str, browser: str = "") -> SignedIn | None:
        """None for every kind of refusal: unknown, wrong, locked and closed accounts answer alike.

        After ten failures within 15 minutes the account is locked until fewer of them are that young. A try at a locked
        one costs no hash and leaves no row, and counts for nothing: else whoever keeps trying keeps the owner out for
        ever. Where a second factor is asked for, the right password alone ends no counting.
        """
        account, now = normalised(login), self.clock.now()
        with self.database.read() as connection:
            if _is_locked(connection, account, now):
                return None
            row = accounts.person_row(connection, account)
        fits = self.passwords.fits(password, row["password_hash"] if row else None)
        with self.database.write() as tx:
            accounts.lock_account(tx, account)
            outcome = _outcome(tx, account, fits and self.may_enter(row), now)
            if outcome == LOCKED:
                return None
            waits = outcome == "success" and row is not None and self.second.asks(row)
            _count(tx, account, row, SECOND if waits else outcome, now)
            accounts.forget_old(
                tx, sessions_before=now - LONGEST_SESSION, attempts_before=now - _ATTEMPTS_KEPT
            )  # fmt: skip
            if outcome != "success" or row is None:
                return None
            return _open(tx, row, now, browser, stage=SECOND if waits else OPEN)

    def prove(self, token: str, code: str, browser: str = "") -> SignedIn | Refusal:
        """The second step, with the token of the first and a code. Tries count like those at passwords."""
        now, token_hash = self.clock.now(), hash_of(token)
        with self.database.write() as tx:
            waiting = accounts.session_row(tx.connection, token_hash, SECOND)
            if waiting is None or now - waiting["session_created_at"] > LONGEST_SECOND_STEP:
                accounts.close_session(tx, token_hash)
                return Refusal.ENDED
            account = waiting["login"]
            accounts.lock_account(tx, account)
            row = accounts.person_row(tx.connection, account)  # as it is behind the lock: a code is good once
            if row is None or not self.may_enter(row):
                return Refusal.ENDED
            if _is_locked(tx.connection, account, now):
                return Refusal.WRONG
            right = self.second.accepts(tx, row, code, now)
            _count(tx, account, row, "success" if right else "failure", now)
            if not right:
                return Refusal.WRONG
            accounts.close_session(tx, token_hash)
            return _open(tx, row, now, browser)

    def admit(self, login: str, browser: str = "") -> SignedIn | None:
        """Opens a session for whom the city's own login service vouches; None when this person may not enter."""
        now = self.clock.now()
        with self.database.write() as tx:
            row = accounts.person_row(tx.connection, login)
            if row is None or not self.may_enter(row):
                return None
            return _open(tx, row, now, browser, via=OIDC)

    def knows(self, person: Person, password: str) -> bool:
        """Whether whoever sits there knows the password. Failures count as at the login, and lock as they do there."""
        now = self.clock.now()
        with self.database.read() as connection:
            if _is_locked(connection, person.login, now):
                return False
            row = accounts.person_row(connection, person.login)
        fits = self.passwords.fits(password, row["password_hash"] if row else None)
        with self.database.write() as tx:
            accounts.lock_account(tx, person.login)
            outcome = _outcome(tx, person.login, fits, now)
            if outcome == "failure":
                _count(tx, person.login, row, outcome, now)
        return outcome == "success"

    def visit(self, token: str, *, touch: bool = True) -> Visit | None:
        """The running session of this token; using it keeps it running, but for `touch` unset: a page that asks by
        itself for news is nobody's work."""
        now, token_hash = self.clock.now(), hash_of(token)
        with self.database.read() as connection:
            row = accounts.session_row(connection, token_hash)
            person = None if row is None else with_rights_of_absent(connection, accounts.person_of(row), now)
        if row is None or person is None or _has_ended(row["session_created_at"], row["seen_at"], now):
            return None
        if not self.may_enter(row):
            return None
        if touch and now - row["seen_at"] >= _TOUCH_EVERY:
            with self.database.write() as tx:
                accounts.touch_session(tx, token_hash, row["login"], now)
        return Visit(person, token_hash, row["via"], row["second_sealed"] is not None)

    def who(self, token: str, *, touch: bool = True) -> Person | None:
        """The person of a running session, as in `visit`."""
        visit = self.visit(token, touch=touch)
        return None if visit is None else visit.person

    def leave(self, token: str, person: Person | None) -> None:
        with self.database.write() as tx:
            accounts.close_session(tx, hash_of(token))
            if person is not None:
                now = self.clock.now()
                timeline.record(tx, at=now, actor=person.login, role=person.role, act="logout", subject=person.login)

    def may_enter(self, row: Mapping[Any, Any] | None) -> bool:
        """Whether there is such an account and it is open. Those of the demonstration are so in demo mode only."""
        return row is not None and bool(row["active"]) and (self.demo or not row["demo"])


def hash_of(token: str) -> str:
    """What the database keeps of a token. Tokens are 256 random bits, so a plain hash cannot be undone."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _open(
    tx: Transaction, row: Mapping[Any, Any], now: datetime, browser: str, *, stage: str = OPEN, via: str = PASSWORD
) -> SignedIn:
    token, person = secrets.token_urlsafe(32), accounts.person_of(row)
    accounts.open_session(tx, hash_of(token), person.login, now, stage=stage, via=via, browser=browser[:60])
    if stage == OPEN:
        timeline.record(
            tx, at=now, actor=person.login, role=person.role, act="login", subject=person.login,
            details={"via": via} if via != PASSWORD else None,
        )  # fmt: skip
    return SignedIn(person, token, waits=stage == SECOND)


def _is_locked(connection: Connection, account: str, now: datetime) -> bool:
    return accounts.failures_since(connection, account, now - FAILURES_COUNT_FOR) >= MOST_FAILURES


def _outcome(tx: Transaction, account: str, right: bool, now: datetime) -> str:
    if _is_locked(tx.connection, account, now):
        return LOCKED
    return "success" if right else "failure"


def _count(tx: Transaction, account: str, row: Mapping[Any, Any] | None, outcome: str, now: datetime) -> None:
    """One more attempt; that it locked somebody's account is told to the auditor, once."""
    accounts.record_attempt(tx, account, now, outcome)
    if outcome == "failure" and row is not None and _is_locked(tx.connection, account, now):
        timeline.record(tx, at=now, actor=account, role=row["role"], act="login.locked", subject=account)


def _has_ended(created_at: datetime, seen_at: datetime, now: datetime) -> bool:
    return now - seen_at > IDLE_END or now - created_at > LONGEST_SESSION
