"""What the notifier does when it hears of the state of a case: tells the citizen, and the agencies that are to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.notifier import repository
from services.notifier.feedback import questions
from services.notifier.languages import language_of
from services.notifier.planning.agency_news import (
    plan_agency_asked,
    plan_agency_reopened,
    plan_copied,
    plan_escalated,
)
from services.notifier.planning.directory import Directory
from services.notifier.planning.states import (
    plan_archived,
    plan_closed,
    plan_question,
    plan_reopened,
    plan_withdrawn,
)
from services.notifier.plans import Plans
from shared.city_notifications import Notifications
from shared.contracts.case import (
    CaseArchived,
    CaseAsked,
    CaseClosed,
    CaseCopied,
    CaseEscalated,
    CaseReopened,
    CaseResumed,
    CaseWithdrawn,
)
from shared.contracts.complaint import AboutComplaint
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class StateHandlers:
    spine: Spine
    notifications: Notifications = field(default_factory=Notifications)

    def table(self) -> dict[str, Handler]:
        return {
            CaseClosed.TYPE: self.plan_closed,
            CaseArchived.TYPE: self.plan_archived,
            CaseAsked.TYPE: self.plan_asked,
            CaseResumed.TYPE: self.note_resumed,
            CaseWithdrawn.TYPE: self.plan_withdrawn,
            CaseReopened.TYPE: self.plan_reopened,
            CaseCopied.TYPE: self.plan_copied,
            CaseEscalated.TYPE: self.plan_escalated,
        }

    @property
    def plans(self) -> Plans:
        return Plans(self.spine, self.notifications)

    def plan_closed(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseClosed = envelope.event
        if fact.contact_ref is None:
            return
        language, directory = language_of(tx, fact.complaint_id), self._directory(tx, fact.agency)
        self.plans.store(tx, plan_closed(fact, directory, self.notifications, language, self.spine.clock.now()))

    def plan_archived(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseArchived = envelope.event
        questions.end(tx, fact.complaint_id, fact.revision)
        language, directory = self._language(tx, fact), self._directory(tx, fact.agency)
        self.plans.store(tx, plan_archived(fact, directory, self.notifications, language, self.spine.clock.now()))

    def plan_asked(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseAsked = envelope.event
        tx.flush()  # the notice to the agency may have been planned in this very transaction
        now, in_charge = self.spine.clock.now(), repository.in_charge(tx.connection, fact.complaint_id)
        planned = plan_question(fact, self._language(tx, fact), now)
        news = plan_agency_asked(fact, in_charge, self._directory(tx, fact.agency), now)
        self.plans.store(tx, [*planned, *news])
        if planned:
            questions.watch(tx, self.spine, fact, self.notifications)

    def note_resumed(self, tx: Transaction, envelope: Envelope) -> None:
        """Nobody is told: the answer came from the citizen and went to the agency as an addition."""
        fact: CaseResumed = envelope.event
        questions.end(tx, fact.complaint_id, fact.revision)

    def plan_withdrawn(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseWithdrawn = envelope.event
        questions.end(tx, fact.complaint_id, fact.revision)
        self.plans.store(tx, plan_withdrawn(fact, self.notifications, self._language(tx, fact), self.spine.clock.now()))

    def plan_reopened(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseReopened = envelope.event
        now, directory = self.spine.clock.now(), self._directory(tx, fact.agency)
        told = plan_reopened(fact, directory, self.notifications, self._language(tx, fact), now)
        self.plans.store(tx, [*told, *plan_agency_reopened(fact, directory, now)])

    def plan_copied(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseCopied = envelope.event
        tx.flush()  # as above
        in_charge = repository.in_charge(tx.connection, fact.complaint_id)
        directory = self._directory(tx, fact.agency, fact.in_charge)
        self.plans.store(tx, plan_copied(fact, in_charge, directory, self.spine.clock.now()))

    def plan_escalated(self, tx: Transaction, envelope: Envelope) -> None:
        fact: CaseEscalated = envelope.event
        directory = self._directory(tx, fact.agency, fact.tell)
        self.plans.store(tx, plan_escalated(fact, directory, self.spine.clock.now()))

    @staticmethod
    def _language(tx: Transaction, fact: AboutComplaint) -> str:
        return language_of(tx, fact.complaint_id) if fact.contact_ref is not None else ""

    @staticmethod
    def _directory(tx: Transaction, *codes: str | None) -> Directory:
        wanted: Iterable[str] = [code for code in codes if code]
        return repository.known_agencies(tx, wanted) if wanted else {}
