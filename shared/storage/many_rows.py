"""Inserting and changing many rows by one statement.

PostgreSQL takes them as one JSON document and makes the rows itself: a parameter for each value, or a message for each
row, costs this side five times as much. Values arrive as the columns' types would read them from text.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, Executable, Table, Text, any_, bindparam, text
from sqlalchemy.dialects import sqlite


class Conflict(enum.Enum):
    """What becomes of a row whose unique key is taken."""

    FAIL = ""
    KEEP_OLD = "ON CONFLICT DO NOTHING"


@dataclass(frozen=True)
class ManyRows:
    """Execute `statement` with `parameters(rows)`; there must be at least one row."""

    statement: Executable
    parameters: Callable[[list[dict[str, Any]]], Any]


@cache
def many(
    dialect: str, table: Table, columns: tuple[str, ...], conflict: Conflict, returning: Column[Any] | None = None
) -> ManyRows:
    """For rows that have exactly these columns. Without `returning` the statement has no result."""
    if dialect == "postgresql":
        return ManyRows(text(_from_document(table, columns, conflict, returning)), _document)
    insert = sqlite.insert(table)
    if conflict is Conflict.KEEP_OLD:
        insert = insert.on_conflict_do_nothing()
    return ManyRows(insert.inline() if returning is None else insert.returning(returning), list)


@cache
def changes(dialect: str, table: Table, columns: tuple[str, ...]) -> ManyRows:
    """Gives existing rows new values, each by its primary key, which is the first of these columns. Without result."""
    key, rest = columns[0], columns[1:]
    if dialect == "postgresql":
        into = f'"{table.name}"'
        values = ", ".join(f'"{name}" = n."{name}"' for name in rest)
        rows = f"json_populate_recordset(CAST(NULL AS {into}), CAST(:rows AS json)) n"
        mine = f'{into}."{key}" = n."{key}"'
        return ManyRows(text(f"UPDATE {into} SET {values} FROM {rows} WHERE {mine}"), _document)  # noqa: S608 - names only
    by_key = table.update().where(table.c[key] == bindparam(f"old_{key}"))
    statement = by_key.values({name: bindparam(f"new_{name}") for name in rest})
    return ManyRows(statement, partial(_named_apart, key))


def is_one_of(dialect: str, column: Column[str], name: str) -> ColumnElement[bool]:
    """Whether it is among the values of the parameter of that name: one array on PostgreSQL, so that the statement is
    the same, and keeps its plan, however many there are."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(Text)))
    return column.in_(bindparam(name, expanding=True))


def _named_apart(key: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parameters of an update must not be called like its columns."""
    return [{f"{'old' if name == key else 'new'}_{name}": value for name, value in row.items()} for row in rows]


def _from_document(table: Table, columns: tuple[str, ...], conflict: Conflict, returning: Column[Any] | None) -> str:
    names = ", ".join(f'"{table.c[name].name}"' for name in columns)
    into = f'"{table.name}"'
    rows = f"json_populate_recordset(CAST(NULL AS {into}), CAST(:rows AS json))"
    end = f'RETURNING "{returning.name}"' if returning is not None else ""
    return f"INSERT INTO {into} ({names}) SELECT {names} FROM {rows} {conflict.value} {end}"  # noqa: S608 - names only


def _document(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {"rows": _encode(rows)}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} cannot be stored by a document")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False).encode
