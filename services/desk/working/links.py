"""Which other cases belong to one: merged with it, split from it, and who sees a copy of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from services.desk.cases.case import Case
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


def links_of(connection: Connection, case: Case) -> Links:
    mine = cases.c.joined_to == case.complaint_id
    merged = connection.execute(select(cases.c.ticket).where(mine).order_by(cases.c.received_at).limit(MOST_MERGED))
    parts = select(*case_parts.c).where(case_parts.c.complaint_id == case.complaint_id).order_by(case_parts.c.number)
    copies = select(*case_copies.c).where(case_copies.c.complaint_id == case.complaint_id)
    return Links(
        merged_into=case.joined_ticket,
        merged=tuple(row.ticket for row in merged),
        split_from=case.external_refs.get("split_from"),
        parts=tuple(Part(row.number, row.agency, row.child_ticket) for row in connection.execute(parts)),
        copies=tuple(
            SentCopy(row.agency, row.reason, row.at)
            for row in connection.execute(copies.order_by(case_copies.c.at, case_copies.c.agency))
        ),
    )


def outer_numbers(case: Case) -> Mapping[str, Any]:
    """Other systems' numbers of this case; how it came from another case of ours is told as a link."""
    return {system: number for system, number in case.external_refs.items() if not system.startswith("split_")}
