"""Drafts in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from services.router.proposing.draft import Draft, Heading
from services.router.tables import audit, drafts
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

_HEADING = tuple(Heading.__dataclass_fields__)
_COLUMNS = [drafts.c[name] for name in _HEADING]


def find(connection: Connection, draft_id: str) -> Draft | None:
    row = connection.execute(select(*drafts.c).where(drafts.c.draft_id == draft_id)).mappings().first()
    return None if row is None else _draft(row)


def lock(tx: Transaction, draft_id: str) -> Draft | None:
    """The draft as it is, and nobody else changes it until this transaction ends."""
    chosen = select(*drafts.c).where(drafts.c.draft_id == draft_id).with_for_update()
    row = tx.execute(chosen).mappings().first()
    return None if row is None else _draft(row)


def add(tx: Transaction, draft: Draft) -> bool:
    """False when there is one with this id already."""
    return bool(insert_new(tx, drafts, [_row(draft)], drafts.c.draft_id))


def change(tx: Transaction, draft: Draft) -> None:
    tx.execute(update(drafts).where(drafts.c.draft_id == draft.heading.draft_id).values(_row(draft)))


def newest(connection: Connection, states: Sequence[str], most: int = 200) -> list[Heading]:
    """Those in one of the states, the one that was changed last first."""
    chosen = select(*_COLUMNS).where(drafts.c.state.in_(states))
    rows = connection.execute(chosen.order_by(drafts.c.changed_at.desc(), drafts.c.draft_id).limit(most)).mappings()
    return [Heading(**row) for row in rows]


def acts_on(connection: Connection, draft_id: str, most: int = 500) -> list[dict[str, Any]]:
    """Who did what to it, the oldest first."""
    columns = audit.c.at, audit.c.actor, audit.c.role, audit.c.act, audit.c.reason, audit.c.details
    chosen = select(*columns).where(audit.c.subject == draft_id).order_by(audit.c.seq.desc()).limit(most)
    return [dict(row) for row in reversed(connection.execute(chosen).mappings().all())]


def _row(draft: Draft) -> dict[str, Any]:
    told = {name: getattr(draft.heading, name) for name in _HEADING}
    return told | {"files": dict(draft.files), "base_files": dict(draft.base_files)}


def _draft(row: RowMapping) -> Draft:
    heading = Heading(**{name: row[name] for name in _HEADING})
    return Draft(heading, dict(row["files"]), dict(row["base_files"]))
