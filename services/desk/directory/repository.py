"""The directory of agencies in the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from services.desk.tables import agencies, agency_versions
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new


@dataclass(frozen=True)
class Entry:
    """`places` is the level (`kelurahan`, `kecamatan`) of an office that every place has, else empty.

    `channels` are the ways of `endpoints` in the order in which they are tried; empty: the usual order. It is valid
    from `valid_from` until just before `valid_to`; `successor` is the code of who takes over then, empty: nobody.
    `public_contact` tells citizens how to reach it. `pack` holds what the pack said last, field by field, and `seeded`
    the fingerprint of that; both are no part of what the agency is.
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
    public_contact: str = ""
    successor: str = ""
    pack: dict[str, Any] = field(default_factory=dict)

    def valid_at(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


_ONE = select(agencies).where(agencies.c.code == bindparam("which"))  # built once: that costs more than running it


def every(connection: Connection) -> list[Entry]:
    """All agencies, also those no longer valid, by code."""
    return [Entry(**row) for row in connection.execute(select(agencies).order_by(agencies.c.code)).mappings()]


def one(connection: Connection, code: str) -> Entry | None:
    row = connection.execute(_ONE, {"which": code}).mappings().first()
    return None if row is None else Entry(**row)


def hold(tx: Transaction, code: str) -> None:
    """Whoever holds the same agency waits until this transaction ends."""
    tx.execute(select(agencies.c.code).where(agencies.c.code == code).with_for_update())


def external(connection: Connection) -> frozenset[str]:
    """The codes of the bodies outside the city."""
    rows = connection.execute(select(agencies.c.code).where(agencies.c.kind == "external"))
    return frozenset(row.code for row in rows)


def add(tx: Transaction, entry: Entry) -> bool:
    """False when another worker added it first."""
    return bool(insert_new(tx, agencies, [_row(entry)], agencies.c.code))


def change(tx: Transaction, entry: Entry, *, from_revision: int) -> bool:
    """False when another worker changed it first."""
    where = agencies.c.code == entry.code, agencies.c.revision == from_revision
    return tx.execute(update(agencies).where(*where).values(_row(entry))).rowcount == 1


@dataclass(frozen=True)
class Version:
    """What an agency was in one revision: `document` as `facts_of` made it, since `at`, by whom."""

    code: str
    revision: int
    at: datetime
    actor: str
    document: dict[str, Any]


def facts_of(entry: Entry) -> dict[str, Any]:
    """All that people may know of it, as JSON takes it."""
    left_out = ("code", "revision", "seeded", "pack")
    facts = {name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name not in left_out}
    return facts | {name: facts[name] and facts[name].isoformat() for name in ("valid_from", "valid_to")}


def keep_version(tx: Transaction, entry: Entry, at: datetime, actor: str) -> None:
    row = {"code": entry.code, "revision": entry.revision, "at": at, "actor": actor, "document": facts_of(entry)}
    insert_new(tx, agency_versions, [row], agency_versions.c.revision)


def versions(connection: Connection, code: str, *, since: int = 0, most: int = 1000) -> list[Version]:
    """Of revision `since` and later, the newest first. What an older program changed has none."""
    statement = select(*agency_versions.c).where(agency_versions.c.code == code, agency_versions.c.revision >= since)
    rows = connection.execute(statement.order_by(agency_versions.c.revision.desc()).limit(most)).mappings()
    return [Version(**row) for row in rows]


def _row(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
