"""Removing the parts of one complaint from intake's tables. Counts, states and places by kelurahan stay as they are.

Whoever calls holds the complaint's row. Functions that remove what refers to files return the files' digests.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, update

from services.intake.tables import (
    additions,
    answer_photos,
    answers,
    attachments,
    complaints,
    contacts,
    pending_questions,
    quarantine,
    questions,
    ratings,
    raw_messages,
    seen,
    sms_answers,
    sms_parts,
    wrong_codes,
)
from shared.storage.database import Transaction


def remove_contact(tx: Transaction, complaint_id: str) -> None:
    """Who wrote. The mark that the message was seen stays, or it would be taken in anew when it comes again."""
    tx.execute(contacts.delete().where(contacts.c.complaint_id == complaint_id))
    tx.execute(pending_questions.delete().where(pending_questions.c.complaint_id == complaint_id))
    mine = complaints.c.complaint_id == complaint_id
    tx.execute(update(complaints).where(mine).values(contact_ref=None, recipients=[]))
    tx.execute(update(seen).where(seen.c.complaint_id == complaint_id).values(provider_id=None))


def remove_text(tx: Transaction, complaint_id: str, ticket: str) -> None:
    """What was written and answered, with the exact place. A public summary was written for everybody and stays."""
    mine = complaints.c.complaint_id == complaint_id
    tx.execute(update(complaints).where(mine).values(text="", detail=None, latitude=None, longitude=None))
    tx.execute(update(additions).where(additions.c.complaint_id == complaint_id).values(text=""))
    tx.execute(answers.delete().where(answers.c.complaint_id == complaint_id))
    tx.execute(update(questions).where(questions.c.complaint_id == complaint_id).values(question=""))
    tx.execute(update(ratings).where(ratings.c.complaint_id == complaint_id).values(words=""))
    tx.execute(wrong_codes.delete().where(wrong_codes.c.ticket == ticket))


def remove_photos(tx: Transaction, complaint_id: str) -> set[str]:
    """Those of the sender and those of agencies."""
    files: set[str] = set()
    for table in (attachments, answer_photos):
        mine = table.c.complaint_id == complaint_id
        rows = tx.execute(select(table.c.sha256, table.c.preview).where(mine)).all()
        files |= {digest for row in rows for digest in row if digest}
        tx.execute(table.delete().where(mine))
    return files


def remove_messages(tx: Transaction, complaint_id: str, ticket: str) -> set[str]:
    """Messages as they came: in each stand both who wrote and what."""
    tx.execute(sms_parts.delete().where(sms_parts.c.complaint_id == complaint_id))
    tx.execute(update(sms_answers).where(sms_answers.c.complaint_id == complaint_id).values(reply=""))
    became = quarantine.c.outcome == ticket
    aside = [row.quarantine_id for row in tx.execute(select(quarantine.c.quarantine_id).where(became))]
    tx.execute(update(quarantine).where(became).values(detail="", contact_key=None))
    return remove_raw(
        tx, or_(raw_messages.c.complaint_id == complaint_id, raw_messages.c.quarantine_id.in_(aside))
    )  # fmt: skip


def remove_raw(tx: Transaction, which: ColumnElement[bool]) -> set[str]:
    kept_as_file = select(raw_messages.c.sha256).where(which, raw_messages.c.sealed == "")
    files = {row.sha256 for row in tx.execute(kept_as_file)}
    tx.execute(raw_messages.delete().where(which))
    return files
