"""Which other cases belong to one: merged with it, split from it, and who sees a copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from services.desk.cases.case import Case
from services.desk.cases.machine import COPIED, SPLIT
from services.desk.tables import case_copies, case_parts, cases

MOST_MERGED = 50


@dataclass(frozen=True)
class Part:
    """`ticket` None: the complaint that it becomes is not here yet."""

    number: int
    agency: str | None
    ticket: str | None


@dataclass(frozen=True)
class SentCopy:
    agency: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Links:
    merged_into: str | None
    merged: tuple[str, ...]
    split_from: str | None
    parts: tuple[Part, ...]
    copies: tuple[SentCopy, ...]

    def __bool__(self) -> bool:
        return bool(self.merged_into or self.merged or self.split_from or self.parts or self.copies)


# Built once, as building a statement costs more than running it.
_WHICH: BindParameter[str] = bindparam("which")
_MERGED = select(cases.c.ticket).where(cases.c.joined_to == _WHICH).order_by(cases.c.received_at).limit(MOST_MERGED)
_PARTS = select(case_parts).where(case_parts.c.complaint_id == _WHICH).order_by(case_parts.c.number)
_COPIES = (
    select(case_copies).where(case_copies.c.complaint_id == _WHICH).order_by(case_copies.c.at, case_copies.c.agency)
)


def links_of(connection: Connection, case: Case) -> Links:
    mine = {"which": case.complaint_id}
    parts = connection.execute(_PARTS, mine) if case.number_of(SPLIT) else ()
    copies = connection.execute(_COPIES, mine) if case.number_of(COPIED) else ()
    return Links(
        merged_into=case.joined_ticket,
        merged=tuple(row.ticket for row in connection.execute(_MERGED, mine)),
        split_from=case.external_refs.get("split_from"),
        parts=tuple(Part(row.number, row.agency, row.child_ticket) for row in parts),
        copies=tuple(SentCopy(row.agency, row.reason, row.at) for row in copies),
    )


def outer_numbers(case: Case) -> Mapping[str, Any]:
    """Other systems' numbers of this case; how it came from another case of ours is told as a link."""
    return {system: number for system, number in case.external_refs.items() if not system.startswith("split_")}
