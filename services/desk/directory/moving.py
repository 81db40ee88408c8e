"""The open cases of an agency that ended go to its successor: one act of a coordinator, many small transactions."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, select

from services.desk import repository as case_rows
from services.desk.cases.case import Case
from services.desk.cases.machine import SETTLED
from services.desk.directory import repository as agencies
from services.desk.directory.repository import Entry
from services.desk.tables import cases
from shared.errors import Refused
from shared.sentences import sentence
from shared.service import Spine

MOST_REASON = 500
_SETTLED_STATES = sorted(SETTLED)
_SECONDS, _MOST = 5.0, 100_000
HandOver = Callable[[Case, str, str], bool]
"""Gives a case to an agency for a reason, in a transaction of its own; False when it is no longer as it was seen."""


@dataclass(frozen=True)
class Progress:
    """`moved` in this call; `left` still wait for the next; `unplaced` cannot go where every place has an office of
    its own, since nobody knows their place: a person decides on each."""

    moved: int
    left: int
    unplaced: int


def count_open(connection: Connection, agency: str = "") -> dict[str, int]:
    """Open cases by agency: of all agencies, or of one."""
    mine = _open_of(agency) if agency else cases.c.state.notin_(_SETTLED_STATES)
    counted = select(cases.c.agency, func.count()).where(mine, cases.c.agency.is_not(None)).group_by(cases.c.agency)
    return {str(row[0]): int(row[1]) for row in connection.execute(counted)}


def open_tickets(connection: Connection, agency: str, most: int) -> list[str]:
    """The oldest first."""
    statement = select(cases.c.ticket).where(_open_of(agency)).order_by(cases.c.received_at, cases.c.complaint_id)
    return [row.ticket for row in connection.execute(statement.limit(most))]


def move_open(
    spine: Spine, hand_over: HandOver, code: str, to: str, reason: str, *, seconds: float = _SECONDS
) -> Progress:
    """Hands over for `seconds` at most, each case in a transaction of its own; call it again for the rest.

    A case that somebody else settled or gave away meanwhile is left alone, so nothing is moved twice. Raises `Refused`
    with a sentence for each field that cannot be taken.
    """
    target = _checked(spine, code, to, reason)
    until, moved, unplaced = time.monotonic() + seconds, 0, 0
    with spine.database.read() as connection:
        tickets = open_tickets(connection, code, _MOST)
    for done, ticket in enumerate(tickets):
        if time.monotonic() >= until:
            return Progress(moved, len(tickets) - done, unplaced)
        with spine.database.read() as connection:
            case = case_rows.by_ticket(connection, ticket)
        if case is None or case.agency != code or case.state in SETTLED:
            continue
        if target.places and not getattr(case, target.places):
            unplaced += 1
            continue
        moved += hand_over(case, target.code, reason.strip())
    return Progress(moved, 0, unplaced)


def _checked(spine: Spine, code: str, to: str, reason: str) -> Entry:
    with spine.database.read() as connection:
        target = agencies.one(connection, to)
    problems: dict[str, str] = {}
    if target is None or to == code or not target.valid_at(spine.clock.now()):
        problems["to"] = sentence("Pilih instansi lain yang berlaku sekarang.")
    if not reason.strip() or len(reason) > MOST_REASON:
        problems["reason"] = sentence("Tulis alasan, paling panjang %(most)s huruf.", most=MOST_REASON)
    if problems or target is None:
        raise Refused(sentence("Laporan belum dipindahkan."), code="moving_refused", fields=problems)
    return target


def _open_of(agency: str) -> ColumnElement[bool]:
    return and_(cases.c.agency == agency, cases.c.state.notin_(_SETTLED_STATES))
