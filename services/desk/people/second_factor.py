"""The second factor: codes that a telephone makes from the time (RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import delete, func, select, update

from services.desk.cases import timeline
from services.desk.people import repository as accounts
from services.desk.people.person import Person
from services.desk.tables import recovery_codes
from shared.clock import Clock
from shared.sealing import Sealer
from shared.storage.database import Database, Transaction

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
POLICIES = (OPTIONAL, OFF, REQUIRED)
"""What the city asks for; the first one is usual."""
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A telephone's clock may be wrong by so many steps."""
RECOVERY_CODES = 10
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Setup:
    """What a telephone is to take in: the secret in letters, and the same as an address for a square code."""

    secret: str
    address: str


@dataclass(frozen=True)
class SecondFactor:
    """`policy` is one of `POLICIES`. Secrets are sealed at rest; of recovery codes only hashes are kept."""

    database: Database
    sealer: Sealer
    clock: Clock
    policy: str
    issuer: str

    @property
    def offered(self) -> bool:
        return self.policy != OFF

    @property
    def required(self) -> bool:
        return self.policy == REQUIRED

    def asks(self, row: Mapping[Any, Any]) -> bool:
        """Whether the login of this person has a second step."""
        return self.offered and row["second_sealed"] is not None

    def begin(self, person: Person) -> None:
        """Makes a secret that waits until a code of it was seen. The one that is in use, if any, stays until then."""
        with self.database.write() as tx:
            accounts.change_person(tx, person.login, second_begun=self.sealer.seal(pyotp.random_base32()))

    def begun(self, person: Person) -> Setup | None:
        """The secret that waits."""
        with self.database.read() as connection:
            row = accounts.person_row(connection, person.login)
        if row is None or row["second_begun"] is None:
            return None
        secret = self.sealer.unseal(row["second_begun"])
        return Setup(secret, pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=self.issuer))

    def confirm(self, person: Person, code: str, session_id: str) -> list[str] | None:
        """Puts the waiting secret into use; the recovery codes, to be shown this once. None: the code is wrong.

        The person's other sessions end, as they were opened without it.
        """
        now = self.clock.now()
        with self.database.write() as tx:
            accounts.lock_account(tx, person.login)
            row = accounts.person_row(tx.connection, person.login)
            if row is None or row["second_begun"] is None:
                return None
            step = _step_of(self.sealer.unseal(row["second_begun"]), code, now, after=0)
            if step is None:
                return None
            values = {"second_sealed": row["second_begun"], "second_begun": None, "second_step": step}
            accounts.change_person(tx, person.login, **values)
            accounts.close_sessions_of(tx, person.login, but=session_id)
            codes = _write_codes(tx, person.login)
            _record(tx, now, person, "person.second.on", person.login)
        return codes

    def accepts(self, tx: Transaction, row: Mapping[Any, Any], code: str, now: datetime) -> bool:
        """Whether it is a code of now or a recovery code, and was not used before. Hold the account's lock."""
        typed = "".join(code.split()).lower()
        if not _CODE.fullmatch(typed):
            return self._recovers(tx, row, typed, now)
        step = _step_of(self.sealer.unseal(row["second_sealed"]), typed, now, after=row["second_step"] or 0)
        if step is None:
            return False
        accounts.change_person(tx, row["login"], second_step=step)
        return True

    def end(self, person: Person) -> None:
        """By the person, who has proved to be it."""
        with self.database.write() as tx:
            clear(tx, person.login)
            _record(tx, self.clock.now(), person, "person.second.off", person.login)

    def codes_left(self, person: Person) -> int:
        mine = recovery_codes.c.login == person.login, recovery_codes.c.used_at.is_(None)
        with self.database.read() as connection:
            statement = select(func.count()).select_from(recovery_codes).where(*mine)
            return int(connection.execute(statement).scalar_one())

    def _recovers(self, tx: Transaction, row: Mapping[Any, Any], typed: str, now: datetime) -> bool:
        unused = recovery_codes.c.login == row["login"], recovery_codes.c.used_at.is_(None)
        same = recovery_codes.c.code_hash == _hash(row["login"], typed)
        if not tx.execute(update(recovery_codes).where(*unused, same).values(used_at=now)).rowcount:
            return False
        _record(tx, now, accounts.person_of(row), "person.second.recovered", row["login"])
        return True


def clear(tx: Transaction, login: str) -> None:
    """Takes the second factor away, with the recovery codes."""
    accounts.change_person(tx, login, second_sealed=None, second_begun=None, second_step=None)
    tx.execute(delete(recovery_codes).where(recovery_codes.c.login == login))


def _step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The step of time that the code belongs to, if that is about now and newer than `after`."""
    totp, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.strip().encode()) and step > after:
            found = step
    return found


def _write_codes(tx: Transaction, login: str) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]
    tx.execute(delete(recovery_codes).where(recovery_codes.c.login == login))
    tx.execute(recovery_codes.insert(), [{"login": login, "code_hash": _hash(login, code)} for code in codes])
    return codes


def _hash(login: str, code: str) -> str:
    """Bound to the account. Twelve random signs are 59 bits: nobody tries them all."""
    plain = code.replace("-", "").replace(" ", "")
    return hashlib.sha256(f"{login}:{plain}".encode("utf-8", "replace")).hexdigest()


def _record(tx: Transaction, now: datetime, person: Person, act: str, subject: str) -> None:
    timeline.record(tx, at=now, actor=person.login, role=person.role, act=act, subject=subject)
