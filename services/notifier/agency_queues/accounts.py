"""The broker's users of agencies as the notifier keeps them, so that a broker that lost its disk gets them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from services.notifier.tables import amqp_accounts, audit
from shared.audit import record_act
from shared.storage.database import Transaction
from shared.storage.upsert import upsert


@dataclass(frozen=True)
class AmqpAccount:
    """The password itself is known to the agency alone."""

    agency: str
    username: str
    password_hash: str
    queue: str
    created_at: datetime
    rotated_at: datetime


def every(connection: Connection) -> list[AmqpAccount]:
    """By agency."""
    rows = connection.execute(select(*amqp_accounts.c).order_by(amqp_accounts.c.agency)).mappings()
    return [AmqpAccount(**row) for row in rows]


def one(connection: Connection, agency: str) -> AmqpAccount | None:
    row = connection.execute(select(*amqp_accounts.c).where(amqp_accounts.c.agency == agency)).mappings().first()
    return None if row is None else AmqpAccount(**row)


def store(tx: Transaction, account: AmqpAccount) -> None:
    """New, or in the place of the agency's earlier one."""
    upsert(tx, amqp_accounts, dict(vars(account)), key=("agency",))


def remove(tx: Transaction, agency: str) -> None:
    tx.execute(delete(amqp_accounts).where(amqp_accounts.c.agency == agency))


def record(tx: Transaction, *, at: datetime, actor: str, act: str, agency: str, details: dict[str, Any]) -> None:
    """One audit row, in the transaction of the act."""
    record_act(tx, audit, at=at, actor=actor, role="operator", act=act, subject=agency, details=details)
