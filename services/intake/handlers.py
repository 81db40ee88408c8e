"""What intake does with what it hears: the timeline and the status that citizens see.

Applied by revision: the facts may come in any order and more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake import (
    progress,
    repository,
    repository_answer_photos,
    repository_answers,
    repository_open_data,
    wording,
)
from services.intake.accept import Door
from services.intake.mergers import Mergers
from services.intake.progress import REFERRED, Names, Standing, Step
from services.intake.published import PublishedFacts
from services.intake.splits import Splits
from services.intake.states import CaseStates
from shared.city import CityPack
from shared.contracts.case import BY_RULES, CaseAnswered, CaseAssigned, CaseClosed, CaseMerged, CaseSplit
from shared.contracts.complaint import ComplaintRouted, ComplaintUnrouted
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.contracts.statistics import StatisticsPublished
from shared.messaging.handling import Handler
from shared.storage.database import Transaction

BY_ITSELF = "system"
"""The role of a closing that no person did."""


@dataclass(frozen=True)
class IntakeHandlers:
    pack: CityPack
    door: Door

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintRouted.TYPE: self.note_routed,
            ComplaintUnrouted.TYPE: self.note_unrouted,
            CaseAssigned.TYPE: self.note_assigned,
            CaseAnswered.TYPE: self.note_answered,
            CaseClosed.TYPE: self.note_closed,
            CaseMerged.TYPE: Mergers(self.door).join,
            CaseSplit.TYPE: Splits(self.door).accept,
            **CaseStates(self.names).table(),
            **PublishedFacts(self.pack).table(),
            **repository_open_data.table(),
        }

    @property
    def names(self) -> Names:
        return Names(self.pack)

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        about = [one.event.complaint_id for one in envelopes if not isinstance(one.event, StatisticsPublished)]
        repository.look_up(tx, about)
        ended = [one.event.complaint_id for one in envelopes if isinstance(one.event, CaseAnswered | CaseClosed)]
        repository_answers.look_up_contested(tx, ended)

    def note_routed(self, tx: Transaction, envelope: Envelope) -> None:
        fact: ComplaintRouted = envelope.event
        found = fact.decision.get("place") or {}
        place = Place(found.get("kecamatan"), found.get("kelurahan")) if found else fact.place
        step = Step(fact.complaint_id, fact.revision, "routed", fact.routed_at or envelope.time)
        now = self.names.standing(fact.agency, place, fact.assignment)
        note = wording.referred_note if now.status == REFERRED else wording.routed_note
        progress.apply(tx, step, note(now.agency_name or ""), now)

    def note_unrouted(self, tx: Transaction, envelope: Envelope) -> None:
        fact: ComplaintUnrouted = envelope.event
        step = Step(fact.complaint_id, fact.revision, "triage", fact.decided_at or envelope.time)
        progress.apply(tx, step, wording.TRIAGE_NOTE, Standing("triage"))

    def note_assigned(self, tx: Transaction, envelope: Envelope) -> None:
        """The coordinator's reason is for the agency; the citizen reads who is in charge now."""
        fact: CaseAssigned = envelope.event
        step = Step(fact.complaint_id, fact.revision, "assigned", fact.assigned_at or envelope.time)
        now = self.names.standing(fact.agency, fact.place, fact.assignment)
        name = now.agency_name or ""
        if now.status == REFERRED:
            note = wording.referred_note(name)
        else:
            note = wording.routed_note(name) if fact.role == BY_RULES else wording.assigned_note(name)
        progress.apply(tx, step, note, now)

    def note_answered(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseAnswered = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"answered.{fact.number}", fact.answered_at)
        now = self.names.of(progress.unless_contested(tx, step, "answered"), fact.agency, fact.place)
        progress.apply(tx, step, wording.answered_note(now.agency_name or ""), now)
        repository_answers.add(tx, fact.complaint_id, step.event, fact.answer, fact.answered_at)
        repository_answer_photos.add(tx, fact.complaint_id, step.event, fact.photos, fact.answered_at)

    def note_closed(self, tx: Transaction, envelope: Envelope) -> None:
        """The first time, the sender is asked how content he or she is; the notifier writes that."""
        fact: CaseClosed = envelope.event
        name = self.names.name(fact.agency, fact.place) if fact.agency else self.pack.city.name
        step = Step(fact.complaint_id, fact.revision, f"closed.{fact.number}", fact.closed_at)
        note = wording.lapsed_close_note(name) if fact.role == BY_ITSELF else wording.closed_note(name)
        status = progress.unless_contested(tx, step, "closed")
        progress.apply(tx, step, note, Standing(status, fact.agency, name))
        if fact.reason:
            repository_answers.add(tx, fact.complaint_id, step.event, fact.reason, fact.closed_at)
        if fact.number == 1 and self.pack.notifications.ask_satisfaction:
            repository_answers.ask_rating(tx, fact.complaint_id, fact.closed_at)
