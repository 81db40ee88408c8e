"""Facts about a complaint: it was received, more was said, somebody joined (intake), it was routed or not (router).

Each carries all that a listener needs: text (sealed on the way), place, kind, identity mode, and a reference to the
contact, never the contact. `revision` grows with each fact about a complaint; listeners apply by revision, so the
order of arrival does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Required, TypedDict

from msgspec import Meta

from shared.contracts.fields import (
    AdditionKind,
    AttachmentFields,
    Code,
    Count,
    Id,
    Identity,
    Kind,
    Language,
    Moment,
    Outcome,
    Place,
    Receipt,
)
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
    attachments: list[AttachmentFields] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintReceived(AboutComplaint):
    """Intake stored a complaint."""

    TYPE: ClassVar[str] = "complaint.received.v1"

    receipt: Receipt
    asks: list[Code] = field(default_factory=list)
    """What the receipt asks back since too little was said: `what`, `where`."""
    language: Language = ""
    """In which the citizen is written to (ISO 639-1); empty: the city's."""


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintAdded(AboutComplaint):
    """More was said about a complaint. `addition` is the new words; `text` is everything up to and with them.

    `number` counts a complaint's additions from 1. `revision` is only what intake knew then: this fact has its own
    order. `attachments` are all photos so far, `photos` the new ones. `by_sender` is False for one who only joined.
    """

    TYPE: ClassVar[str] = "complaint.added.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "addition")

    addition_id: Id
    number: Count
    what: AdditionKind
    addition: str
    photos: list[AttachmentFields] = field(default_factory=list)
    by_channel: Code
    by_sender: bool = True
    added_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintFollowed:
    """Somebody has the same complaint and joined it instead of doubling it. `complaint_id` is the one that is joined.

    `follower_id` and `follower_ticket` are what the joining one got; `text` is what he or she had written.
    """

    TYPE: ClassVar[str] = "complaint.followed.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text",)

    complaint_id: Id
    ticket: Code
    follower_id: Id
    follower_ticket: Code
    text: str
    channel: Code
    kind: Kind
    identity: Identity
    place: Place = field(default_factory=Place)
    contact_ref: Code | None = None
    receipt: Receipt
    attachments: list[AttachmentFields] = field(default_factory=list)
    language: Language = ""
    followed_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintLapsed(AboutComplaint):
    """The citizen was asked for what was missing and did not answer in time: it counts as withdrawn."""

    TYPE: ClassVar[str] = "complaint.lapsed.v1"

    asked: list[Code] = field(default_factory=list)
    lapsed_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintRated:
    """The citizen says how content he or she is with how it ended: `score` from 1 (not at all) to 5 (very much).

    A later rating of the same complaint replaces the earlier one; `number` counts them from 1.
    """

    TYPE: ClassVar[str] = "complaint.rated.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("words",)

    complaint_id: Id
    ticket: Code
    number: Count
    score: Annotated[int, Meta(ge=1, le=5)]
    words: Annotated[str, Meta(max_length=2000)]
    by_channel: Code
    rated_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class ContactCheckAsked:
    """Somebody is to prove that a contact is his or her own, by a code that is sent there, before anything is stored.

    The code does not travel: who sends it asks intake for it, as for the contact, by `check_id` and `contact_ref`.
    """

    TYPE: ClassVar[str] = "contact.check-asked.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    check_id: Id
    contact_ref: Code
    language: Language = ""
    asked_at: Moment
    expires_at: Moment

    @property
    def subject(self) -> str:
        return self.check_id


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


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintReassessed(AboutComplaint):
    """The rules were asked again since more was said, and think otherwise now: a suggestion to whoever has the case.

    `agency` is None when they would leave it to a person. `addition_id` says what made the difference.
    """

    TYPE: ClassVar[str] = "complaint.reassessed.v1"

    decision: DecisionFields
    agency: Code | None
    addition_id: Id
    reassessed_at: Moment


ErasedPart = Literal["contact", "text", "photos"]


@event
@dataclass(frozen=True, kw_only=True)
class ComplaintErased:
    """Parts of a complaint are gone for good, by retention or since the citizen asked for it. Said by intake, which
    has removed its own already; whoever holds a copy removes it now.

    `contact`: whatever tells who wrote, keys of equality included. `text`: every word of citizens and every answer to
    them, with what was derived from the words. `photos`: the pictures and their names. What was counted stays counted.
    A part can be named again; that has no further effect.
    """

    TYPE: ClassVar[str] = "complaint.erased.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    complaint_id: Id
    ticket: Code
    parts: Annotated[list[ErasedPart], Meta(min_length=1, max_length=3)]
    reason: Literal["retention", "request"]
    erased_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id
