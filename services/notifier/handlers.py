"""What the notifier does with what it hears: it plans deliveries, and notes what became of sent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.notifier import repository
from services.notifier.delivery import Planned
from services.notifier.feedback import questions
from services.notifier.feedback.handlers import FeedbackHandlers
from services.notifier.feedback.suppressions import lift_where_changed
from services.notifier.languages import language_of, look_up_languages, note_language
from services.notifier.planning.agencies import plan_added, plan_assigned, plan_routed
from services.notifier.planning.citizens import (
    plan_contact_code,
    plan_followed,
    plan_receipt,
    plan_update,
)
from services.notifier.planning.directory import Directory
from services.notifier.plans import Plans
from services.notifier.states import StateHandlers
from shared.city_notifications import Notifications
from shared.contracts.agency import AgencyChanged
from shared.contracts.case import (
    CaseAnswered,
    CaseArchived,
    CaseAsked,
    CaseAssigned,
    CaseClosed,
    CaseReopened,
    CaseWithdrawn,
)
from shared.contracts.complaint import (
    ComplaintAdded,
    ComplaintFollowed,
    ComplaintReceived,
    ComplaintRouted,
    ContactCheckAsked,
)
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction

ANSWER = "answer"
"""Of what a citizen adds: an answer to what we asked."""
_TOLD_TO_CITIZENS = (
    ComplaintRouted, CaseAssigned, CaseAnswered, CaseClosed, CaseArchived, CaseAsked, CaseWithdrawn, CaseReopened,
)  # fmt: skip


def _named(event: Any) -> list[str]:
    """The agencies of which its handler may want to know how they are reached."""
    also = event.decision.get("also") or () if isinstance(event, ComplaintRouted) else ()
    return [code for code in (getattr(event, "agency", None), *also) if code]


@dataclass(frozen=True)
class NotifierHandlers:
    spine: Spine
    notifications: Notifications = field(default_factory=Notifications)

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintReceived.TYPE: self.plan_receipt,
            ComplaintRouted.TYPE: self.plan_routed,
            ComplaintAdded.TYPE: self.plan_added,
            ComplaintFollowed.TYPE: self.plan_followed,
            CaseAssigned.TYPE: self.plan_assigned,
            CaseAnswered.TYPE: self.plan_answered,
            ContactCheckAsked.TYPE: self.plan_contact_code,
            AgencyChanged.TYPE: self.keep_agency,
            **StateHandlers(self.spine, self.notifications).table(),
            **FeedbackHandlers(self.spine, self.notifications).table(),
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        events = [one.event for one in envelopes]
        codes = {code for event in events for code in _named(event)}
        if codes:
            repository.look_up(tx, codes)
        for event in events:
            if isinstance(event, ComplaintReceived):
                note_language(tx, event.complaint_id, event.language)
        told = [event for event in events if isinstance(event, _TOLD_TO_CITIZENS)]
        look_up_languages(tx, {event.complaint_id for event in told if event.contact_ref is not None})

    def plan_receipt(self, tx: Transaction, envelope: Envelope) -> None:
        received: ComplaintReceived = envelope.event
        self._store(tx, [plan_receipt(received, self.spine.clock.now())])

    def plan_routed(self, tx: Transaction, envelope: Envelope) -> None:
        routed: ComplaintRouted = envelope.event
        directory = repository.known_agencies(tx, _named(routed))
        planned = plan_routed(routed, directory, self.spine.clock.now())
        self._store(tx, [*planned, *self._update(tx, routed, directory)])

    def plan_assigned(self, tx: Transaction, envelope: Envelope) -> None:
        assigned: CaseAssigned = envelope.event
        directory = repository.known_agencies(tx, [assigned.agency])
        planned = plan_assigned(assigned, directory, self.spine.clock.now())
        self._store(tx, [*planned, *self._update(tx, assigned, directory)])

    def plan_answered(self, tx: Transaction, envelope: Envelope) -> None:
        answered: CaseAnswered = envelope.event
        self._store(tx, self._update(tx, answered, repository.known_agencies(tx, [answered.agency])))

    def plan_added(self, tx: Transaction, envelope: Envelope) -> None:
        added: ComplaintAdded = envelope.event
        if added.what == ANSWER and added.by_sender:
            questions.end(tx, added.complaint_id, added.revision)
        tx.flush()  # the notice to the agency may have been planned in this very transaction
        in_charge = repository.in_charge(tx.connection, added.complaint_id)
        directory = repository.known_agencies(tx, [in_charge[0]] if in_charge else [])
        self._store(tx, plan_added(added, in_charge, directory, self.notifications, self.spine.clock.now()))

    def plan_followed(self, tx: Transaction, envelope: Envelope) -> None:
        followed: ComplaintFollowed = envelope.event
        language = followed.language or language_of(tx, followed.follower_id)
        self._store(tx, [plan_followed(followed, self.spine.clock.now(), language)])

    def plan_contact_code(self, tx: Transaction, envelope: Envelope) -> None:
        asked: ContactCheckAsked = envelope.event
        self._store(tx, [plan_contact_code(asked, self.spine.clock.now())])

    def keep_agency(self, tx: Transaction, envelope: Envelope) -> None:
        agency: AgencyChanged = envelope.event
        row = {
            "code": agency.code,
            "revision": agency.revision,
            "name": agency.name,
            "kind": agency.kind,
            "endpoints": dict(agency.endpoints),
            "channels": list(agency.channels),
            "language": agency.language,
            "reminders": agency.reminders,
            "public_contact": agency.public_contact,
        }
        lift_where_changed(tx, agency.code, agency.revision, agency.endpoints, self.spine.clock.now())
        repository.store_agency(tx, row)

    def _update(
        self, tx: Transaction, event: ComplaintRouted | CaseAssigned | CaseAnswered, directory: Directory
    ) -> list[Planned]:
        if event.contact_ref is None:
            return []
        language = language_of(tx, event.complaint_id)
        return plan_update(event, directory, self.notifications, language, self.spine.clock.now())

    def _store(self, tx: Transaction, planned: Sequence[Planned]) -> None:
        Plans(self.spine, self.notifications).store(tx, planned)
