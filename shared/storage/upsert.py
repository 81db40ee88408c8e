"""Inserting rows that may exist already."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from shared.storage.database import Transaction
from shared.storage.many_rows import Conflict, changes, many


def insert_late(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts the rows, all with the same keys, at once just before the commit; a conflict fails the transaction."""
    _insert_late(tx, table, rows, Conflict.FAIL)


def change_late(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Gives existing rows new values just before the commit, many at once. The first key of each is the primary one."""
    if rows:
        change = changes(tx.connection.dialect.name, table, tuple(rows[0]))
        tx.execute_late(change.statement, rows, change.parameters)


def add_new(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Like `insert_new` for who need not know which rows were new: they go in before the commit, many at once."""
    _insert_late(tx, table, rows, Conflict.KEEP_OLD)


def insert_new(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]], returning: Column[Any]) -> set[Any]:
    """Inserts those rows that conflict with no unique key; the values of `returning` tell which were new.

    Pass rows in sorted order of their key: two transactions that insert the same rows then wait, not deadlock.
    """
    if not rows:
        return set()
    insert = many(tx.connection.dialect.name, table, tuple(rows[0]), Conflict.KEEP_OLD, returning)
    return {row[0] for row in tx.execute(insert.statement, insert.parameters(list(rows)))}


def insert_or_add(
    tx: Transaction,
    table: Table,
    rows: Sequence[dict[str, Any]],
    *,
    key: Sequence[Column[Any]],
    counter: Column[int],
    returning: Sequence[Column[Any]],
) -> list[tuple[Any, ...]]:
    """Inserts counters, or adds to those that exist; `returning` of each row as it is now. No key may occur twice."""
    statement = _insert_or_add(tx.connection.dialect.name, table, tuple(key), counter, tuple(returning))
    return [tuple(row) for row in tx.execute(statement, list(rows))]


def upsert(tx: Transaction, table: Table, row: dict[str, Any], *, key: Sequence[str], where: Any = None) -> bool:
    """Inserts the row or updates the one with the same key; with `where`, only if that holds for the old row.

    Returns whether anything was written.
    """
    dialect = tx.connection.dialect.name
    statement = _upsert(dialect, table, tuple(row), tuple(key)) if where is None else _upserting(
        dialect, table, tuple(row), tuple(key), where
    )  # fmt: skip
    return tx.execute(statement, row).first() is not None


def upsert_counting(tx: Transaction, table: Table, row: dict[str, Any], *, key: Sequence[str], counter: str) -> None:
    """As `upsert`; the column `counter`, which is none of the row's, is 1 in a new row and grows by one in an old."""
    tx.execute(_upsert_counting(tx.connection.dialect.name, table, tuple(row), tuple(key), counter), row)


def _insert_late(tx: Transaction, table: Table, rows: Sequence[dict[str, Any]], conflict: Conflict) -> None:
    if rows:
        insert = many(tx.connection.dialect.name, table, tuple(rows[0]), conflict)
        tx.execute_late(insert.statement, rows, insert.parameters)


# Building a statement costs as much as running it, so those on everyone's way are built once.


@cache
def _insert_or_add(
    dialect: str, table: Table, key: tuple[Column[Any], ...], counter: Column[int], returning: tuple[Column[Any], ...]
) -> Any:
    insert = _insert(dialect, table)
    more = {counter.name: counter + insert.excluded[counter.name]}
    return insert.on_conflict_do_update(index_elements=list(key), set_=more).returning(*returning)


@cache
def _upsert(dialect: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...]) -> Any:
    return _upserting(dialect, table, columns, key)


def _upserting(dialect: str, table: Table, columns: Sequence[str], key: Sequence[str], where: Any = None) -> Any:
    insert = _insert(dialect, table)
    changes = {name: insert.excluded[name] for name in columns if name not in key}
    statement = insert.on_conflict_do_update(index_elements=list(key), set_=changes, where=where)
    return statement.returning(table.c[key[0]])


@cache
def _upsert_counting(
    dialect: str, table: Table, columns: tuple[str, ...], key: tuple[str, ...], counter: str
) -> Any:  # fmt: skip
    insert = _insert(dialect, table).values({counter: 1, **{name: bindparam(name) for name in columns}})
    changes: dict[str, Any] = {name: insert.excluded[name] for name in columns if name not in key}
    return insert.on_conflict_do_update(
        index_elements=list(key), set_={**changes, counter: table.c[counter] + 1}
    )  # fmt: skip


def _insert(dialect: str, table: Table) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
