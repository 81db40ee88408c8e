"""Seals, heads and the sealer's progress in the desk's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from services.desk.auditing.chain import Head, Seal
from services.desk.tables import audit_heads, audit_sealing, audit_seals
from shared.storage.database import Transaction
from shared.storage.leases import is_free
from shared.storage.upsert import insert_new, upsert

_CHAIN = "chain"
_MAIL = "mail"
_SEAL = select(*audit_seals.c)


@dataclass(frozen=True)
class Progress:
    """How far one service is sealed; `problem` is empty when nothing keeps the sealer from it."""

    service: str
    seen_until: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class DayHead:
    day: date
    n: int
    mac: str
    made_at: datetime


def take_turn(tx: Transaction, owner: str, now: datetime, seconds: float) -> bool:
    """Whether `owner` is the one who seals, for so long from now; the chain is held until the transaction ends."""
    table = audit_sealing
    insert_new(tx, table, [{"service": _CHAIN, "problem": ""}], table.c.service)
    mine = or_(is_free(table, now), table.c.lease_owner == owner)
    values = {"lease_owner": owner, "lease_until": now + timedelta(seconds=seconds)}
    statement = update(table).where(table.c.service == _CHAIN, mine).values(values)
    return tx.execute(statement.returning(table.c.service)).first() is not None


def head(connection: Connection) -> Head:
    statement = select(audit_seals.c.n, audit_seals.c.mac).order_by(audit_seals.c.n.desc()).limit(1)
    row = connection.execute(statement).first()
    return Head() if row is None else Head(int(row[0]), row[1])


def last_seq(connection: Connection, service: str) -> int:
    """The highest number of a sealed row of the service; 0 when there is none."""
    statement = select(func.max(audit_seals.c.seq)).where(audit_seals.c.service == service)
    return int(connection.execute(statement).scalar_one() or 0)


def sealed(connection: Connection, service: str, seqs: Sequence[int]) -> set[int]:
    """Those of the numbers that are sealed."""
    mine = audit_seals.c.service == service, audit_seals.c.seq.in_(seqs)
    return set(connection.execute(select(audit_seals.c.seq).where(*mine)).scalars())


def gaps(connection: Connection, service: str, since: datetime, most_back: int) -> list[tuple[int, int]]:
    """Stretches of numbers without a seal, first and last, below the highest sealed one; the lowest first.

    Only those above what was sealed before `since`, and at most `most_back` numbers below the highest.
    """
    seals, top = audit_seals.c, last_seq(connection, service)
    old = select(seals.seq).where(seals.service == service, seals.sealed_at < since)
    below = connection.execute(old.order_by(seals.seq.desc()).limit(1)).scalar()
    floor = max(int(below or 0), top - most_back)
    before = func.lag(seals.seq, 1, floor).over(order_by=seals.seq)
    ordered = select(seals.seq, before.label("before")).where(seals.service == service, seals.seq > floor).subquery()
    jumps = select(ordered).where(ordered.c.seq > ordered.c.before + 1).order_by(ordered.c.seq)
    return [(int(row.before) + 1, int(row.seq) - 1) for row in connection.execute(jumps)]


def add(tx: Transaction, seals: Sequence[Seal]) -> None:
    if seals:
        tx.execute(audit_seals.insert(), [dict(vars(seal)) for seal in seals])


def progress(connection: Connection) -> dict[str, Progress]:
    """By service."""
    table = audit_sealing.c
    rows = connection.execute(select(table.service, table.seen_until, table.problem))
    return {row.service: Progress(*row) for row in rows if row.service not in (_CHAIN, _MAIL)}


def keep_progress(tx: Transaction, kept: Progress) -> None:
    upsert(tx, audit_sealing, asdict(kept), key=("service",))


def add_head(tx: Transaction, made: DayHead) -> bool:
    """False when the day has one."""
    return bool(insert_new(tx, audit_heads, [asdict(made)], audit_heads.c.day))


def heads(connection: Connection, most: int) -> list[DayHead]:
    """The newest first."""
    statement = select(*audit_heads.c).order_by(audit_heads.c.day.desc()).limit(most)
    return [DayHead(**row) for row in connection.execute(statement).mappings()]


def count_late(connection: Connection, after: int, up_to: int) -> int:
    """Of the seals above `after`."""
    mine = audit_seals.c.late.is_(True), audit_seals.c.n > after, audit_seals.c.n <= up_to
    return int(connection.execute(select(func.count()).where(*mine)).scalar_one())


def seals_after(connection: Connection, after: int, up_to: int, limit: int) -> list[Seal]:
    """In the order of the chain."""
    mine = audit_seals.c.n > after, audit_seals.c.n <= up_to
    return _seals(connection, _SEAL.where(*mine).order_by(audit_seals.c.n).limit(limit))


def seals_of_rows(connection: Connection, service: str, above: int, limit: int) -> list[Seal]:
    """The seals of the service's rows above that number, by number of row."""
    mine = audit_seals.c.service == service, audit_seals.c.seq > above
    return _seals(connection, _SEAL.where(*mine).order_by(audit_seals.c.seq).limit(limit))


def seal(connection: Connection, n: int) -> Seal | None:
    return next(iter(_seals(connection, _SEAL.where(audit_seals.c.n == n))), None)


def seals_of(connection: Connection, service: str, seqs: Sequence[int]) -> dict[int, Seal]:
    """By number of row."""
    mine = audit_seals.c.service == service, audit_seals.c.seq.in_(seqs)
    return {one.seq: one for one in _seals(connection, _SEAL.where(*mine))}


def _seals(connection: Connection, statement: Any) -> list[Seal]:
    return [Seal(**row) for row in connection.execute(statement).mappings()]
