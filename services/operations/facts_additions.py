"""What comes after a complaint and beside it: each addition stands at the desk, whoever joined is counted and told.

What is lacking here because a message was never heard is found, and mended, by the comparison of messages; these gaps
name what vanished although the message was heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, select

from services.desk.cases.contents import ADDITION, FOLLOWER
from services.desk.tables import case_contents
from services.intake.tables import additions, complaints
from services.notifier.delivery import FOLLOW_RECEIPT
from services.notifier.tables import deliveries
from services.operations.facts import CHUNK, Gap, erasures
from services.operations.installation import Installation
from shared.erasures import TEXT

_ERASED = erasures.c.parts.label("erased")


def find_addition_gaps(installation: Installation, before: datetime) -> list[Gap]:
    return [*_additions(installation, before), *_followers(installation, before)]


def _additions(installation: Installation, before: datetime) -> Iterator[Gap]:
    columns = (additions.c.complaint_id, additions.c.number, additions.c.added_at, complaints.c.ticket)
    joined = (
        select(additions.c.addition_id, *columns, _ERASED)
        .join_from(additions, complaints, complaints.c.complaint_id == additions.c.complaint_id)
        .join(erasures, erasures.c.complaint_id == additions.c.complaint_id, isouter=True)
    )
    for rows in _chunks(installation, joined, additions.c.addition_id):
        at_desk = _known(installation, "desk", case_contents.c.ref, [_ref(ADDITION, row.addition_id) for row in rows])
        for row in rows:
            if (
                row.added_at < before
                and TEXT not in (row.erased or ())
                and _ref(ADDITION, row.addition_id) not in at_desk
            ):
                detail = f"addition {row.number} was stored, but the desk does not show it"
                yield Gap("no_addition", "desk", row.complaint_id, row.ticket, row.added_at, detail)


def _followers(installation: Installation, before: datetime) -> Iterator[Gap]:
    statement = select(complaints.c.complaint_id, complaints.c.ticket, complaints.c.received_at, _ERASED)
    marked = erasures.c.complaint_id == complaints.c.complaint_id
    joined = statement.join_from(complaints, erasures, marked, isouter=True).where(complaints.c.joined_to.is_not(None))
    for rows in _chunks(installation, joined, complaints.c.complaint_id):
        ids = [row.complaint_id for row in rows]
        at_desk = _known(installation, "desk", case_contents.c.ref, [_ref(FOLLOWER, one) for one in ids])
        is_receipt = deliveries.c.message == FOLLOW_RECEIPT
        told = _known(installation, "notifier", deliveries.c.complaint_id, ids, is_receipt)
        for row in rows:
            if row.received_at >= before or TEXT in (row.erased or ()):
                continue
            if _ref(FOLLOWER, row.complaint_id) not in at_desk:
                detail = "joined another complaint, but the desk does not count it"
                yield Gap("no_follower", "desk", row.complaint_id, row.ticket, row.received_at, detail)
            if row.complaint_id not in told:
                detail = f"no {FOLLOW_RECEIPT} to citizen is planned"
                yield Gap(f"no_{FOLLOW_RECEIPT}", "notifier", row.complaint_id, row.ticket, row.received_at, detail)


def _ref(kind: str, id_: str) -> str:
    return f"{kind}:{id_}"


def _chunks(installation: Installation, statement: Any, by: Column[Any]) -> Iterator[list[Row[Any]]]:
    after = ""
    while True:
        with installation.members["intake"].database.read() as connection:
            rows = list(connection.execute(statement.where(by > after).order_by(by).limit(CHUNK)).all())
        if rows:
            yield rows
        if len(rows) < CHUNK:
            return
        after = getattr(rows[-1], by.name)


def _known(
    installation: Installation, service: str, column: Column[Any], ids: list[str], *where: ColumnElement[bool]
) -> set[str]:
    """Asked by range: a list of five thousand ids is more than some databases take."""
    statement = select(column).where(column >= min(ids), column <= max(ids), *where)
    with installation.members[service].database.read() as connection:
        return {row[0] for row in connection.execute(statement)}
