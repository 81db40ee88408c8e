"""What intake keeps about talking by text message: parts, questions, answers given, numbers that want no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, exists, func, or_, select, true, update

from services.intake.sms_talk.message import SmsAnswer
from services.intake.tables import (
    additions,
    complaints,
    contacts,
    pending_questions,
    seen,
    sms_answers,
    sms_parts,
    suppressions,
)
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

WAITING, CLOSED, DONE = "waiting", "closed", "done"
ENDED = ("lapsed", "closed", "withdrawn")
"""States of complaints in which nothing is to come any more."""
_MOST_WAITING = 2000
_RECENT = 20


def store_part(tx: Transaction, row: dict[str, Any]) -> bool:
    """False when the part is there already."""
    return bool(insert_new(tx, sms_parts, [row], sms_parts.c.part_key))


def part(connection: Connection, part_key: str) -> RowMapping | None:
    row = connection.execute(select(*sms_parts.c).where(sms_parts.c.part_key == part_key)).first()
    return None if row is None else row._mapping


def parts_of_sender(connection: Connection, contact_key: str, account: str, since: datetime) -> list[RowMapping]:
    """In the order of arrival."""
    mine = (sms_parts.c.contact_key == contact_key) & (sms_parts.c.account == account)
    statement = select(*sms_parts.c).where(mine, sms_parts.c.received_at >= since)
    return [row._mapping for row in connection.execute(statement.order_by(sms_parts.c.received_at))]


def waiting_parts(connection: Connection) -> list[RowMapping]:
    """Those due first; the sealed words are not among the columns."""
    columns = [column for column in sms_parts.c if column.name != "sealed"]
    statement = select(*columns).where(sms_parts.c.state == WAITING).order_by(sms_parts.c.due_at).limit(_MOST_WAITING)
    return [row._mapping for row in connection.execute(statement)]


def close_parts(tx: Transaction, part_keys: Sequence[str], message_id: str, lease_until: datetime) -> bool:
    """Puts waiting parts together under one id. False when another process took one: then roll back."""
    mine = sms_parts.c.part_key.in_(sorted(part_keys)) & (sms_parts.c.state == WAITING)
    closed = {"state": CLOSED, "message_id": message_id, "lease_until": lease_until}
    return tx.execute(update(sms_parts).where(mine).values(closed)).rowcount == len(set(part_keys))


def parts_of_message(connection: Connection, message_id: str) -> list[RowMapping]:
    statement = select(*sms_parts.c).where(sms_parts.c.message_id == message_id)
    return [row._mapping for row in connection.execute(statement)]


def left_over(connection: Connection, now: datetime) -> list[str]:
    """Messages that were put together by somebody who did not come to the end."""
    mine = (sms_parts.c.state == CLOSED) & (sms_parts.c.lease_until <= now)
    found = connection.execute(select(sms_parts.c.message_id).where(mine).distinct())
    return sorted(row.message_id for row in found)


def take_over(tx: Transaction, message_id: str, now: datetime, until: datetime) -> bool:
    mine = (sms_parts.c.message_id == message_id) & (sms_parts.c.state == CLOSED) & (sms_parts.c.lease_until <= now)
    return tx.execute(update(sms_parts).where(mine).values(lease_until=until)).rowcount > 0


def finish_parts(tx: Transaction, message_id: str, complaint_id: str | None, *, cut: bool) -> None:
    """The words are forgotten; number and reference stay, so that a late part finds its complaint."""
    mine = sms_parts.c.message_id == message_id
    done = {"state": DONE, "complaint_id": complaint_id, "sealed": "", "lease_until": None, "cut": cut}
    tx.execute(update(sms_parts).where(mine).values(done))


def remembered(connection: Connection, message_key: str) -> SmsAnswer | None:
    row = connection.execute(select(*sms_answers.c).where(sms_answers.c.message_key == message_key)).first()
    return None if row is None else SmsAnswer(row.outcome, row.reply, row.ticket, row.complaint_id)


def remember(tx: Transaction, message_key: str, answer: SmsAnswer, at: datetime) -> None:
    """An answer that is there already stays."""
    row = {
        "message_key": message_key,
        "outcome": answer.outcome,
        "ticket": answer.ticket,
        "complaint_id": answer.complaint_id,
        "reply": answer.reply,
        "answered_at": at,
    }
    insert_new(tx, sms_answers, [row], sms_answers.c.message_key)


class Traces(NamedTuple):
    """Whether there is anything to look at more closely: of this message, and of the number that it came from."""

    is_answered: bool
    is_complaint: bool
    has_complaints: bool
    has_parts: bool
    has_questions: bool
    is_suppressed: bool


def traces(connection: Connection, contact_key: str, message_key: str, seen_key: str) -> Traces:
    asked = {"contact_key": contact_key, "message_key": message_key, "seen_key": seen_key}
    return Traces(*map(bool, connection.execute(_TRACES, asked).one()))


_TRACES = select(
    exists().where(sms_answers.c.message_key == bindparam("message_key")),
    exists().where(seen.c.seen_key == bindparam("seen_key")),
    exists().where(contacts.c.phone_key == bindparam("contact_key")),
    exists().where(sms_parts.c.contact_key == bindparam("contact_key")),
    exists().where(pending_questions.c.contact_key == bindparam("contact_key")),
    exists().where(suppressions.c.contact_key == bindparam("contact_key"), suppressions.c.channel == "sms"),
)  # fmt: skip


def open_question(connection: Connection, contact_key: str, now: datetime) -> RowMapping | None:
    """The newest that waits for this sender's answer."""
    mine = (pending_questions.c.contact_key == contact_key) & pending_questions.c.closed_at.is_(None)
    statement = select(*pending_questions.c).where(mine, pending_questions.c.lapses_at > now)
    row = connection.execute(statement.order_by(pending_questions.c.asked_at.desc()).limit(1)).first()
    return None if row is None else row._mapping


