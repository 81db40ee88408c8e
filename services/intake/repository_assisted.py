"""Who entered a complaint for somebody, and which complaint has which number of the national system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from services.intake.arrival import Arrival
from services.intake.tables import assisted_entries, audit, complaints, external_numbers
from shared.audit import record_act
from shared.contracts.fields import SP4N
from shared.errors import Refused
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

ALREADY_ENTERED, KNOWN_NUMBER = "already_entered", "known_number"


def store(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    """Notes numbers of other systems, and who entered what, with an audit row for each.

    Raises `Refused`: `already_entered` when the form became a complaint before, `known_number` when an officer enters
    a number that another complaint has. From elsewhere a number that is known is taken, and stays with the first.
    """
    entered = [one for one in arrivals if one.submission.entry is not None]
    rows = sorted((_entry_row(one) for one in entered), key=lambda row: str(row["entry_key"]))
    new = insert_new(tx, assisted_entries, rows, assisted_entries.c.complaint_id)
    if len(new) < len(rows):
        raise Refused("this form became a complaint before", code=ALREADY_ENTERED, status=409)
    with_number = [one for one in arrivals if one.submission.external_refs.get(SP4N)]
    numbers = sorted((_number_row(one) for one in with_number), key=lambda row: str(row["number"]))
    first = insert_new(tx, external_numbers, numbers, external_numbers.c.complaint_id)
    if any(one.complaint_id not in first for one in with_number if one.submission.entry is not None):
        raise Refused("another complaint has this number", code=KNOWN_NUMBER, status=409)
    for one in entered:
        _audit(tx, one)


def entry_by_key(connection: Connection, entry_key: str) -> RowMapping | None:
    return _one(connection, select(*assisted_entries.c).where(assisted_entries.c.entry_key == entry_key))


def entry_of(connection: Connection, complaint_id: str) -> RowMapping | None:
    return _one(connection, select(*assisted_entries.c).where(assisted_entries.c.complaint_id == complaint_id))


def complaint_with_number(connection: Connection, number: str) -> RowMapping | None:
    """Of the national system's numbers."""
    mine = external_numbers.c.system == SP4N, external_numbers.c.number == number
    return _one(
        connection,
        select(*complaints.c)
        .join_from(external_numbers, complaints, complaints.c.complaint_id == external_numbers.c.complaint_id)
        .where(*mine),
    )


def entered_since(connection: Connection, login: str, since: datetime) -> int:
    mine = assisted_entries.c.login == login, assisted_entries.c.entered_at >= since
    return int(connection.execute(select(func.count()).select_from(assisted_entries).where(*mine)).scalar_one())


def _one(connection: Connection, statement: Any) -> RowMapping | None:
    row = connection.execute(statement).first()
    return None if row is None else row._mapping


def _entry_row(arrival: Arrival) -> dict[str, Any]:
    entry = arrival.submission.entry
    assert entry is not None, "only what was entered has such a row"
    return {
        "complaint_id": arrival.complaint_id,
        "entry_key": entry.key,
        "login": entry.login,
        "name": entry.name,
        "role": entry.role,
        "agency": entry.agency,
        "office": entry.office,
        "happened_on": entry.happened_on,
        "entered_at": arrival.at,
    }


def _number_row(arrival: Arrival) -> dict[str, Any]:
    number = arrival.submission.external_refs[SP4N]
    return {"system": SP4N, "number": number, "complaint_id": arrival.complaint_id}


def _audit(tx: Transaction, arrival: Arrival) -> None:
    submission, entry = arrival.submission, arrival.submission.entry
    assert entry is not None
    details = {"ticket": arrival.ticket, "channel": submission.channel, "agency": entry.agency, "office": entry.office}
    if submission.received_at is not None:
        details["received_at"] = submission.received_at.isoformat()
    record_act(
        tx, audit, at=arrival.at, actor=entry.login, role=entry.role, act="complaint.enter",
        subject=arrival.complaint_id, details=details,
    )  # fmt: skip
