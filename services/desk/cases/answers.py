"""What a case was answered, and how content the citizen is with it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from services.desk.tables import case_answers, case_ratings
from shared.storage.database import Transaction
from shared.storage.upsert import upsert


@dataclass(frozen=True)
class Answer:
    """`number` counts the answers of a case from 1; `answered_by` is the login of whoever wrote it."""

    complaint_id: str
    number: int
    text: str
    answered_by: str
    at: datetime


@dataclass(frozen=True)
class CaseRating:
    """What the citizen said last; `masked` is `words` without what gives people away."""

    complaint_id: str
    number: int
    score: int
    words: str
    masked: str
    channel: str
    rated_at: datetime


def add(tx: Transaction, answer: Answer) -> None:
    """The caller holds the case, so that no number is given twice."""
    tx.execute(case_answers.insert(), _row(answer))


def answers_of(connection: Connection, complaint_id: str) -> list[Answer]:
    """In the order in which they were given."""
    statement = select(*case_answers.c).where(case_answers.c.complaint_id == complaint_id)
    return [Answer(**row) for row in connection.execute(statement.order_by(case_answers.c.number)).mappings()]


def text_of(connection: Connection, complaint_id: str, number: int) -> str | None:
    """None when it was deleted."""
    mine = case_answers.c.complaint_id == complaint_id, case_answers.c.number == number
    return connection.execute(select(case_answers.c.text).where(*mine)).scalar()


def keep_rating(tx: Transaction, rating: CaseRating) -> None:
    """Unless a later one is known. The case need not exist yet."""
    upsert(
        tx, case_ratings, _row(rating), key=("complaint_id",), where=case_ratings.c.number < rating.number
    )  # fmt: skip


def rating_of(connection: Connection, complaint_id: str) -> CaseRating | None:
    row = connection.execute(select(*case_ratings.c).where(case_ratings.c.complaint_id == complaint_id)).mappings()
    found = row.first()
    return None if found is None else CaseRating(**found)


def _row(value: Answer | CaseRating) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
