"""Facts about a complaint: it was received (intake), it was routed or not (router).

Each carries all that a listener needs: text (sealed on the way), place, kind, identity mode, and a reference to the
contact, never the contact. `revision` grows with each fact about a complaint; listeners apply by revision, so the
order of arrival does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Required, TypedDict

from shared.contracts.fields import Code, Count, Id, Identity, Kind, Moment, Outcome, Place, Receipt
from shared.contracts.registry import event


@dataclass(frozen=True, kw_only=True)
class AboutComplaint:
    """What every fact about a complaint carries on."""

    SEALED: ClassVar[tuple[str, ...]] = ("text",)

    complaint_id: Id
    ticket: Code
    revision: Count
    text: str
    channel: Code
    kind: Kind
    identity: Identity
    place: Place = field(default_factory=Place)
    contact_ref: Code | None = None
    received_at: Moment
    external_refs: dict[str, str] = field(default_factory=dict)
    """Numbers of other systems, for instance `{"sp4n": "9165816"}`."""
    attachments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintReceived(AboutComplaint):
    """Intake stored a complaint."""

    TYPE: ClassVar[str] = "complaint.received.v1"

    receipt: Receipt


class ReasonFields(TypedDict):
    """A phrase that spoke, `start` and `end` as offsets into the text."""

    rule: str
    phrase: str
    start: int
    end: int
    weight: int


class AlternativeFields(TypedDict):
    agency: Code
    score: int


class PartFields(TypedDict):
    """A stretch of the text that is about one matter, as offsets like those of a reason: the words stay in the text."""

    agency: Code
    score: int
    start: int
    end: int


class DecisionFields(TypedDict, total=False):
    """A decision with its whole explanation, as stored. A field that a listener does not know travels on."""

    outcome: Required[Outcome]
    reason: Required[Code]
    agency: Code | None
    also: list[Code]
    score: Required[int]
    margin: Required[int]
    reasons: list[ReasonFields]
    alternatives: list[AlternativeFields]
    parts: list[PartFields]
    place: dict[str, Any] | None
    ruleset: Required[str]


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintRouted(AboutComplaint):
    """The router found the agency in charge."""

    TYPE: ClassVar[str] = "complaint.routed.v1"

    decision: DecisionFields
    agency: Code
    assignment: Count
    routed_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintUnrouted(AboutComplaint):
    """A coordinator at the desk is to decide. An outcome with an owner, not an error.

    `reason` is the decision's reason for triage, or `external_confirmation`: the rules found a body outside the city
    government (it stands in the decision), and handing over to such a body takes a person's word.
    """

    TYPE: ClassVar[str] = "complaint.unrouted.v1"

    decision: DecisionFields
    reason: Code
    decided_at: Moment
