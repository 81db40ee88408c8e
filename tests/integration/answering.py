"""A complaint whose agency has answered, as intake hears it from the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from services.intake.handlers import IntakeHandlers
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAnswered, CaseClosed
from shared.contracts.envelope import Envelope
from shared.storage.database import Database
from tests.unit.intake.building import HeldClock, small_city

ANSWER = "Lampu diganti pagi ini.\n\nTerima kasih <b>Bu Siti</b>, tlp 0812-3456-7890."


class Built(Protocol):
    """Intake, or only its mail side."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> HeldClock: ...
    @property
    def door(self) -> Any: ...
    def said(self) -> list[Any]: ...


def hear(built: Built, *events: Any, asks: bool = True) -> None:
    pack = replace(small_city(), notifications=Notifications(ask_satisfaction=asks))
    table = IntakeHandlers(pack, built.door).table()
    for event in events:
        with built.database.write() as tx:
            table[event.TYPE](tx, Envelope.of(event, source="test", time=built.clock.now()))


def about(built: Built, complaint_id: str, revision: int) -> dict[str, Any]:
    received = next(one for one in built.said() if one.TYPE == "complaint.received.v1" and one.subject == complaint_id)
    names = ("complaint_id", "ticket", "text", "channel", "kind", "identity", "place", "contact_ref", "received_at")
    return {**{name: getattr(received, name) for name in names}, "revision": revision, "assignment": 1}


def answered(built: Built, complaint_id: str, *, revision: int = 3, number: int = 1, **more: Any) -> CaseAnswered:
    usual = {"answer": ANSWER, "agency": "DISHUB", "answered_at": built.clock.now()}
    return CaseAnswered(**about(built, complaint_id, revision), number=number, **{**usual, **more})


def closed(built: Built, complaint_id: str, *, revision: int = 4, number: int = 1, **more: Any) -> CaseClosed:
    usual = {"reason": "", "agency": "DISHUB", "closed_at": built.clock.now()}
    return CaseClosed(**about(built, complaint_id, revision), number=number, **{**usual, **more})


def settle(built: Built, complaint_id: str, **more: Any) -> None:
    """Answered and closed a day after it came."""
    built.clock.moment += timedelta(days=1)
    hear(built, answered(built, complaint_id), closed(built, complaint_id), **more)
