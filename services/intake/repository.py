"""What intake keeps about complaints: the complaint, its contact, its timeline, and which messages it came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Integer, RowMapping, String, and_, bindparam, case, func, select, update

from services.intake.tables import complaints, contacts, receipt_counts, refusals, seen, timeline, wrong_codes
from shared.sentences import Note
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_late, insert_new, insert_or_add

ROUTED, IN_PROGRESS = "routed", "in_progress"
_TO_STATUS, _TO_ASSIGNMENT = bindparam("to_status", type_=String), bindparam("to_assignment", type_=Integer)
_NOTED = and_(_TO_STATUS == ROUTED, complaints.c.acknowledged == _TO_ASSIGNMENT)
_APPLY_STATUS = (
    update(complaints)
    .where(complaints.c.complaint_id == bindparam("about"), complaints.c.revision < bindparam("to_revision"))
    .values(
        revision=bindparam("to_revision"), status=case((_NOTED, IN_PROGRESS), else_=_TO_STATUS),
        agency=bindparam("to_agency"), agency_name=bindparam("to_agency_name"),
        assignment=func.coalesce(_TO_ASSIGNMENT, complaints.c.assignment),
    )
)  # fmt: skip

# Building a statement costs more than running it, so those that every look at a complaint needs are built once.
_WHICH = bindparam("which", type_=String)
_BY_ID = select(complaints).where(complaints.c.complaint_id == _WHICH)
_BY_TICKET = select(complaints).where(complaints.c.ticket == _WHICH)
_IS_KNOWN = select(complaints.c.complaint_id).where(complaints.c.complaint_id == _WHICH)
_ENTRIES = (
    select(timeline.c.event, timeline.c.note, timeline.c.fields, timeline.c.at, timeline.c.revision)
    .where(timeline.c.complaint_id == _WHICH)
    .order_by(timeline.c.revision, timeline.c.at, timeline.c.event)
)
_WRONG_CODES = select(wrong_codes.c.count).where(
    wrong_codes.c.ticket == _WHICH, wrong_codes.c.hour == bindparam("of_hour", type_=wrong_codes.c.hour.type)
)
_OF_ASSIGNMENT = bindparam("of_assignment", type_=Integer)
_ACKNOWLEDGE = (
    update(complaints)
    .where(complaints.c.complaint_id == bindparam("about"))
    .values(
        acknowledged=case(
            (func.coalesce(complaints.c.acknowledged, 0) < _OF_ASSIGNMENT, _OF_ASSIGNMENT),
            else_=complaints.c.acknowledged,
        ),
        status=case(
            (and_(complaints.c.status == ROUTED, complaints.c.assignment == _OF_ASSIGNMENT), IN_PROGRESS),
            else_=complaints.c.status,
        ),
    )
)

OUTSIDE = 0
"""The revision of entries of the timeline that have none."""


def enter_seen(tx: Transaction, rows: Sequence[dict[str, Any]]) -> set[str]:
    """The keys of those messages that were not known. Waits for a running transaction that enters the same one."""
    return insert_new(tx, seen, sorted(rows, key=lambda row: str(row["seen_key"])), seen.c.seen_key)


def seen_as(tx: Transaction, seen_key: str) -> tuple[str, str]:
    """(complaint id, fingerprint) of a message that is known."""
    statement = select(seen.c.complaint_id, seen.c.fingerprint).where(seen.c.seen_key == seen_key)
    row = tx.execute(statement).one()._mapping
    return row["complaint_id"], row["fingerprint"]


def is_free_ticket(tx: Transaction, ticket: str) -> bool:
    return tx.execute(select(complaints.c.ticket).where(complaints.c.ticket == ticket)).first() is None


def store_complaints(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """The transaction fails when one of the tickets is taken."""
    insert_late(tx, complaints, rows)


def store_contacts(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    insert_late(tx, contacts, rows)


def complaint(connection: Connection, complaint_id: str) -> RowMapping | None:
    row = connection.execute(_BY_ID, {"which": complaint_id}).first()
    return None if row is None else row._mapping


def complaint_by_ticket(connection: Connection, ticket: str) -> RowMapping | None:
    row = connection.execute(_BY_TICKET, {"which": ticket}).first()
    return None if row is None else row._mapping


def requests_by_ticket(connection: Connection, tickets: Sequence[str], channel: str) -> list[RowMapping]:
    """State, dates and references of those that came by this channel; nothing of what was written, or by whom."""
    updated = select(func.max(timeline.c.at)).where(timeline.c.complaint_id == complaints.c.complaint_id)
    statement = select(
        complaints.c.ticket, complaints.c.status, complaints.c.agency_name, complaints.c.external_refs,
        complaints.c.received_at, updated.scalar_subquery().label("updated_at"),
    ).where(complaints.c.ticket.in_(sorted(set(tickets))), complaints.c.channel == channel)  # fmt: skip
    return [row._mapping for row in connection.execute(statement)]


def add_recipients(tx: Transaction, complaint_id: str, recipients: Sequence[str]) -> None:
    """Writes down further addresses at which the same message arrived."""
    statement = select(complaints.c.recipients).where(complaints.c.complaint_id == complaint_id).with_for_update()
    known = list(tx.execute(statement).scalar_one())
    more = [recipient for recipient in recipients if recipient not in known]
    if more:
        where = complaints.c.complaint_id == complaint_id
        tx.execute(update(complaints).where(where).values(recipients=[*known, *more]))


def begin_timeline(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    insert_late(tx, timeline, [_entry(row) for row in rows])


def add_to_timeline(tx: Transaction, row: dict[str, Any]) -> None:
    """An entry that was there already stays as it is."""
    add_new(tx, timeline, [_entry(row)])


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    """With what the note says in words of the program, when it knows, so that it can be said in other languages."""
    note = row["note"]
    return {**row, "note": str(note), "fields": dict(note.fields) if isinstance(note, Note) else None}


def entries(connection: Connection, complaint_id: str) -> list[RowMapping]:
    """The timeline in the order of revisions; `event` is a word, followed by `.N` where it can happen again.

    What has no revision of its own (`OUTSIDE`) stands where its time puts it.
    """
    rows = [row._mapping for row in connection.execute(_ENTRIES, {"which": complaint_id})]
    found = [row for row in rows if row["revision"] != OUTSIDE]
    for row in (row for row in rows if row["revision"] == OUTSIDE):
        place = next((place for place, other in enumerate(found) if other["at"] > row["at"]), len(found))
        found.insert(place, row)
    return found


def apply_status(
    tx: Transaction, complaint_id: str, revision: int, *, status: str, agency: str | None, agency_name: str | None,
    assignment: int | None = None,
) -> None:  # fmt: skip
    """Sets status and agency unless a newer revision did. Equal revisions change nothing.

    `assignment` is that of a status `routed`, which is `in_progress` where the agency took note of it before this came.
    """
    said = {"to_revision": revision, "to_status": status, "to_agency": agency, "to_agency_name": agency_name}
    tx.execute_late(_APPLY_STATUS, [{"about": complaint_id, **said, "to_assignment": assignment}])


def acknowledge(tx: Transaction, complaint_id: str, assignment: int) -> None:
    """The agency of that assignment has taken note: if it has the case now, the case is in progress.

    Just before the commit, as `apply_status`: whichever of the two comes first, the same comes of them.
    """
    tx.execute_late(_ACKNOWLEDGE, [{"about": complaint_id, "of_assignment": assignment}])


def look_up(tx: Transaction, complaint_ids: Sequence[str]) -> None:
    """Asks once for a whole batch what `is_known` will be asked about each."""
    statement = select(complaints.c.complaint_id).where(complaints.c.complaint_id.in_(sorted(set(complaint_ids))))
    tx.memory["known"] = {row.complaint_id for row in tx.execute(statement)}


def is_known(tx: Transaction, complaint_id: str) -> bool:
    if complaint_id in tx.memory.get("known", ()):
        return True
    return tx.execute(_IS_KNOWN, {"which": complaint_id}).first() is not None


def store_refusal(tx: Transaction, row: dict[str, Any]) -> None:
    tx.execute(refusals.insert(), row)


def count_receipts(tx: Transaction, wanted: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Counts one more receipt to each contact on its day (pairs, each contact once); how many that makes, by contact.

    The rows are locked until the end of the transaction.
    """
    if not wanted:
        return {}
    rows = [{"contact_key": key, "day": day, "count": 1} for key, day in sorted(wanted)]
    counted = (receipt_counts.c.contact_key, receipt_counts.c.count)
    key = (receipt_counts.c.contact_key, receipt_counts.c.day)
    return dict(insert_or_add(tx, receipt_counts, rows, key=key, counter=receipt_counts.c.count, returning=counted))


