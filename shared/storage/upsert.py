"""Inserting rows that may exist already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql, sqlite

from shared.storage.database import Transaction


def insert_new(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]], returning: Column[Any]) -> set[Any]:
    """Inserts those rows that conflict with no unique key; the values of `returning` tell which were new.

    Pass rows in sorted order of their key: two transactions that insert the same rows then wait, not deadlock.
    """
    if not rows:
        return set()
    insert = postgresql.insert(table) if tx.connection.dialect.name == "postgresql" else sqlite.insert(table)
    values = rows[0] if len(rows) == 1 else list(rows)  # only a single row's statement can be cached by SQLAlchemy
    statement = insert.values(values).on_conflict_do_nothing().returning(returning)
    return {row[0] for row in tx.execute(statement)}


def upsert(tx: Transaction, table: Table, row: dict[str, Any], *, key: Sequence[str], where: Any = None) -> bool:
    """Inserts the row or updates the one with the same key; with `where`, only if that holds for the old row.

    Returns whether anything was written.
    """
    insert = postgresql.insert(table) if tx.connection.dialect.name == "postgresql" else sqlite.insert(table)
    changes = {name: value for name, value in row.items() if name not in key}
    statement = insert.values(row).on_conflict_do_update(index_elements=list(key), set_=changes, where=where)
    return tx.execute(statement.returning(table.c[key[0]])).first() is not None
