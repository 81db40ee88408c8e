"""One case in the database: read it, hold it. Every change of it goes through cases/register.py.

Beside this file: cases/timeline.py (what happened, and the audit rows), cases/contents.py (what may be deleted),
inbox/ (many cases), directory/repository.py (agencies), people/repository.py (people, sessions, log-in attempts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, CursorResult, Select, bindparam, select, update

from services.desk.cases import contents
from services.desk.cases.case import Case
from services.desk.cases.folding import CONTENT
from services.desk.tables import case_copies, cases
from shared.errors import Rejected
from shared.storage.database import Transaction
from shared.storage.upsert import insert_late, insert_new

_COLUMNS = tuple(field.name for field in fields(Case) if field.name not in CONTENT)
_NEW = "new cases"

# Built once: with that many columns building a statement costs more than running it, and each page and step needs one.
_BY_ID = select(cases).where(cases.c.complaint_id == bindparam("which"))
_BY_TICKET = select(cases).where(cases.c.ticket == bindparam("which"))
_BY_ID_HELD, _BY_TICKET_HELD = _BY_ID.with_for_update(), _BY_TICKET.with_for_update()
_COPIES = (
    select(case_copies.c.agency).where(case_copies.c.complaint_id == bindparam("which")).order_by(case_copies.c.agency)
)
_CHANGE = (
    update(cases)
    .where(cases.c.complaint_id == bindparam("which"))
    .values({name: bindparam(f"new_{name}", type_=cases.c[name].type) for name in _COLUMNS})
)


def look_up(tx: Transaction, complaint_ids: Sequence[str]) -> None:
    """Asks once for a whole batch which cases are new, so that `insert` stores those together."""
    statement = select(cases.c.complaint_id).where(cases.c.complaint_id.in_(sorted(set(complaint_ids))))
    tx.memory[_NEW] = set(complaint_ids) - {row.complaint_id for row in tx.execute(statement)}


def is_new(tx: Transaction, complaint_id: str) -> bool:
    """Known by `look_up`, and true only until the case has been inserted."""
    return complaint_id in tx.memory.get(_NEW, ())


def insert(tx: Transaction, case: Case) -> bool:
    """False when another worker was faster by a moment: then the case is there, and may be held.

    After `look_up` the row goes in just before the commit, which fails if it turns out not to be new. Raises
    `Rejected` when the ticket belongs to another complaint.
    """
    if is_new(tx, case.complaint_id):
        tx.memory[_NEW].remove(case.complaint_id)
        insert_late(tx, cases, [row_of(case)])
        return True
    if insert_new(tx, cases, [row_of(case)], cases.c.complaint_id):
        return True
    if lock(tx, case.complaint_id) is None:
        raise Rejected(f"the ticket {case.ticket} belongs to another complaint", code="ticket_taken")
    return False


def change(tx: Transaction, case: Case) -> None:
    """Writes a case that this transaction holds."""
    values = {f"new_{name}": value for name, value in row_of(case).items()}
    tx.execute(_CHANGE, {"which": case.complaint_id, **values})


def lock(tx: Transaction, complaint_id: str) -> Case | None:
    """The case as it is, and nobody else changes it until this transaction ends."""
    tx.flush()
    return _locked(tx, _BY_ID_HELD, complaint_id)


def lock_by_ticket(tx: Transaction, ticket: str) -> Case | None:
    return _locked(tx, _BY_TICKET_HELD, ticket)


def by_ticket(connection: Connection, ticket: str) -> Case | None:
    return with_content(connection, connection.execute(_BY_TICKET, {"which": ticket}))


def bare_by_ticket(connection: Connection, ticket: str) -> Case | None:
    """Without its content, for who reads all of that anyway."""
    row = connection.execute(_BY_TICKET, {"which": ticket}).mappings().first()
    return None if row is None else of_row(row)


def by_id(connection: Connection, complaint_id: str) -> Case | None:
    return with_content(connection, connection.execute(_BY_ID, {"which": complaint_id}))


def copies_of(connection: Connection, complaint_id: str) -> list[str]:
    """The agencies that see the case without being in charge of it."""
    return [row.agency for row in connection.execute(_COPIES, {"which": complaint_id})]


def _locked(tx: Transaction, statement: Select[Any], which: str) -> Case | None:
    return with_content(tx.connection, tx.execute(statement, {"which": which}))


def with_content(connection: Connection, found: CursorResult[Any]) -> Case | None:
    """The content is read after the case is locked: a join would show it as it was before the wait for the lock."""
    row = found.mappings().first()
    if row is None:
        return None
    report = contents.one(connection, row["complaint_id"], contents.REPORT)
    if report is None:
        return of_row(row)
    return of_row(row, text=report.text, place_detail=report.place_detail, attachments=report.photos)


def of_row(row: Any, **content: Any) -> Case:
    return Case(**{name: row[name] for name in _COLUMNS} | {"declined": tuple(row["declined"])}, **content)


def row_of(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in _COLUMNS} | {
        "counts": dict(case.counts),
        "decision": dict(case.decision),
        "declined": list(case.declined),
    }
