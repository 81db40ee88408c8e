"""What intake does with what it hears: the timeline and the status that citizens see.

Applied by revision: the facts may come in any order and more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake import repository, repository_answers, wording
from shared.city import CityPack
from shared.contracts.case import BY_RULES, CaseAnswered, CaseAssigned, CaseClosed
from shared.contracts.complaint import ComplaintRouted, ComplaintUnrouted
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.errors import Rejected
from shared.messaging.handling import Handler
from shared.storage.database import Transaction


@dataclass(frozen=True)
class IntakeHandlers:
    pack: CityPack

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintRouted.TYPE: self.note_routed,
            ComplaintUnrouted.TYPE: self.note_unrouted,
            CaseAssigned.TYPE: self.note_assigned,
            CaseAnswered.TYPE: self.note_answered,
            CaseClosed.TYPE: self.note_closed,
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        repository.look_up(tx, [envelope.event.complaint_id for envelope in envelopes])

    def note_routed(self, tx: Transaction, envelope: Envelope) -> None:
        fact: ComplaintRouted = envelope.event
        found = fact.decision.get("place") or {}
        place = Place(found.get("kecamatan"), found.get("kelurahan")) if found else fact.place
        name = self.agency_name(fact.agency, place)
        step = _Step(fact.complaint_id, fact.revision, "routed", fact.routed_at or envelope.time)
        _apply(tx, step, wording.routed_note(name), status="routed", agency=fact.agency, agency_name=name)

    def note_unrouted(self, tx: Transaction, envelope: Envelope) -> None:
        fact: ComplaintUnrouted = envelope.event
        step = _Step(fact.complaint_id, fact.revision, "triage", fact.decided_at or envelope.time)
        _apply(tx, step, wording.TRIAGE_NOTE, status="triage", agency=None, agency_name=None)

    def note_assigned(self, tx: Transaction, envelope: Envelope) -> None:
        """The coordinator's reason is for the agency; the citizen reads who is in charge now."""
        fact: CaseAssigned = envelope.event
        name = self.agency_name(fact.agency, fact.place)
        step = _Step(fact.complaint_id, fact.revision, "assigned", fact.assigned_at or envelope.time)
        note = wording.routed_note(name) if fact.role == BY_RULES else wording.assigned_note(name)
        _apply(tx, step, note, status="routed", agency=fact.agency, agency_name=name)

    def note_answered(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseAnswered = envelope.event
        name = self.agency_name(fact.agency, fact.place)
        step = _Step(fact.complaint_id, fact.revision, f"answered.{fact.number}", fact.answered_at)
        status = _unless_contested(tx, step, "answered")
        _apply(tx, step, wording.answered_note(name), status=status, agency=fact.agency, agency_name=name)
        repository_answers.add(tx, fact.complaint_id, step.event, fact.answer, fact.answered_at)

    def note_closed(self, tx: Transaction, envelope: Envelope) -> None:
        """The first time, the sender is asked how content he or she is; the notifier writes that."""
        fact: CaseClosed = envelope.event
        name = self.agency_name(fact.agency, fact.place) if fact.agency else self.pack.city.name
        step = _Step(fact.complaint_id, fact.revision, f"closed.{fact.number}", fact.closed_at)
        status = _unless_contested(tx, step, "closed")
        _apply(tx, step, wording.closed_note(name), status=status, agency=fact.agency, agency_name=name)
        if fact.reason:
            repository_answers.add(tx, fact.complaint_id, step.event, fact.reason, fact.closed_at)
        if fact.number == 1 and self.pack.notifications.ask_satisfaction:
            repository_answers.ask_rating(tx, fact.complaint_id, fact.closed_at)

    def agency_name(self, code: str, place: Place) -> str:
        """The agency's name for citizens; an office that every place has is named with its place."""
        agency = self.pack.agency(code)
        if agency is None:
            return code
        of_place = {"kelurahan": place.kelurahan, "kecamatan": place.kecamatan}.get(agency.places)
        if not of_place or of_place in agency.name:
            return agency.name
        return f"{agency.places.capitalize()} {of_place}"


@dataclass(frozen=True)
class _Step:
    complaint_id: str
    revision: int
    event: str
    at: datetime


def _unless_contested(tx: Transaction, step: _Step, status: str) -> str:
    """Whoever said meanwhile that it is not solved has it opened again at the desk."""
    contested = repository_answers.is_contested(tx.connection, step.complaint_id, step.at)
    return "in_progress" if contested else status


def _apply(
    tx: Transaction, step: _Step, note: str, *, status: str, agency: str | None, agency_name: str | None
) -> None:
    if not repository.is_known(tx, step.complaint_id):
        raise Rejected(f"no complaint {step.complaint_id} is known here", code="unknown_complaint")
    entry = {"complaint_id": step.complaint_id, "revision": step.revision, "event": step.event, "note": note}
    repository.add_to_timeline(tx, {**entry, "at": step.at})
    repository.apply_status(tx, step.complaint_id, step.revision, status=status, agency=agency, agency_name=agency_name)