def question(tx: Transaction, complaint_id: str) -> RowMapping | None:
    statement = select(*pending_questions.c).where(pending_questions.c.complaint_id == complaint_id).with_for_update()
    row = tx.execute(statement).first()
    return None if row is None else row._mapping


def add_question(tx: Transaction, row: dict[str, Any]) -> bool:
    """False when this complaint was asked about before, whatever became of it."""
    return bool(insert_new(tx, pending_questions, [row], pending_questions.c.complaint_id))


def close_question(tx: Transaction, complaint_id: str, closed_as: str, at: datetime) -> bool:
    """False when it was closed before."""
    mine = (pending_questions.c.complaint_id == complaint_id) & pending_questions.c.closed_at.is_(None)
    return tx.execute(update(pending_questions).where(mine).values(closed_at=at, closed_as=closed_as)).rowcount > 0


def own_complaints(
    connection: Connection, contact_key: str, *, since: datetime | None = None, ticket: str | None = None
) -> list[RowMapping]:
    """Complaints whose contact is this number, the newest first: by ticket, since a moment, or the last few."""
    where: list[ColumnElement[bool]] = [contacts.c.phone_key == contact_key]
    if ticket is not None:
        where.append(complaints.c.ticket == ticket)
    if since is not None:
        where.append(complaints.c.received_at >= since)
    statement = (
        select(
            complaints.c.complaint_id, complaints.c.ticket, complaints.c.status, complaints.c.agency_name,
            complaints.c.received_at, complaints.c.text, complaints.c.identity,
        )
        .join(contacts, contacts.c.complaint_id == complaints.c.complaint_id)
        .where(*where)
        .order_by(complaints.c.received_at.desc(), complaints.c.complaint_id.desc())
        .limit(_RECENT)
    )  # fmt: skip
    return [row._mapping for row in connection.execute(statement)]


def same_addition(connection: Connection, contact_key: str, text: str, since: datetime) -> RowMapping | None:
    """Complaint, ticket and kind of what this number added in the same words a moment ago."""
    statement = (
        select(additions.c.complaint_id, complaints.c.ticket, additions.c.what)
        .join(contacts, contacts.c.complaint_id == additions.c.complaint_id)
        .join(complaints, complaints.c.complaint_id == additions.c.complaint_id)
        .where(contacts.c.phone_key == contact_key, additions.c.channel == "sms")
        .where(additions.c.text == text, additions.c.added_at >= since)
    )
    row = connection.execute(statement.order_by(additions.c.added_at.desc()).limit(1)).first()
    return None if row is None else row._mapping


def ticket_of(connection: Connection, complaint_id: str) -> str | None:
    return connection.execute(select(complaints.c.ticket).where(complaints.c.complaint_id == complaint_id)).scalar()


def suppress(tx: Transaction, contact_key: str, reason: str, at: datetime) -> None:
    row = {"contact_key": contact_key, "channel": "sms", "reason": reason, "since": at}
    insert_new(tx, suppressions, [row], suppressions.c.contact_key)


def unsuppress(tx: Transaction, contact_key: str) -> None:
    mine = (suppressions.c.contact_key == contact_key) & (suppressions.c.channel == "sms")
    tx.execute(suppressions.delete().where(mine))


def suppressed_channels(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, list[str]]:
    """By contact reference: the channels by which its owner wants no more messages."""
    by_phone = (suppressions.c.contact_key == contacts.c.phone_key) & (suppressions.c.channel == "sms")
    by_mail = (suppressions.c.contact_key == contacts.c.email_key) & (suppressions.c.channel == "email")
    statement = (
        select(contacts.c.contact_ref, suppressions.c.channel)
        .join(suppressions, or_(by_phone, by_mail))
        .where(contacts.c.complaint_id.in_(sorted(set(complaint_ids))))
        .order_by(contacts.c.contact_ref, suppressions.c.channel)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.contact_ref, []).append(row.channel)
    return found


def forget(tx: Transaction, before: datetime) -> int:
    """Parts that are done, answers that nobody will ask for again, and questions that were closed; how many."""
    rows = (
        sms_parts.delete().where(sms_parts.c.state == DONE, sms_parts.c.received_at < before),
        sms_answers.delete().where(sms_answers.c.answered_at < before),
        pending_questions.delete().where(pending_questions.c.closed_at < before),
    )
    return sum(tx.execute(one).rowcount for one in rows)


def count_forgettable(connection: Connection, before: datetime) -> tuple[int, datetime | None]:
    """How many `forget` would remove, and since when the oldest of them is there."""
    kinds = (
        (sms_parts.c.received_at, sms_parts.c.state == DONE),
        (sms_answers.c.answered_at, true()),
        (pending_questions.c.closed_at, true()),
    )
    found = [
        connection.execute(select(func.count(), func.min(at)).where(at < before, which)).one() for at, which in kinds
    ]
    return sum(row[0] for row in found), min((row[1] for row in found if row[1] is not None), default=None)
