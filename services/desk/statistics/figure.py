"""The facts of one case that are counted. Pure: made of the case, its clocks and its timeline, never of its words.

So they are the same whenever they are made, and stay when words, photos and contact are deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.desk.cases import machine
from services.desk.cases.case import Case, Happening
from services.desk.deadlines.clocks import MET, RUNNING, Clock
from shared.city_deadlines import RESPOND, SETTLE

RATED = "rated"
TOLD_BY = (machine.ANSWER, machine.CLOSING, RATED)
"""The acts of the timeline that say something to be counted."""
OFFICES_OF_PLACES = ("KELURAHAN", "KECAMATAN")
"""Codes that stand for one office in each place."""


@dataclass(frozen=True, slots=True)
class Figure:
    """`month` and `day` are those of the receipt in the city's time zone; `office` is the agency, with its place where
    each place has one of its own.

    `answer_seconds` runs from the receipt to the first answer (a closing without one counts as such), `close_seconds`
    to the closing that holds; both in elapsed time, nights and holidays included. `respond_in_time` and
    `settle_in_time` follow the clocks, which count working days: None while none of them is over. `due_at` is when a
    clock that still runs will make one of them False.
    """

    complaint_id: str
    ticket: str
    month: str
    day: str
    office: str
    agency: str
    kind: str
    channel: str
    kecamatan: str
    kelurahan: str
    confidential: bool
    state: str
    answer_seconds: int | None
    close_seconds: int | None
    respond_in_time: bool | None
    settle_in_time: bool | None
    reopened: int
    rating: int | None
    due_at: datetime | None


def figure_of(
    case: Case, clocks: Sequence[Clock], events: Iterable[Happening], zone: ZoneInfo, now: datetime
) -> Figure:  # fmt: skip
    """`events` may be all of its timeline, in any order, or only those of `TOLD_BY`."""
    told = sorted(events, key=lambda event: event.at)
    answers = [event.at for event in told if event.act in (machine.ANSWER, machine.CLOSING)]
    closings = [event.at for event in told if event.act == machine.CLOSING]
    local = case.received_at.astimezone(zone)
    respond, settle = ([one for one in clocks if one.name == name] for name in (RESPOND, SETTLE))
    return Figure(
        complaint_id=case.complaint_id,
        ticket=case.ticket,
        month=f"{local:%Y-%m}",
        day=f"{local:%Y-%m-%d}",
        office=office_of(case.agency, case.kecamatan, case.kelurahan),
        agency=case.agency or "",
        kind=case.kind,
        channel=case.channel,
        kecamatan=case.kecamatan or "",
        kelurahan=case.kelurahan or "",
        confidential=case.identity == "confidential",
        state=case.state,
        answer_seconds=_seconds(case, answers[:1]),
        close_seconds=_seconds(case, closings[-1:]) if case.state == machine.CLOSED else None,
        respond_in_time=_in_time(respond, now),
        settle_in_time=_in_time(settle, now),
        reopened=case.number_of(machine.REOPENED),
        rating=_rating(told),
        due_at=min((one.due_at for one in (*respond, *settle) if _will_be_late(one, now)), default=None),
    )


def office_of(agency: str | None, kecamatan: str | None, kelurahan: str | None) -> str:
    """The agency, with its place if each place has an office of that name; empty: nobody is in charge."""
    place = {"KELURAHAN": kelurahan, "KECAMATAN": kecamatan}.get(agency or "")
    return f"{agency} {place}" if place else (agency or "")


def _seconds(case: Case, moments: Sequence[datetime]) -> int | None:
    return max(0, int((moments[0] - case.received_at).total_seconds())) if moments else None


def _in_time(clocks: Sequence[Clock], now: datetime) -> bool | None:
    if any(one.is_late(now) for one in clocks):
        return False
    return True if any(one.state == MET for one in clocks) else None


def _will_be_late(clock: Clock, now: datetime) -> bool:
    return clock.state == RUNNING and clock.due_at >= now


def _rating(told: Sequence[Happening]) -> int | None:
    """The last one: who rates again has changed his mind."""
    ratings = [event.data for event in told if event.act == RATED]
    return int(max(ratings, key=lambda data: data.get("number", 0))["score"]) if ratings else None
