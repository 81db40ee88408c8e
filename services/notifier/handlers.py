"""What the notifier does with what it hears: it plans deliveries, and notes what became of sent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from services.notifier import repository
from services.notifier.delivery import SKIPPED, Planned
from services.notifier.feedback.handlers import FeedbackHandlers
from services.notifier.feedback.reminders import watch
from services.notifier.feedback.suppressions import lift_where_changed
from services.notifier.languages import language_of, look_up_languages, note_language
from services.notifier.planning.agencies import plan_added, plan_assigned, plan_routed
from services.notifier.planning.citizens import (
    plan_contact_code,
    plan_followed,
    plan_receipt,
    plan_satisfaction,
    plan_update,
)
from services.notifier.planning.directory import Directory
from services.notifier.sending.ledger import bell_of, say_finished
from shared.city_notifications import Notifications
from shared.contracts.agency import AgencyChanged
from shared.contracts.case import CaseAnswered, CaseAssigned, CaseClosed
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

_BELLS = "bells of planned deliveries"
_TOLD_TO_CITIZENS = (ComplaintRouted, CaseAssigned, CaseAnswered, CaseClosed)


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
            CaseClosed.TYPE: self.plan_closed,
            ContactCheckAsked.TYPE: self.plan_contact_code,
            AgencyChanged.TYPE: self.keep_agency,
            **FeedbackHandlers(self.spine, self.notifications).table(),
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        events = [one.event for one in envelopes]
        if any(isinstance(event, ComplaintRouted | CaseAssigned | CaseAnswered) for event in events):
            repository.look_up(tx)
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
        directory = repository.known_agencies(tx, [routed.agency, *(routed.decision.get("also") or ())])
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

    def plan_closed(self, tx: Transaction, envelope: Envelope) -> None:
        closed: CaseClosed = envelope.event
        if closed.contact_ref is not None:
            language = language_of(tx, closed.complaint_id)
            self._store(tx, plan_satisfaction(closed, self.notifications, language, self.spine.clock.now()))

    def plan_added(self, tx: Transaction, envelope: Envelope) -> None:
        added: ComplaintAdded = envelope.event
        tx.flush()  # the notice to the agency may have been planned in this very transaction
        in_charge = repository.in_charge(tx.connection, added.complaint_id)
        directory = repository.known_agencies(tx, [in_charge[0]] if in_charge else [])
        self._store(tx, plan_added(added, in_charge, directory, self.notifications, self.spine.clock.now()))

    def plan_followed(self, tx: Transaction, envelope: Envelope) -> None:
        followed: ComplaintFollowed = envelope.event
        self._store(tx, [plan_followed(followed, self.spine.clock.now())])

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
        """What is planned already is left as it is: hearing a fact twice changes nothing."""
        now = self.spine.clock.now()
        waiting = [one for one in planned if one.state != SKIPPED]
        repository.add_pending(tx, waiting, now)
        watch(tx, self.spine, waiting, self.notifications)
        for delivery_id, one in repository.add_settled(tx, [one for one in planned if one.state == SKIPPED], now):
            say_finished(
                self.spine, tx, delivery_id, one, channel=one.channel, state=one.state, reason=one.reason, now=now
            )
        self._ring_for(tx, {bell_of(one.channel) for one in waiting if one.due_at <= now})

    def _ring_for(self, tx: Transaction, bells: set[str]) -> None:
        """Once each after the commit, however many facts of a batch want it."""
        if _BELLS not in tx.memory:
            wanted: set[str] = set()
            tx.memory[_BELLS] = wanted
            tx.after_commit(partial(self._ring, wanted))
        tx.memory[_BELLS].update(bells)

    def _ring(self, bells: set[str]) -> None:
        for bell in sorted(bells):
            self.spine.bells.ring(bell)
