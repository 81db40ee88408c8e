"""One case in the database.

Beside this file: repository_listing.py (many cases, filtered and paged), repository_timeline.py (what happened, and the
audit rows), repository_additions.py (what citizens said later), repository_answers.py (what they were answered, how
content they are), repository_agencies.py (the directory), repository_accounts.py (people, sessions, log-in attempts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, select, update

from services.desk.cases.case import Case, merged
from services.desk.tables import case_texts, cases
from shared.errors import Rejected
from shared.observability.masking import mask
from shared.storage.database import Transaction
from shared.storage.upsert import insert_late, insert_new, upsert

_COLUMNS = tuple(field.name for field in fields(Case) if field.name not in ("text", "place_detail"))
MOST_DETAIL = 500


def look_up(tx: Transaction, complaint_ids: Sequence[str]) -> None:
    """Asks once for a whole batch which cases are new, so that `merge` stores those together."""
    statement = select(cases.c.complaint_id).where(cases.c.complaint_id.in_(sorted(set(complaint_ids))))
    tx.memory["new_cases"] = set(complaint_ids) - {row.complaint_id for row in tx.execute(statement)}


def merge(tx: Transaction, fact: Case) -> Case:
    """The case with what the fact says, stored. Raises `Rejected` when the ticket belongs to another complaint.

    After `look_up` a new case is stored just before the commit, which fails if it turns out not to be new.
    """
    new_cases: set[str] = tx.memory.get("new_cases", set())
    if fact.complaint_id in new_cases:
        new_cases.remove(fact.complaint_id)
        insert_late(tx, cases, [_row(fact)])
        if fact.text is not None:
            insert_late(tx, case_texts, [_text_row(fact, fact.text)])
        return fact
    old = lock(tx, fact.complaint_id)
    if old is None:
        if insert_new(tx, cases, [_row(fact)], cases.c.complaint_id):
            _store_text(tx, fact)
            return fact
        old = lock(tx, fact.complaint_id)  # another worker was faster by a moment
        if old is None:
            raise Rejected(f"the ticket {fact.ticket} belongs to another complaint", code="ticket_taken")
    new = merged(old, fact)
    if new != old:
        change(tx, new)
    if new.router_revision != old.router_revision:  # a repetition must not bring a deleted text back
        _store_text(tx, new)
    return new


def change(tx: Transaction, case: Case) -> None:
    """Writes a case that this transaction holds; its text stays as it is."""
    tx.execute(update(cases).where(cases.c.complaint_id == case.complaint_id).values(_row(case)))


def lock(tx: Transaction, complaint_id: str) -> Case | None:
    """The case as it is, and nobody else changes it until this transaction ends."""
    return _locked(tx, cases.c.complaint_id == complaint_id)


def lock_by_ticket(tx: Transaction, ticket: str) -> Case | None:
    return _locked(tx, cases.c.ticket == ticket)


def by_ticket(connection: Connection, ticket: str) -> Case | None:
    return _with_text(connection, connection.execute(select(*cases.c).where(cases.c.ticket == ticket)))


def _locked(tx: Transaction, which: ColumnElement[bool]) -> Case | None:
    return _with_text(tx.connection, tx.execute(select(*cases.c).where(which).with_for_update()))


def _with_text(connection: Connection, found: CursorResult[Any]) -> Case | None:
    """The text is read after the case is locked: a join would show it as it was before the wait for the lock."""
    row = found.mappings().first()
    if row is None:
        return None
    which = case_texts.c.complaint_id == row["complaint_id"]
    text = connection.execute(select(case_texts.c.text, case_texts.c.place_detail).where(which)).first()
    return Case(**row, text=None if text is None else text[0], place_detail="" if text is None else text[1])


def _row(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in _COLUMNS}


def _store_text(tx: Transaction, case: Case) -> None:
    if case.text is not None:
        upsert(tx, case_texts, _text_row(case, case.text), key=("complaint_id",))


def _text_row(case: Case, text: str) -> dict[str, Any]:
    return {
        "complaint_id": case.complaint_id,
        "text": text,
        "masked": mask(text),
        "place_detail": case.place_detail[:MOST_DETAIL],
    }
