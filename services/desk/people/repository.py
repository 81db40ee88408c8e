"""People, their sessions and their attempts to log in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, select, update

from services.desk.people.person import ACCOUNT, Person
from services.desk.tables import login_attempts, people, sessions
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

OPEN, SECOND = "open", "second"
"""Stages of a session: running, or waiting for the second factor."""
ASKED = "asked"
"""Among the attempts at an account: somebody asked for a link to a new password."""


def person_row(connection: Connection, login: str) -> RowMapping | None:
    """The whole row, with the hash of the password."""
    return connection.execute(select(*people.c).where(people.c.login == login)).mappings().first()


def login_of_address(connection: Connection, address: str) -> str | None:
    """Whose mail address it is."""
    statement = select(people.c.login).where(people.c.email == address)
    return connection.execute(statement).scalar_one_or_none()


def lock_account(tx: Transaction, login: str) -> None:
    """Attempts at one account are counted one after the other."""
    tx.execute(select(people.c.login).where(people.c.login == login).with_for_update())


def add_person(tx: Transaction, row: dict[str, Any]) -> bool:
    """False when the login is taken."""
    return bool(insert_new(tx, people, [row], people.c.login))


def change_person(tx: Transaction, login: str, **values: Any) -> None:
    tx.execute(update(people).where(people.c.login == login).values(**values))


def demo_people(connection: Connection, *, only_active: bool = False) -> list[RowMapping]:
    statement = select(*people.c).where(people.c.demo).order_by(people.c.login)
    if only_active:
        statement = statement.where(people.c.active)
    return list(connection.execute(statement).mappings())


def count_active(connection: Connection) -> int:
    statement = select(func.count()).select_from(people).where(people.c.active)
    return int(connection.execute(statement).scalar_one())


def person_of(row: Mapping[Any, Any]) -> Person:
    return Person(**{name: row[name] for name in ACCOUNT})


_SESSION = (  # built once: each page needs it
    select(people, sessions.c.created_at.label("session_created_at"), sessions.c.seen_at, sessions.c.via)
    .join_from(sessions, people, sessions.c.login == people.c.login)
    .where(sessions.c.token_hash == bindparam("which"), sessions.c.stage == bindparam("stage"), people.c.active)
)


def session_row(connection: Connection, token_hash: str, stage: str = OPEN) -> RowMapping | None:
    """The session together with its person, if that person may still log in."""
    return connection.execute(_SESSION, {"which": token_hash, "stage": stage}).mappings().first()


def sessions_of(connection: Connection, login: str, *, seen_since: datetime, begun_since: datetime) -> list[RowMapping]:
    """The person's running sessions, the newest first."""
    mine = sessions.c.login == login, sessions.c.stage == OPEN
    young = sessions.c.seen_at >= seen_since, sessions.c.created_at >= begun_since
    statement = select(*sessions.c).where(*mine, *young).order_by(sessions.c.created_at.desc())
    return list(connection.execute(statement).mappings())


def open_session(
    tx: Transaction, token_hash: str, login: str, now: datetime, *, stage: str = OPEN, via: str = "password",
    browser: str = "",
) -> None:  # fmt: skip
    row = {"token_hash": token_hash, "login": login, "created_at": now, "seen_at": now}
    tx.execute(sessions.insert(), row | {"stage": stage, "via": via, "browser": browser})
    if stage == OPEN:
        change_person(tx, login, seen_at=now)


def touch_session(tx: Transaction, token_hash: str, login: str, now: datetime) -> None:
    tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))
    change_person(tx, login, seen_at=now)


def close_session(tx: Transaction, token_hash: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def close_sessions_of(tx: Transaction, login: str, *, but: str = "") -> int:
    """All of a person's sessions, or all `but` one; how many there were."""
    statement = delete(sessions).where(sessions.c.login == login, sessions.c.token_hash != but)
    return int(tx.execute(statement).rowcount)


def close_session_of(tx: Transaction, login: str, token_hash: str) -> bool:
    """Whether this person had that session."""
    statement = delete(sessions).where(sessions.c.login == login, sessions.c.token_hash == token_hash)
    return bool(tx.execute(statement).rowcount)


def forget_old(tx: Transaction, *, sessions_before: datetime, attempts_before: datetime) -> None:
    tx.execute(delete(sessions).where(sessions.c.seen_at < sessions_before))
    tx.execute(delete(login_attempts).where(login_attempts.c.at < attempts_before))


def record_attempt(tx: Transaction, account: str, now: datetime, outcome: str) -> None:
    tx.execute(login_attempts.insert(), {"account": account, "at": now, "outcome": outcome})


def asked_since(connection: Connection, account: str, since: datetime) -> int:
    """How often somebody asked for a link for this account, whether or not there is one."""
    table = login_attempts
    mine = table.c.account == account, table.c.outcome == ASKED, table.c.at > since
    return int(connection.execute(select(func.count()).select_from(table).where(*mine)).scalar_one())


_SUCCESS = select(func.max(login_attempts.c.at)).where(
    login_attempts.c.account == bindparam("who"), login_attempts.c.outcome == "success"
)
_FAILURES = select(func.count()).where(  # built once: whoever guesses passwords makes the desk ask it often
    login_attempts.c.account == bindparam("who"),
    login_attempts.c.outcome == "failure",
    login_attempts.c.at > bindparam("since", type_=login_attempts.c.at.type),
    login_attempts.c.at > func.coalesce(_SUCCESS.scalar_subquery(), bindparam("since", type_=login_attempts.c.at.type)),
)


def failures_since(connection: Connection, account: str, since: datetime) -> int:
    """Failed attempts after `since` and after the last success."""
    return int(connection.execute(_FAILURES, {"who": account, "since": since}).scalar_one())
