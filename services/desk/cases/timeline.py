"""What happened to a case, and the audit rows. Both only grow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from services.desk.cases.case import Happening
from services.desk.tables import audit, case_events
from shared.audit import record_act
from shared.storage.database import Transaction
from shared.storage.upsert import add_new, insert_late

# Built once, as building a statement costs more than running it.
_MINE = case_events.c.complaint_id == bindparam("which")
_KNOWN = select(case_events.c.key).where(_MINE, case_events.c.key == bindparam("key"))
_OF_CASE = select(case_events).where(_MINE).order_by(case_events.c.at, case_events.c.seq, case_events.c.key)
_LAST = (
    select(case_events)
    .where(_MINE, case_events.c.act.in_(bindparam("acts", expanding=True)))
    .order_by(case_events.c.at.desc(), case_events.c.seq.desc(), case_events.c.key.desc())
)


def add(tx: Transaction, happening: Happening) -> None:
    """Just before the commit, and only if it is new. The case need not exist yet.

    For what changes nothing in the case; what does goes through `register.py`.
    """
    add_new(tx, case_events, [_row(happening)])


def add_steps(tx: Transaction, happenings: Sequence[Happening]) -> None:
    """Just before the commit; each must be new, else the transaction fails."""
    insert_late(tx, case_events, [_row(happening) for happening in happenings])


def is_known(connection: Connection, complaint_id: str, key: str) -> bool:
    return connection.execute(_KNOWN, {"which": complaint_id, "key": key}).first() is not None


def of_case(connection: Connection, complaint_id: str) -> list[Happening]:
    rows = connection.execute(_OF_CASE, {"which": complaint_id}).mappings()
    return [Happening(**row) for row in rows]


def one(connection: Connection, complaint_id: str, key: str) -> Happening | None:
    statement = select(*case_events.c).where(case_events.c.complaint_id == complaint_id, case_events.c.key == key)
    row = connection.execute(statement).mappings().first()
    return None if row is None else Happening(**row)


def last_of_act(connection: Connection, complaint_id: str, act: str) -> Happening | None:
    return last_of_acts(connection, complaint_id, (act,))


def last_of_acts(connection: Connection, complaint_id: str, acts: Sequence[str]) -> Happening | None:
    row = connection.execute(_LAST, {"which": complaint_id, "acts": list(acts)}).mappings().first()
    return None if row is None else Happening(**row)


def last_step(connection: Connection, complaint_id: str) -> Happening | None:
    """What changed the case last, but for what only counts (an escalation, a new calendar) or is a note."""
    quiet = ("noted", "escalated", "recounted", "taken_over")
    mine = case_events.c.complaint_id == complaint_id, case_events.c.seq > 0, case_events.c.act.not_in(quiet)
    row = connection.execute(select(*case_events.c).where(*mine).order_by(case_events.c.seq.desc())).mappings().first()
    return None if row is None else Happening(**row)


def with_act(connection: Connection, complaint_ids: Sequence[str], act: str) -> set[str]:
    """Those of the complaints to which it happened."""
    mine = case_events.c.complaint_id.in_(sorted(set(complaint_ids)))
    rows = connection.execute(select(case_events.c.complaint_id).where(mine, case_events.c.act == act))
    return {row.complaint_id for row in rows}


def _row(happening: Happening) -> dict[str, Any]:
    return {name: getattr(happening, name) for name in Happening.__dataclass_fields__}


def record(
    tx: Transaction, *, at: datetime, actor: str, role: str, act: str, subject: str, reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """One audit row, in the transaction of the act."""
    record_act(
        tx, audit, at=at, actor=actor, role=role, act=act, subject=subject, reason=reason, details=details
    )  # fmt: skip
