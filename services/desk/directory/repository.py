"""The directory of agencies in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from services.desk.tables import agencies
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new


@dataclass(frozen=True)
class Entry:
    """`places` is the level (`kelurahan`, `kecamatan`) of an office that every place has, else empty.

    `seeded` tells which state of the pack's entry was last written here. `channels` are the ways of `endpoints` in the
    order in which they are tried; empty: the usual order.
    """

    code: str
    revision: int
    name: str
    kind: str
    places: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    seeded: str = ""
    channels: list[str] = field(default_factory=list)
    language: str = ""
    reminders: bool = True

    def valid_at(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


def every(connection: Connection) -> list[Entry]:
    """All agencies, also those no longer valid, by code."""
    return [Entry(**row) for row in connection.execute(select(*agencies.c).order_by(agencies.c.code)).mappings()]


def one(connection: Connection, code: str) -> Entry | None:
    row = connection.execute(select(*agencies.c).where(agencies.c.code == code)).mappings().first()
    return None if row is None else Entry(**row)


def add(tx: Transaction, entry: Entry) -> bool:
    """False when another worker added it first."""
    return bool(insert_new(tx, agencies, [_row(entry)], agencies.c.code))


def change(tx: Transaction, entry: Entry, *, from_revision: int) -> bool:
    """False when another worker changed it first."""
    where = agencies.c.code == entry.code, agencies.c.revision == from_revision
    return tx.execute(update(agencies).where(*where).values(_row(entry))).rowcount == 1


def _row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
