"""People, their sessions and their attempts to log in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, select, update

from services.desk.people.person import ACCOUNT, Person
from services.desk.tables import login_attempts, people, sessions
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new


def person_row(connection: Connection, login: str) -> RowMapping | None:
    """The whole row, with the hash of the password."""
    return connection.execute(select(*people.c).where(people.c.login == login)).mappings().first()


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


def person_of(row: RowMapping) -> Person:
    return Person(**{name: row[name] for name in ACCOUNT})


_SESSION = (  # built once: each page needs it
    select(people, sessions.c.created_at.label("session_created_at"), sessions.c.seen_at)
    .join_from(sessions, people, sessions.c.login == people.c.login)
    .where(sessions.c.token_hash == bindparam("which"), people.c.active)
)


def session_row(connection: Connection, token_hash: str) -> RowMapping | None:
    """The session together with its person, if that person may still log in."""
    return connection.execute(_SESSION, {"which": token_hash}).mappings().first()


def open_session(tx: Transaction, token_hash: str, login: str, now: datetime) -> None:
    row = {"token_hash": token_hash, "login": login, "created_at": now, "seen_at": now}
    tx.execute(sessions.insert(), row)
    change_person(tx, login, seen_at=now)


def touch_session(tx: Transaction, token_hash: str, login: str, now: datetime) -> None:
    tx.execute(update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now))
    change_person(tx, login, seen_at=now)


def close_session(tx: Transaction, token_hash: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def close_sessions_of(tx: Transaction, login: str) -> None:
    tx.execute(delete(sessions).where(sessions.c.login == login))


def forget_old(tx: Transaction, *, sessions_before: datetime, attempts_before: datetime) -> None:
    tx.execute(delete(sessions).where(sessions.c.seen_at < sessions_before))
    tx.execute(delete(login_attempts).where(login_attempts.c.at < attempts_before))


def record_attempt(tx: Transaction, account: str, now: datetime, outcome: str) -> None:
    tx.execute(login_attempts.insert(), {"account": account, "at": now, "outcome": outcome})


def failures_since(connection: Connection, account: str, since: datetime) -> int:
    """Failed attempts after `since` and after the last success."""
    table = login_attempts
    success = select(func.max(table.c.at)).where(table.c.account == account, table.c.outcome == "success")
    statement = select(func.count()).where(
        table.c.account == account,
        table.c.outcome == "failure",
        table.c.at > since,
        table.c.at > func.coalesce(success.scalar_subquery(), since),
    )
    return int(connection.execute(statement).scalar_one())
