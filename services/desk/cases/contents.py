"""What may be deleted of a case: what the citizen wrote and sent, what others said, what was answered and noted.

All of it lies in one table, apart from the case and its timeline, which only refer to it by `ref`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from services.desk.inbox import indexing
from services.desk.tables import case_contents
from shared.contracts.fields import AttachmentFields
from shared.observability.masking import mask
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_late, upsert

REPORT, ADDITION, FOLLOWER, RATING = "report", "addition", "follower", "rating"
ANSWER, QUESTION, NOTE, PART = "answer", "question", "note", "part"
MOST_DETAIL = 500
# Built once, as building a statement costs more than running it.
_OF_CASE = (
    select(case_contents)
    .where(case_contents.c.complaint_id == bindparam("which"))
    .order_by(case_contents.c.kind, case_contents.c.number, case_contents.c.at, case_contents.c.ref)
)
_ONE = select(case_contents).where(
    case_contents.c.complaint_id == bindparam("which"), case_contents.c.ref == bindparam("ref")
)


@dataclass(frozen=True)
class Content:
    """`number` counts its kind within the case where that has a meaning, else 0. `about` holds, by kind:

    addition: what, channel, by_sender; follower: ticket, channel, identity; rating: score, channel;
    answer, question, note, part: by (a login), and whatever else the writer of that kind adds.
    """

    complaint_id: str
    ref: str
    kind: str
    text: str
    at: datetime
    number: int = 0
    place_detail: str = ""
    photos: list[AttachmentFields] = field(default_factory=list)
    about: Mapping[str, Any] = field(default_factory=dict)
    masked: str = ""
    """`text` without what gives people away; filled when it is stored."""


@dataclass(frozen=True)
class Contents:
    """All that is still there of a case, each kind in its order."""

    every: tuple[Content, ...]

    def of(self, *kinds: str) -> list[Content]:
        return [one for one in self.every if one.kind in kinds]

    def one(self, ref: str) -> Content | None:
        return next((one for one in self.every if one.ref == ref), None)


def put_new(tx: Transaction, contents: Iterable[Content]) -> None:
    """Just before the commit; must be new, else the transaction fails."""
    rows = [_row(one) for one in contents]
    insert_late(tx, case_contents, rows)
    indexing.add(tx, rows)


def add(tx: Transaction, *contents: Content) -> None:
    """Just before the commit, and only what is new. The case need not exist yet."""
    rows = [_row(one) for one in contents]
    add_new(tx, case_contents, rows)
    indexing.add(tx, rows)


def replace_older(tx: Transaction, content: Content) -> None:
    """In place of the one of the same `ref`, unless that has the same or a higher number."""
    older = case_contents.c.number < content.number
    upsert(tx, case_contents, _row(content), key=("complaint_id", "ref"), where=older)


def put(tx: Transaction, content: Content) -> None:
    """In place of whatever was there."""
    row = _row(content)
    upsert(tx, case_contents, row, key=("complaint_id", "ref"))
    indexing.put(tx, row)


def of_case(connection: Connection, complaint_id: str) -> Contents:
    rows = connection.execute(_OF_CASE, {"which": complaint_id}).mappings()
    return Contents(tuple(Content(**row) for row in rows))


def one(connection: Connection, complaint_id: str, ref: str) -> Content | None:
    """None when it was deleted, or never was."""
    row = connection.execute(_ONE, {"which": complaint_id, "ref": ref}).mappings().first()
    return None if row is None else Content(**row)


def _row(content: Content) -> dict[str, Any]:
    return {
        "complaint_id": content.complaint_id,
        "ref": content.ref,
        "kind": content.kind,
        "number": content.number,
        "text": content.text,
        "masked": mask(content.text),
        "place_detail": content.place_detail[:MOST_DETAIL],
        "photos": list(content.photos),
        "about": dict(content.about),
        "at": content.at,
    }
