"""What citizens were answered, whether that helped, and how content they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from services.intake.tables import additions, answers, complaints, contacts, ratings
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_new

RATEABLE = ("answered", "closed")
"""States of complaints in which there is something to be content with."""
# Built once, as building a statement costs more than running it.
_ANSWERS = select(answers.c.event, answers.c.text).where(answers.c.complaint_id == bindparam("which"))
_RATING = select(ratings).where(ratings.c.complaint_id == bindparam("which"))
_CONTESTED = (
    select(additions.c.complaint_id, func.max(additions.c.added_at).label("last"))
    .where(additions.c.complaint_id.in_(bindparam("which", expanding=True)), additions.c.what == "not_solved")
    .group_by(additions.c.complaint_id)
)


def add(tx: Transaction, complaint_id: str, event: str, text: str, at: datetime) -> None:
    """`event` is that of the timeline. What is there already stays."""
    add_new(tx, answers, [{"complaint_id": complaint_id, "event": event, "text": text, "at": at}])


def answers_of(connection: Connection, complaint_id: str) -> dict[str, str]:
    """By the event that each belongs to."""
    return {row.event: row.text for row in connection.execute(_ANSWERS, {"which": complaint_id})}


def look_up_contested(tx: Transaction, complaint_ids: Iterable[str]) -> None:
    """Asks once for a whole batch what `is_contested` will be asked about each."""
    known: dict[str, datetime | None] = tx.memory.setdefault("contested", {})
    wanted = sorted(set(complaint_ids) - known.keys())
    if wanted:
        rows = tx.execute(_CONTESTED, {"which": wanted})
        known.update({**dict.fromkeys(wanted), **{row.complaint_id: row.last for row in rows}})


def is_contested(tx: Transaction, complaint_id: str, since: datetime) -> bool:
    """Whether somebody said after that moment that it is not solved."""
    look_up_contested(tx, [complaint_id])
    last: datetime | None = tx.memory["contested"][complaint_id]
    return last is not None and last > since


def reopen(tx: Transaction, complaint_id: str) -> None:
    """An answer did not help. The revision stays: the next fact of the desk counts, whatever it says."""
    mine = (complaints.c.complaint_id == complaint_id) & complaints.c.status.in_(RATEABLE)
    tx.execute(update(complaints).where(mine).values(status="in_progress"))


def ask_rating(tx: Transaction, complaint_id: str, at: datetime) -> None:
    """Notes that the question goes out; only once."""
    row = {"complaint_id": complaint_id, "asked_at": at, "number": 0, "words": ""}
    if not insert_new(tx, ratings, [row], ratings.c.complaint_id):
        mine = (ratings.c.complaint_id == complaint_id) & ratings.c.asked_at.is_(None)
        tx.execute(update(ratings).where(mine).values(asked_at=at))


def rating_of(connection: Connection, complaint_id: str) -> RowMapping | None:
    row = connection.execute(_RATING, {"which": complaint_id}).first()
    return None if row is None else row._mapping


def store_rating(tx: Transaction, row: dict[str, Any]) -> None:
    """The caller holds the complaint. What was asked, and when, stays."""
    if not insert_new(tx, ratings, [row], ratings.c.complaint_id):
        mine = ratings.c.complaint_id == row["complaint_id"]
        changed = {name: value for name, value in row.items() if name not in ("complaint_id", "asked_at")}
        tx.execute(update(ratings).where(mine).values(changed))


def asked_of_phone(connection: Connection, contact_key: str, since: datetime) -> RowMapping | None:
    """The newest question how content he or she is that this number got after `since` and can still answer."""
    statement = (
        select(complaints.c.complaint_id, complaints.c.ticket, complaints.c.status, complaints.c.agency_name,
               ratings.c.asked_at)
        .join(ratings, ratings.c.complaint_id == complaints.c.complaint_id)
        .join(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
        .where(contacts.c.phone_key == contact_key, ratings.c.asked_at >= since)
        .where(complaints.c.status.in_(RATEABLE))
        .order_by(ratings.c.asked_at.desc())
        .limit(1)
    )  # fmt: skip
    row = connection.execute(statement).first()
    return None if row is None else row._mapping


def awaits_rating(connection: Connection, complaint_ids: Sequence[str]) -> set[str]:
    """Those of them whose senders were asked, and can still answer."""
    statement = (
        select(complaints.c.complaint_id)
        .join(ratings, ratings.c.complaint_id == complaints.c.complaint_id)
        .where(complaints.c.complaint_id.in_(sorted(set(complaint_ids))))
        .where(complaints.c.status.in_(RATEABLE), ratings.c.asked_at.is_not(None))
    )
    return {row.complaint_id for row in connection.execute(statement)}
