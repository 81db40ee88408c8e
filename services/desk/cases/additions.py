"""What citizens said after their complaint, and who joined it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, func, select

from services.desk.tables import case_additions, case_followers
from shared.contracts.fields import AttachmentFields
from shared.storage.database import Transaction
from shared.storage.upsert import add_new


@dataclass(frozen=True)
class CaseAddition:
    """`masked` is `text` without what gives people away."""

    addition_id: str
    complaint_id: str
    number: int
    what: str
    channel: str
    by_sender: bool
    text: str
    masked: str
    photos: list[AttachmentFields]
    added_at: datetime


@dataclass(frozen=True)
class Follower:
    """`ticket` is the follower's own."""

    follower_id: str
    complaint_id: str
    ticket: str
    channel: str
    identity: str
    text: str
    masked: str
    photos: list[AttachmentFields]
    followed_at: datetime


def add(tx: Transaction, addition: CaseAddition) -> None:
    """Just before the commit, and only if it is new. The case need not exist yet."""
    add_new(tx, case_additions, [{field.name: getattr(addition, field.name) for field in fields(addition)}])


def add_follower(tx: Transaction, follower: Follower) -> None:
    add_new(tx, case_followers, [{field.name: getattr(follower, field.name) for field in fields(follower)}])


def additions_of(connection: Connection, complaint_id: str) -> list[CaseAddition]:
    """In the order in which they were said."""
    statement = select(*case_additions.c).where(case_additions.c.complaint_id == complaint_id)
    rows = connection.execute(statement.order_by(case_additions.c.number)).mappings()
    return [CaseAddition(**row) for row in rows]


def followers_of(connection: Connection, complaint_id: str, most: int = 50) -> tuple[int, list[Follower]]:
    """How many there are, and the first of them."""
    mine = case_followers.c.complaint_id == complaint_id
    number = connection.execute(select(func.count()).select_from(case_followers).where(mine)).scalar_one()
    statement = select(*case_followers.c).where(mine).order_by(case_followers.c.followed_at).limit(most)
    return int(number), [Follower(**row) for row in connection.execute(statement).mappings()]
