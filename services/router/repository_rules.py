"""Rule sets in the database: their files, which was activated when by whom, and which routers follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from services.router.tables import activations, adoptions, rulesets
from shared.storage.database import Transaction
from shared.storage.upsert import insert_new

NEW, SAME, REWORDED = "new", "same", "reworded"
TAKEN, REFUSED = "taken", "refused"
_ADOPTIONS_KEPT = timedelta(days=90)
_NEWEST = activations.c.number.desc()


@dataclass(frozen=True, slots=True)
class Activation:
    number: int
    ruleset: str
    at: datetime
    actor: str
    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A rule set without its files."""

    ruleset: str
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """A router process met an activation: `taken`, or `refused` with the reason."""

    number: int
    ruleset: str
    process: str
    at: datetime
    outcome: str
    detail: str


def in_force(connection: Connection) -> Activation | None:
    """The newest activation. One row by its key: cheap enough to ask often."""
    row = connection.execute(select(*activations.c).order_by(_NEWEST).limit(1)).mappings().first()
    return None if row is None else Activation(**row)


def history(connection: Connection, most: int = 1000) -> list[Activation]:
    """Activations, the newest first."""
    rows = connection.execute(select(*activations.c).order_by(_NEWEST).limit(most)).mappings()
    return [Activation(**row) for row in rows]


def activate(tx: Transaction, activation: Activation) -> bool:
    """False when somebody else activated something at the same moment."""
    row = {name: getattr(activation, name) for name in Activation.__dataclass_fields__}
    return bool(insert_new(tx, activations, [row], activations.c.number))


def store(tx: Transaction, ruleset: str, files: dict[str, str], *, now: datetime, by: str) -> str:
    """Keeps a set: `new`, `same`, or `reworded` when only what decides nothing (comments, examples) is different."""
    row: dict[str, Any] = {"ruleset": ruleset, "files": files, "imported_at": now, "imported_by": by}
    if insert_new(tx, rulesets, [row], rulesets.c.ruleset):
        return NEW
    if files_of(tx.connection, ruleset) == files:
        return SAME
    tx.execute(update(rulesets).where(rulesets.c.ruleset == ruleset).values(files=files))
    return REWORDED


def files_of(connection: Connection, ruleset: str) -> dict[str, str] | None:
    row = connection.execute(select(rulesets.c.files).where(rulesets.c.ruleset == ruleset)).first()
    return None if row is None else dict(row[0])


def stored(connection: Connection) -> list[Stored]:
    """Every set, the newest first."""
    columns = rulesets.c.ruleset, rulesets.c.imported_at, rulesets.c.imported_by
    ordered = select(*columns).order_by(rulesets.c.imported_at.desc(), rulesets.c.ruleset)
    return [Stored(*row) for row in connection.execute(ordered)]


def beginning_with(connection: Connection, prefix: str) -> list[str]:
    """Ids of sets that begin so."""
    wanted = rulesets.c.ruleset.startswith(prefix, autoescape=True)
    return [str(row[0]) for row in connection.execute(select(rulesets.c.ruleset).where(wanted).order_by("ruleset"))]


def report(tx: Transaction, adoption: Adoption) -> None:
    """Writes down that a process took or refused an activation, and forgets reports of long ago."""
    tx.execute(delete(adoptions).where(adoptions.c.at < adoption.at - _ADOPTIONS_KEPT))
    tx.execute(adoptions.insert(), {name: getattr(adoption, name) for name in Adoption.__dataclass_fields__})


def adoptions_of(connection: Connection, number: int) -> list[Adoption]:
    """The newest report of each process about this activation."""
    newest = select(func.max(adoptions.c.seq)).where(adoptions.c.number == number).group_by(adoptions.c.process)
    columns = [adoptions.c[name] for name in Adoption.__dataclass_fields__]
    chosen = select(*columns).where(adoptions.c.seq.in_(newest)).order_by(adoptions.c.seq)
    return [Adoption(**row) for row in connection.execute(chosen).mappings()]
