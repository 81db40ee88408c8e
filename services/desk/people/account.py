"""What people do with their own account: its password, its mail address, its sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.desk.cases import timeline
from services.desk.people import repository as accounts
from services.desk.people.adding import ADDRESS_TAKEN, NO_ADDRESS
from services.desk.people.addresses import read_address
from services.desk.people.passwords import problem_of
from services.desk.people.person import Person
from services.desk.people.sign_in import IDLE_END, LONGEST_SESSION, SignIn, Visit
from shared.errors import Refused
from shared.sentences import sentence
from shared.storage.database import Transaction

WRONG_PASSWORD = sentence("Sandi ini tidak cocok.")


@dataclass(frozen=True)
class OwnSession:
    """`here`: it is the one that asks. `browser` is empty where it is not known."""

    session_id: str
    browser: str
    begun_at: datetime
    seen_at: datetime
    here: bool


@dataclass(frozen=True)
class Account:
    email: str
    has_second: bool
    sessions: list[OwnSession]


def account_of(sign_in: SignIn, visit: Visit) -> Account:
    now = sign_in.clock.now()
    with sign_in.database.read() as connection:
        row = accounts.person_row(connection, visit.person.login)
        running = accounts.sessions_of(
            connection, visit.person.login, seen_since=now - IDLE_END, begun_since=now - LONGEST_SESSION
        )
    sessions = [
        OwnSession(
            one["token_hash"], one["browser"], one["created_at"], one["seen_at"],
            here=one["token_hash"] == visit.session_id,
        )
        for one in running
    ]  # fmt: skip
    return Account((row["email"] if row else None) or "", visit.has_second, sessions)


def change_password(sign_in: SignIn, visit: Visit, old: str, new: str, again: str) -> None:
    """The person's other sessions end. Raises `Refused` with a sentence for each field that cannot be taken."""
    problems = _problems(old, new, again)
    if not sign_in.knows(visit.person, old):
        problems = {"old": WRONG_PASSWORD}
    if problems:
        raise Refused(sentence("Sandi belum diganti."), code="password_refused", fields=problems)
    set_password(sign_in, visit.person, new, but=visit.session_id)


def set_password(sign_in: SignIn, person: Person, password: str, *, but: str = "") -> None:
    """Ends all sessions of the person, or all `but` one."""
    password_hash = sign_in.passwords.hash(password)
    with sign_in.database.write() as tx:
        accounts.change_person(tx, person.login, password_hash=password_hash)
        ended = accounts.close_sessions_of(tx, person.login, but=but)
        _record(tx, sign_in, person, "person.password", {"sessions": ended})


def change_address(sign_in: SignIn, visit: Visit, password: str, typed: str) -> None:
    """An empty one takes the address away. Raises `Refused` with a sentence for each field that cannot be taken."""
    address, person = read_address(typed), visit.person
    problems: dict[str, str] = {} if address or not typed.strip() else {"email": NO_ADDRESS}
    if not sign_in.knows(person, password):
        problems["password"] = WRONG_PASSWORD
    with sign_in.database.write() as tx:
        owner = accounts.login_of_address(tx.connection, address) if address else None
        if owner not in (None, person.login):
            problems["email"] = ADDRESS_TAKEN
        if problems:
            raise Refused(sentence("Alamat belum diganti."), code="address_refused", fields=problems)
        accounts.change_person(tx, person.login, email=address)
        _record(tx, sign_in, person, "person.address", {})


def end_session(sign_in: SignIn, visit: Visit, session_id: str) -> bool:
    """False when this person has no such session."""
    with sign_in.database.write() as tx:
        ended = accounts.close_session_of(tx, visit.person.login, session_id)
        if ended:
            _record(tx, sign_in, visit.person, "person.sessions", {"sessions": 1})
    return ended


def end_others(sign_in: SignIn, visit: Visit) -> int:
    """Ends all sessions of the person but this one; how many there were."""
    with sign_in.database.write() as tx:
        ended = accounts.close_sessions_of(tx, visit.person.login, but=visit.session_id)
        if ended:
            _record(tx, sign_in, visit.person, "person.sessions", {"sessions": ended})
    return ended


def problems_of_new(new: str, again: str) -> dict[str, str]:
    """A sentence for each field of a new password that was typed twice."""
    if told := problem_of(new):
        return {"new": told}
    return {} if new == again else {"again": sentence("Kedua sandi baru tidak sama.")}


def _problems(old: str, new: str, again: str) -> dict[str, str]:
    if new == old:
        return {"new": sentence("Sandi baru harus lain dari yang lama.")}
    return problems_of_new(new, again)


def _record(tx: Transaction, sign_in: SignIn, person: Person, act: str, details: dict[str, int]) -> None:
    timeline.record(
        tx, at=sign_in.clock.now(), actor=person.login, role=person.role, act=act, subject=person.login,
        details=dict(details),
    )  # fmt: skip
