"""All rows of all services about some complaints, whatever their tables are called: what a citizen may have a copy of.

Follows the columns that name a complaint, a contact or a delivery. Messages on their way are left out: they are copies
that go by themselves; so are keys of equality, which tell a reader nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, MetaData, Table, or_, select

import services.desk.tables
import services.intake.tables
import services.notifier.tables
import services.router.tables
from services.operations.installation import Installation

_METADATA: Mapping[str, MetaData] = {
    "intake": services.intake.tables.metadata,
    "router": services.router.tables.metadata,
    "notifier": services.notifier.tables.metadata,
    "desk": services.desk.tables.metadata,
}
_LEFT_OUT = frozenset(
    {"outbox", "inbox", "settlements", "timers", "audit", "case_search", "case_figures", "figures_due"}
)
_KEYS = ("contact_key", "email_key", "phone_key", "recipient_key")
_OF_COMPLAINT = ("complaint_id", "follower_id")
_UNTOLD = frozenset(
    {*_KEYS, "key", "code_hash", "message_key", "seen_key", "fingerprint", "entry_key", "lease_owner", "traceparent"}
)
_SEALED = "_sealed"
_OTHERS = "(dari orang lain)"
"""Stands for the words of somebody else that lie among these."""
Unseal = Callable[[str], str]


@dataclass(frozen=True)
class Whose:
    """`key` is the contact's; `ids` are the complaints that came with it."""

    key: str
    ids: Collection[str]


def gather(installation: Installation, whose: Whose, unseal: Unseal) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rows by service and table, as plain JSON types. `unseal` opens what is sealed, or says that it cannot."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name, member in installation.members.items():
        with member.database.read() as connection:
            tables = {
                table.name: [_told(row, whose, unseal) for row in _rows(connection, table, whose)]
                for table in _METADATA[name].sorted_tables
                if table.name not in _LEFT_OUT
            }
            for row in (row for rows in tables.values() if name == "router" for row in rows):
                row.pop("text", None)  # intake has it, apart from what others added
            tables |= _of_deliveries(connection, _METADATA[name], whose, unseal) if name == "notifier" else {}
        found[name] = {table: rows for table, rows in tables.items() if rows}
    return found


def _rows(connection: Connection, table: Table, whose: Whose) -> Iterator[dict[str, Any]]:
    columns = table.c
    wanted: list[ColumnElement[bool]] = [
        columns[name].in_(sorted(whose.ids)) for name in _OF_COMPLAINT if name in columns and whose.ids
    ]
    wanted += [columns[name] == whose.key for name in _KEYS if name in columns]
    if "ref" in columns and "complaint_id" in columns:  # what was said in the case that somebody joined
        wanted.append(columns.ref.in_([f"follower:{one}" for one in sorted(whose.ids)]))
    if not wanted:
        return
    for row in connection.execute(select(*columns).where(or_(*wanted))).mappings():
        yield dict(row)


def _of_deliveries(
    connection: Connection, metadata: MetaData, whose: Whose, unseal: Unseal
) -> dict[str, list[dict[str, Any]]]:
    """What hangs on a delivery, and not on a complaint."""
    deliveries = metadata.tables["deliveries"].c
    mine = or_(deliveries.complaint_id.in_(sorted(whose.ids)), deliveries.recipient_key == whose.key)
    ids = select(deliveries.delivery_id).where(mine)
    found = {}
    for table in metadata.sorted_tables:
        if "delivery_id" in table.c and "complaint_id" not in table.c:
            rows = connection.execute(select(*table.c).where(table.c.delivery_id.in_(ids))).mappings()
            found[table.name] = [_told(dict(row), whose, unseal) for row in rows]
    return found


def _told(row: dict[str, Any], whose: Whose, unseal: Unseal) -> dict[str, Any]:
    if _is_of_another(row, whose):
        row = {
            **row,
            **{name: _OTHERS for name in ("text", "masked", "about", "place_detail", "photos") if name in row},
        }
    return {
        name.removesuffix(_SEALED): _plain(name, value, unseal) for name, value in row.items() if name not in _UNTOLD
    }


def _is_of_another(row: Mapping[str, Any], whose: Whose) -> bool:
    """What somebody added who only joined: in intake, and in the desk's contents."""
    ref = str(row.get("ref", ""))
    if ref.startswith("follower:"):
        return ref.removeprefix("follower:") not in whose.ids
    return row.get("by_sender") is False or (row.get("about") or {}).get("by_sender") is False


def _plain(name: str, value: Any, unseal: Unseal) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return f"<{len(bytes(value))} bytes>"
    if name.endswith(_SEALED) and value:
        return unseal(value)
    return value
