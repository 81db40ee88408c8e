"""What the notifier does with what it hears: it plans deliveries, and notes what became of sent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier import repository
from services.notifier.delivery import DELIVERED, EMAIL, FAILED, SKIPPED, Planned
from services.notifier.ledger import bell_of, say_finished
from services.notifier.plan import plan_added, plan_assigned, plan_followed, plan_receipt, plan_routed
from services.notifier.repository_reports import apply_report
from shared.contracts.agency import AgencyChanged
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed, ComplaintReceived, ComplaintRouted
from shared.contracts.delivery import DeliveryReported
from shared.contracts.envelope import Envelope
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction


@dataclass(frozen=True)
class NotifierHandlers:
    spine: Spine

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintReceived.TYPE: self.plan_receipt,
            ComplaintRouted.TYPE: self.plan_routed,
            ComplaintAdded.TYPE: self.plan_added,
            ComplaintFollowed.TYPE: self.plan_followed,
            CaseAssigned.TYPE: self.plan_assigned,
            DeliveryReported.TYPE: self.note_report,
            AgencyChanged.TYPE: self.keep_agency,
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each fact."""
        if any(isinstance(one.event, ComplaintRouted | CaseAssigned) for one in envelopes):
            repository.look_up(tx)

    def plan_receipt(self, tx: Transaction, envelope: Envelope) -> None:
        received: ComplaintReceived = envelope.event
        self._store(tx, [plan_receipt(received, self.spine.clock.now())])

    def plan_routed(self, tx: Transaction, envelope: Envelope) -> None:
        routed: ComplaintRouted = envelope.event
        directory = repository.known_agencies(tx, [routed.agency, *(routed.decision.get("also") or ())])
        self._store(tx, plan_routed(routed, directory, self.spine.clock.now()))

    def plan_assigned(self, tx: Transaction, envelope: Envelope) -> None:
        assigned: CaseAssigned = envelope.event
        directory = repository.known_agencies(tx, [assigned.agency])
        self._store(tx, plan_assigned(assigned, directory, self.spine.clock.now()))

    def plan_added(self, tx: Transaction, envelope: Envelope) -> None:
        added: ComplaintAdded = envelope.event
        tx.flush()  # the notice to the agency may have been planned in this very transaction
        in_charge = repository.in_charge(tx.connection, added.complaint_id)
        directory = repository.known_agencies(tx, [in_charge[0]] if in_charge else [])
        self._store(tx, plan_added(added, in_charge, directory, self.spine.clock.now()))

    def plan_followed(self, tx: Transaction, envelope: Envelope) -> None:
        followed: ComplaintFollowed = envelope.event
        self._store(tx, [plan_followed(followed, self.spine.clock.now())])

    def note_report(self, tx: Transaction, envelope: Envelope) -> None:
        """What the receiver's side said of a delivery. A delay changes nothing; a repetition neither."""
        report: DeliveryReported = envelope.event
        if report.reported == "delayed":
            return
        state = DELIVERED if report.reported == "delivered" else FAILED
        now = self.spine.clock.now()
        delivery = apply_report(tx, report.delivery_id, state=state, reason=report.reason, now=now)
        if delivery is not None:
            say_finished(
                self.spine, tx, delivery.delivery_id, delivery,
                channel=delivery.channel, state=state, reason=report.reason, now=now,
            )  # fmt: skip

    def keep_agency(self, tx: Transaction, envelope: Envelope) -> None:
        agency: AgencyChanged = envelope.event
        row = {
            "code": agency.code,
            "revision": agency.revision,
            "name": agency.name,
            "kind": agency.kind,
            "endpoints": dict(agency.endpoints),
        }
        repository.store_agency(tx, row)

    def _store(self, tx: Transaction, planned: Sequence[Planned]) -> None:
        """What is planned already is left as it is: hearing a fact twice changes nothing."""
        now = self.spine.clock.now()
        repository.add_pending(tx, [one for one in planned if one.state != SKIPPED], now)
        for delivery_id, one in repository.add_settled(tx, [one for one in planned if one.state == SKIPPED], now):
            say_finished(
                self.spine, tx, delivery_id, one, channel=one.channel, state=one.state, reason=one.reason, now=now
            )
        tx.after_commit(self._ring)

    def _ring(self) -> None:
        self.spine.bells.ring(bell_of(EMAIL))
