"""What the router keeps of complaints and agencies: decisions, and a copy of which agencies there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from services.router.tables import agencies, decisions, reassessments
from shared.city import Agency
from shared.storage.database import Transaction
from shared.storage.upsert import insert_late, insert_new, upsert


def look_up(tx: Transaction, complaint_ids: Sequence[str]) -> None:
    """Asks once for a whole batch what `is_decided` and `kind_of_agency` will be asked about each."""
    decided = select(decisions.c.complaint_id).where(decisions.c.complaint_id.in_(sorted(set(complaint_ids))))
    tx.memory["undecided"] = set(complaint_ids) - {row.complaint_id for row in tx.execute(decided)}
    kinds = tx.execute(select(agencies.c.code, agencies.c.kind)).all()
    tx.memory["kinds"] = {str(row.code): str(row.kind) for row in kinds}


def is_decided(tx: Transaction, complaint_id: str) -> bool:
    if complaint_id in _decided_now(tx):
        return True
    if complaint_id in tx.memory.get("undecided", ()):
        return False
    statement = select(decisions.c.complaint_id).where(decisions.c.complaint_id == complaint_id)
    return tx.execute(statement).first() is not None


def store_decision(tx: Transaction, row: dict[str, Any]) -> None:
    """Written just before the commit; the other functions here know of it at once."""
    insert_late(tx, decisions, [row])
    _decided_now(tx)[row["complaint_id"]] = (row["outcome"], row["agency"])


def thought_before(tx: Transaction, complaint_id: str, number: int) -> tuple[str, str | None]:
    """(outcome, agency) of the newest decision about a complaint before its addition of this number."""
    again = select(reassessments.c.outcome, reassessments.c.agency).where(
        reassessments.c.complaint_id == complaint_id, reassessments.c.number < number
    )
    row = tx.execute(again.order_by(reassessments.c.number.desc()).limit(1)).first()
    if row is None and complaint_id in _decided_now(tx):
        return _decided_now(tx)[complaint_id]
    if row is None:
        first = select(decisions.c.outcome, decisions.c.agency).where(decisions.c.complaint_id == complaint_id)
        row = tx.execute(first).one()
    return row.outcome, row.agency


def store_reassessment(tx: Transaction, row: dict[str, Any]) -> bool:
    """False when this addition was assessed before."""
    return bool(insert_new(tx, reassessments, [row], reassessments.c.addition_id))


def kind_of_agency(tx: Transaction, code: str) -> str | None:
    """`internal`, `external`, or None when the directory does not know the agency."""
    if code in tx.memory.get("kinds", ()):
        return str(tx.memory["kinds"][code])
    row = tx.execute(select(agencies.c.kind).where(agencies.c.code == code)).first()
    return None if row is None else str(row[0])


def store_agency(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keeps the newest revision, in whatever order revisions arrive."""
    tx.memory.pop("kinds", None)
    upsert(tx, agencies, dict(row), key=("code",), where=agencies.c.revision < row["revision"])


def add_missing_agencies(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    insert_new(tx, agencies, sorted(rows, key=lambda row: str(row["code"])), agencies.c.code)


def known_agencies(connection: Connection) -> list[Agency]:
    """What the directory said, as far as the router heard it."""
    rows = connection.execute(select(agencies.c.code, agencies.c.name, agencies.c.kind).order_by(agencies.c.code))
    return [Agency(*row) for row in rows]


def _decided_now(tx: Transaction) -> dict[str, tuple[str, str | None]]:
    """What this transaction decides, by complaint."""
    decided: dict[str, tuple[str, str | None]] = tx.memory.setdefault("decided", {})
    return decided
