"""What the desk asks citizens, and whether an answer came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, func, select, update

from services.intake.tables import complaints, contacts, questions
from shared.storage.database import Transaction
from shared.storage.upsert import add_new

WAITING = "waiting"
"""The status of a complaint that stands still until the citizen has answered."""


def add(tx: Transaction, complaint_id: str, number: int, *, question: str, asked_at: datetime, until: datetime) -> None:
    """What is there already stays."""
    row = {"complaint_id": complaint_id, "number": number, "question": question, "asked_at": asked_at, "until": until}
    add_new(tx, questions, [row])


def open_question(connection: Connection, complaint_id: str) -> RowMapping | None:
    """The newest, while the complaint waits for it and no answer came; None else."""
    row = connection.execute(_OPEN_OF_COMPLAINT, {"which": complaint_id}).first()
    return None if row is None else row._mapping


def open_question_of_phone(connection: Connection, contact_key: str) -> RowMapping | None:
    """The question that was asked last of all that wait for whoever has this number."""
    mine = _open().join(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
    return _first(connection, mine.where(contacts.c.phone_key == contact_key))


def close(tx: Transaction, complaint_id: str, at: datetime) -> None:
    """An answer came. What is asked later opens anew."""
    mine = and_(questions.c.complaint_id == complaint_id, questions.c.answered_at.is_(None))
    tx.execute(update(questions).where(mine).values(answered_at=at))


def _open() -> Select[tuple[str, str, datetime, datetime]]:
    newest = (
        select(func.max(questions.c.number))
        .where(questions.c.complaint_id == complaints.c.complaint_id)
        .correlate(complaints)
        .scalar_subquery()
    )
    return (
        select(questions.c.complaint_id, questions.c.question, questions.c.asked_at, questions.c.until)
        .join(complaints, complaints.c.complaint_id == questions.c.complaint_id)
        .where(complaints.c.status == WAITING, questions.c.number == newest, questions.c.answered_at.is_(None))
        .order_by(questions.c.asked_at.desc())
        .limit(1)
    )


def _first(connection: Connection, statement: Select[tuple[str, str, datetime, datetime]]) -> RowMapping | None:
    row = connection.execute(statement).first()
    return None if row is None else row._mapping


# Built once, as building a statement costs more than running it, and each look at a complaint asks.
_OPEN_OF_COMPLAINT = _open().where(complaints.c.complaint_id == bindparam("which"))
