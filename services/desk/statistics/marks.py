"""Which cases are to be counted anew. A mark is set in the transaction of the change, so that none is forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, delete, select, text
from sqlalchemy.dialects import sqlite

from services.desk.tables import figures_due
from shared.storage.database import Transaction


def mark(tx: Transaction, complaint_id: str) -> None:
    """Just before the commit. The case need not exist yet."""
    tx.execute_late(_marking(tx.connection.dialect.name), [{"complaint_id": complaint_id}], _distinct(tx))


def take(tx: Transaction, most: int) -> list[str]:
    """So many marked cases, whose marks are gone with this transaction. Those that are being changed are left."""
    which = select(figures_due.c.complaint_id).order_by(figures_due.c.complaint_id).limit(most)
    found = [row.complaint_id for row in tx.execute(which.with_for_update(skip_locked=True))]
    if found:
        tx.execute(delete(figures_due).where(figures_due.c.complaint_id.in_(found)))
    return found


def waiting(connection: Connection, complaint_ids: Sequence[str]) -> set[str]:
    """Those that are marked."""
    which = figures_due.c.complaint_id.in_(sorted(set(complaint_ids)))
    return {row.complaint_id for row in connection.execute(select(figures_due.c.complaint_id).where(which))}


def _distinct(tx: Transaction) -> Any:
    return _as_document if tx.connection.dialect.name == "postgresql" else _as_rows


def _as_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"complaint_id": one} for one in sorted({row["complaint_id"] for row in rows})]


def _as_document(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"rows": json.dumps([row["complaint_id"] for row in _as_rows(rows)])}


@cache
def _marking(dialect: str) -> Executable:
    """An existing mark is written again: this holds it, so that nobody takes it before the change can be seen."""
    if dialect == "postgresql":
        return text(
            "INSERT INTO figures_due (complaint_id) SELECT value FROM json_array_elements_text(CAST(:rows AS json)) "
            "ON CONFLICT (complaint_id) DO UPDATE SET complaint_id = excluded.complaint_id"
        )
    insert = sqlite.insert(figures_due)
    return insert.on_conflict_do_nothing().inline()
