"""What happened to a case, and the audit rows. Both only grow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from services.desk.cases.case import Happening
from services.desk.tables import audit, case_events
from shared.audit import record_act
from shared.storage.database import Transaction
from shared.storage.upsert import add_new

AUDIT_PAGE = 100


def add(tx: Transaction, happening: Happening) -> None:
    """Just before the commit, and only if it is new. The case need not exist yet."""
    add_new(tx, case_events, [{name: getattr(happening, name) for name in Happening.__dataclass_fields__}])


def of_case(connection: Connection, complaint_id: str) -> list[Happening]:
    statement = select(*case_events.c).where(case_events.c.complaint_id == complaint_id)
    rows = connection.execute(statement.order_by(case_events.c.at, case_events.c.key)).mappings()
    return [Happening(**row) for row in rows]


def one(connection: Connection, complaint_id: str, key: str) -> Happening | None:
    statement = select(*case_events.c).where(case_events.c.complaint_id == complaint_id, case_events.c.key == key)
    row = connection.execute(statement).mappings().first()
    return None if row is None else Happening(**row)


def last_of_act(connection: Connection, complaint_id: str, act: str) -> Happening | None:
    statement = select(*case_events.c).where(case_events.c.complaint_id == complaint_id, case_events.c.act == act)
    row = connection.execute(statement.order_by(case_events.c.at.desc(), case_events.c.key.desc())).mappings().first()
    return None if row is None else Happening(**row)


def count_of_act(connection: Connection, complaint_id: str, act: str) -> int:
    mine = case_events.c.complaint_id == complaint_id, case_events.c.act == act
    return int(connection.execute(select(func.count()).select_from(case_events).where(*mine)).scalar_one())


def with_act(connection: Connection, complaint_ids: Sequence[str], act: str) -> set[str]:
    """Those of the complaints to which it happened."""
    mine = case_events.c.complaint_id.in_(sorted(set(complaint_ids)))
    rows = connection.execute(select(case_events.c.complaint_id).where(mine, case_events.c.act == act))
    return {row.complaint_id for row in rows}


def record(
    tx: Transaction, *, at: datetime, actor: str, role: str, act: str, subject: str, reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """One audit row, in the transaction of the act."""
    record_act(
        tx, audit, at=at, actor=actor, role=role, act=act, subject=subject, reason=reason, details=details
    )  # fmt: skip


def audit_rows(connection: Connection, *, subject: str = "", before: int = 0) -> list[RowMapping]:
    """The newest first, a page of them."""
    statement = select(*audit.c).order_by(audit.c.seq.desc()).limit(AUDIT_PAGE)
    if subject:
        statement = statement.where(audit.c.subject == subject)
    if before:
        statement = statement.where(audit.c.seq < before)
    return list(connection.execute(statement).mappings())