def uncount_receipts(tx: Transaction, unsent: Sequence[tuple[str, str]]) -> None:
    for key, day in sorted(unsent):
        mine = (receipt_counts.c.contact_key == key) & (receipt_counts.c.day == day)
        tx.execute(update(receipt_counts).where(mine).values(count=receipt_counts.c.count - 1))


def contacts_of(connection: Connection, complaint_ids: Sequence[str]) -> list[RowMapping]:
    """Ticket, sealed code, and (where there is one) sealed contact of each complaint that exists."""
    statement = (
        select(complaints.c.complaint_id, complaints.c.ticket, complaints.c.code_sealed, *_SEALED)
        .outerjoin(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
        .where(complaints.c.complaint_id.in_(sorted(set(complaint_ids))))
        .order_by(complaints.c.complaint_id)
    )
    return [row._mapping for row in connection.execute(statement)]


_SEALED = (
    contacts.c.contact_ref, contacts.c.email_sealed, contacts.c.phone_sealed, contacts.c.name_sealed,
    contacts.c.email_key, contacts.c.phone_key,
)  # fmt: skip


def wrong_codes_tried(connection: Connection, ticket: str, hour: datetime) -> int:
    row = connection.execute(_WRONG_CODES, {"which": ticket, "of_hour": hour}).first()
    return 0 if row is None else int(row[0])


def count_wrong_code(tx: Transaction, ticket: str, hour: datetime, *, by: int = 1) -> None:
    insert_new(tx, wrong_codes, [{"ticket": ticket, "hour": hour, "count": 0}], wrong_codes.c.ticket)
    where = (wrong_codes.c.ticket == ticket) & (wrong_codes.c.hour == hour)
    tx.execute(update(wrong_codes).where(where).values(count=wrong_codes.c.count + by))


def forget_counts(tx: Transaction, *, before_day: str, before: datetime) -> None:
    """Forgets what limits counted on past days."""
    tx.execute(receipt_counts.delete().where(receipt_counts.c.day < before_day))
    tx.execute(wrong_codes.delete().where(wrong_codes.c.hour < before))
