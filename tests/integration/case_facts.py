"""Facts of the desk about a complaint that intake took, and a way to let intake hear them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.intake.handlers import IntakeHandlers
from shared.city import Agency, CityPack
from shared.contracts.case import (
    CaseAcknowledged,
    CaseArchived,
    CaseAsked,
    CaseAssigned,
    CaseMerged,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSplit,
    CaseWithdrawn,
)
from shared.contracts.complaint import ComplaintReceived, ComplaintRouted
from shared.contracts.envelope import Envelope
from tests.unit.intake.building import Intake, small_city

_ABOUT = (
    "complaint_id", "ticket", "text", "channel", "kind", "identity", "place", "contact_ref", "received_at",
    "attachments",
)  # fmt: skip
_DECISION: dict[str, Any] = {
    "outcome": "routed", "reason": "rules", "agency": "DISHUB", "also": [], "score": 10, "margin": 5, "reasons": [],
    "alternatives": [], "place": None, "ruleset": "r1",
}  # fmt: skip


def city() -> CityPack:
    pack = small_city()
    return replace(pack, agencies=(*pack.agencies, Agency("BPN", "Kantor Pertanahan", "external")))


def hear(built: Intake, *facts: Any) -> None:
    table = IntakeHandlers(city(), built.door).table()
    for fact in facts:
        with built.database.write() as tx:
            table[fact.TYPE](tx, Envelope.of(fact, source="test", time=built.clock.now()))


class Case:
    """Makes the desk's facts about one complaint. Each method takes the revision and whatever else is to differ."""

    def __init__(self, built: Intake, complaint_id: str) -> None:
        self.now = built.clock.now()
        received = (fact for fact in built.said() if isinstance(fact, ComplaintReceived))
        fact = next(one for one in received if one.complaint_id == complaint_id)
        self.about = {name: getattr(fact, name) for name in _ABOUT}

    def routed(self, revision: int, agency: str = "DISHUB", assignment: int = 1) -> ComplaintRouted:
        decision: Any = {**_DECISION, "agency": agency}
        return ComplaintRouted(
            **self.about, revision=revision, decision=decision, agency=agency, assignment=assignment, routed_at=self.now
        )

    def assigned(self, revision: int, agency: str = "DISHUB", assignment: int = 1) -> CaseAssigned:
        return CaseAssigned(
            **self.about, revision=revision, agency=agency, assignment=assignment, assigned_at=self.now, reason="dapur"
        )

    def acknowledged(self, assignment: int = 1, agency: str = "DISHUB") -> CaseAcknowledged:
        return CaseAcknowledged(
            complaint_id=self.about["complaint_id"], ticket=self.about["ticket"], agency=agency, assignment=assignment,
            acknowledged_at=self.now,
        )  # fmt: skip

    def asked(self, revision: int, number: int = 1, question: str = "Lampu yang mana?") -> CaseAsked:
        return CaseAsked(
            **self.about, revision=revision, agency="DISHUB", number=number, question=question, asked_at=self.now,
            until=self.now + timedelta(days=10),
        )  # fmt: skip

    def resumed(self, revision: int, state: str = "in_progress") -> CaseResumed:
        return CaseResumed(**self.about, revision=revision, agency="DISHUB", number=1, state=state, resumed_at=self.now)

    def withdrawn(self, revision: int) -> CaseWithdrawn:
        return CaseWithdrawn(**self.about, revision=revision, agency=None, number=1, withdrawn_at=self.now)

    def archived(self, revision: int, why: str = "incomplete", agency: str | None = None) -> CaseArchived:
        return CaseArchived(
            **self.about, revision=revision, agency=agency, number=revision, why=why, reason="Catatan.",
            archived_at=self.now,
        )  # fmt: skip

    def returned(self, revision: int) -> CaseReturned:
        return CaseReturned(
            **self.about, revision=revision, agency="DISHUB", assignment=1, reason="bukan kami", returned_at=self.now
        )

    def reopened(self, revision: int, agency: str | None = "DISHUB", role: str = "coordinator") -> CaseReopened:
        return CaseReopened(
            **self.about, revision=revision, agency=agency, assignment=1, number=revision, reason="dapur", role=role,
            reopened_at=self.now,
        )  # fmt: skip

    def merged(self, revision: int, into: Any) -> CaseMerged:
        return CaseMerged(
            **self.about, revision=revision, into=into.complaint_id, into_ticket=into.ticket, reason="sama",
            merged_at=self.now,
        )  # fmt: skip

    def split(self, revision: int, part: str = "Selokan juga mampet.", part_id: str = "part-1") -> CaseSplit:
        return CaseSplit(
            **self.about, revision=revision, part_id=part_id, number=1, part=part, agency=None, split_at=self.now
        )
