"""What the citizen was told about a case, as far as publishing needs it."""

from __future__ import annotations

from sqlalchemy import Connection

from services.desk.cases import contents


def last_answer(connection: Connection, complaint_id: str) -> str:
    """Empty when there is none, or when it was deleted."""
    answers = contents.of_case(connection, complaint_id).of(contents.ANSWER)
    return answers[-1].text if answers else ""
