"""What the router does with what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.router import repository
from services.router.circumstances import Circumstances
from services.router.repository_labels import Label, store_label
from shared.contracts.agency import AgencyChanged
from shared.contracts.case import BY_RULES, CaseAssigned
from shared.contracts.complaint import (
    AboutComplaint,
    ComplaintAdded,
    ComplaintReassessed,
    ComplaintReceived,
    ComplaintRouted,
    ComplaintUnrouted,
)
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Place
from shared.messaging.handling import Handler
from shared.service import Spine
from shared.storage.database import Transaction


class DecisionLike(Protocol):
    """What `decide.decide` returns."""

    def as_dict(self) -> dict[str, Any]: ...


Decide = Callable[[str, Place, Circumstances], DecisionLike]
EXTERNAL_CONFIRMATION = "external_confirmation"


@dataclass(frozen=True)
class RouterHandlers:
    spine: Spine
    decide: Decide

    def table(self) -> dict[str, Handler]:
        return {
            ComplaintReceived.TYPE: self.route_complaint,
            ComplaintAdded.TYPE: self.reassess,
            AgencyChanged.TYPE: self.keep_agency,
            CaseAssigned.TYPE: self.keep_label,
        }

    def foresee(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Asks the database once for a batch, rather than once for each complaint."""
        decided = (ComplaintReceived, ComplaintAdded)
        ids = [one.event.complaint_id for one in envelopes if isinstance(one.event, decided)]
        if ids:
            repository.look_up(tx, ids)

    def route_complaint(self, tx: Transaction, envelope: Envelope) -> None:
        """Decides once about a complaint and says the decision."""
        received: ComplaintReceived = envelope.event
        if not repository.is_decided(tx, received.complaint_id):
            self._decide_first(tx, received)

    def reassess(self, tx: Transaction, envelope: Envelope) -> None:
        """Asks the rules again about all that was said, and says so when they think otherwise than before.

        Comes the addition before the complaint itself, it is all there is to decide about: it carries the whole text.
        """
        added: ComplaintAdded = envelope.event
        if not repository.is_decided(tx, added.complaint_id):
            self._decide_first(tx, added)
            return
        decision, now = self._ask(added), self.spine.clock.now()
        row = {name: decision[name] for name in ("outcome", "reason", "agency", "ruleset")}
        row |= {"addition_id": added.addition_id, "complaint_id": added.complaint_id, "number": added.number}
        if not repository.store_reassessment(tx, {**row, "text": added.text, "decision": decision, "decided_at": now}):
            return
        if repository.thought_before(tx, added.complaint_id, added.number) == (decision["outcome"], decision["agency"]):
            return
        agency = None if self._reason_to_ask(tx, decision) else decision["agency"]
        about = {**_about(added, added.revision), "decision": decision, "addition_id": added.addition_id}
        self.spine.outbox.say(tx, ComplaintReassessed(**about, agency=agency, reassessed_at=now))

    def _ask(self, said: AboutComplaint) -> dict[str, Any]:
        beside = Circumstances(said.channel, said.kind or "", said.received_at)
        return self.decide(said.text, said.place, beside).as_dict()

    def _decide_first(self, tx: Transaction, received: AboutComplaint) -> None:
        decision, now = self._ask(received), self.spine.clock.now()
        revision = received.revision + 1
        repository.store_decision(
            tx,
            {
                "complaint_id": received.complaint_id,
                "revision": revision,
                "ticket": received.ticket,
                "text": received.text,
                "outcome": decision["outcome"],
                "reason": decision["reason"],
                "agency": decision["agency"],
                "decision": decision,
                "ruleset": decision["ruleset"],
                "decided_at": now,
                "channel": received.channel,
                "kind": received.kind,
                "kecamatan": received.place.kecamatan,
                "kelurahan": received.place.kelurahan,
                "received_at": received.received_at,
            },
        )
        self.spine.metrics.decisions.labels(decision["outcome"], decision["reason"]).inc()
        about = {**_about(received, revision), "decision": decision}
        reason = self._reason_to_ask(tx, decision)
        if reason is None:
            agency = decision["agency"]
            self.spine.outbox.say(tx, ComplaintRouted(**about, agency=agency, assignment=1, routed_at=now))
        else:
            self.spine.outbox.say(tx, ComplaintUnrouted(**about, reason=reason, decided_at=now))

    def keep_agency(self, tx: Transaction, envelope: Envelope) -> None:
        agency: AgencyChanged = envelope.event
        repository.store_agency(
            tx, {"code": agency.code, "revision": agency.revision, "name": agency.name, "kind": agency.kind}
        )

    def keep_label(self, tx: Transaction, envelope: Envelope) -> None:
        """Remembers where a person said that a complaint belongs, as an example to judge and to learn by."""
        said: CaseAssigned = envelope.event
        if said.role == BY_RULES:
            return
        at = said.assigned_at or envelope.time
        store_label(tx, Label(said.complaint_id, said.agency, said.revision, at, said.role))

    def _reason_to_ask(self, tx: Transaction, decision: dict[str, Any]) -> str | None:
        """Why a person has to decide; None when the decision stands by itself."""
        if decision["agency"] is None or decision["outcome"] == "triage":
            return str(decision["reason"])
        kind = repository.kind_of_agency(tx, decision["agency"])
        if kind is None:
            return "unknown_agency"
        return EXTERNAL_CONFIRMATION if kind == "external" and decision["outcome"] != "emergency" else None


def _about(received: AboutComplaint, revision: int) -> dict[str, Any]:
    """What every fact about a complaint carries on."""
    return {
        "complaint_id": received.complaint_id,
        "ticket": received.ticket,
        "revision": revision,
        "text": received.text,
        "channel": received.channel,
        "kind": received.kind,
        "identity": received.identity,
        "place": received.place,
        "contact_ref": received.contact_ref,
        "received_at": received.received_at,
        "external_refs": received.external_refs,
        "attachments": received.attachments,
    }
