"""The states of a case as its citizen sees them: acknowledged, asked, archived, withdrawn, open again.

What one office says of another is not shown: of a case that was given back the page says that our staff looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.intake import progress, repository, repository_answers, repository_kin, repository_questions, wording
from services.intake.progress import Names, Standing, Step
from shared.contracts.case import (
    CaseAcknowledged,
    CaseArchived,
    CaseAsked,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseWithdrawn,
)
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.storage.database import Transaction

CITIZEN = "citizen"
"""The role of a reopening that the citizen asked for."""
SPAM = "spam"
_STATUSES = {"forwarded": repository.ROUTED}
"""What the desk's states are called here, where the name is another."""


@dataclass(frozen=True)
class CaseStates:
    names: Names

    def table(self) -> dict[str, Handler]:
        return {
            CaseAcknowledged.TYPE: self.note_acknowledged,
            CaseArchived.TYPE: self.note_archived,
            CaseAsked.TYPE: self.note_asked,
            CaseResumed.TYPE: self.note_resumed,
            CaseWithdrawn.TYPE: self.note_withdrawn,
            CaseReturned.TYPE: self.note_returned,
            CaseReopened.TYPE: self.note_reopened,
        }

    def note_acknowledged(self, tx: Transaction, envelope: Envelope) -> None:
        """The fact has no revision: it counts while the assignment that it names is the one in force."""
        fact: CaseAcknowledged = envelope.event
        event = f"acknowledged.{fact.assignment}"
        step = Step(fact.complaint_id, repository.OUTSIDE, event, fact.acknowledged_at)
        progress.note(tx, step, wording.acknowledged_note())
        repository.acknowledge(tx, fact.complaint_id, fact.assignment)

    def note_archived(self, tx: Transaction, envelope: Envelope) -> None:
        """Of spam no reason is shown: it would help who sends it."""
        fact: CaseArchived = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"archived.{fact.number}", fact.archived_at)
        other = fact.why == "not_ours" and self.names.is_external(fact.agency)
        name = self.names.name(fact.agency, fact.place) if other and fact.agency else ""
        progress.apply(tx, step, wording.archived_note(fact.why, name), Standing("archived"))
        if fact.reason and fact.why != SPAM:
            repository_answers.add(tx, fact.complaint_id, step.event, fact.reason, fact.archived_at)

    def note_asked(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseAsked = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"asked.{fact.number}", fact.asked_at)
        progress.apply(tx, step, wording.asked_note(), self.names.of("waiting", fact.agency, fact.place))
        repository_answers.add(tx, fact.complaint_id, step.event, fact.question, fact.asked_at)
        repository_questions.add(
            tx, fact.complaint_id, fact.number, question=fact.question, asked_at=fact.asked_at, until=fact.until
        )

    def note_resumed(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseResumed = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"resumed.{fact.number}", fact.resumed_at)
        status = _STATUSES.get(fact.state, fact.state)
        progress.apply(tx, step, wording.resumed_note(), self.names.of(status, fact.agency, fact.place))

    def note_withdrawn(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseWithdrawn = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"withdrawn.{fact.number}", fact.withdrawn_at)
        progress.apply(tx, step, wording.withdrawn_note(), Standing("withdrawn"))

    def note_returned(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseReturned = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"returned.{fact.assignment}", fact.returned_at)
        progress.apply(tx, step, wording.returned_note(), Standing("triage"))

    def note_reopened(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseReopened = envelope.event
        step = Step(fact.complaint_id, fact.revision, f"reopened.{fact.number}", fact.reopened_at)
        status = repository.IN_PROGRESS if fact.agency else "triage"
        note = wording.reopened_by_citizen_note() if fact.role == CITIZEN else wording.reopened_note()
        progress.apply(tx, step, note, self.names.of(status, fact.agency, fact.place))
        repository_kin.part(tx, fact.complaint_id, fact.revision)
