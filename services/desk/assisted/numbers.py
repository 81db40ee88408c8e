"""Which case has a number of SP4N-LAPOR!, also one that was added at the desk, of which intake knows nothing."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Text, cast, select

from services.desk.tables import cases
from shared.contracts.fields import SP4N

_NUMBER = re.compile(r"[0-9]{4,15}", re.ASCII)


def ticket_with_number(connection: Connection, typed: str) -> str | None:
    """The oldest case's ticket. Looks through all cases: it is asked only for an entry that brings a number."""
    number = typed.replace(" ", "").removeprefix("#")
    if not _NUMBER.fullmatch(number):
        return None
    has_it = cast(cases.c.external_refs, Text).like(f'%"{SP4N}": "{number}"%')
    statement = select(cases.c.ticket).where(has_it).order_by(cases.c.received_at, cases.c.complaint_id).limit(1)
    return connection.execute(statement).scalar_one_or_none()
