"""Facts about a case, said by the desk: what people decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from msgspec import Meta

from shared.contracts.complaint import AboutComplaint
from shared.contracts.fields import ArchiveReason, AttachmentFields, Code, Count, Id, Kind, Moment, Place
from shared.contracts.registry import event

BY_RULES = "router"
"""The role of an assignment that no person made: the rules were asked again, and nobody had the case."""


@event
@dataclass(frozen=True, kw_only=True)
class CaseAssigned(AboutComplaint):
    """The case was given to an agency, by a coordinator or by the rules (`BY_RULES`).

    `assignment` counts the assignments of this complaint from 1.

    `role` is what the person is, never who; empty where it is not known.
    """

    TYPE: ClassVar[str] = "case.assigned.v1"

    agency: Code
    assignment: Count
    assigned_at: Moment
    reason: Annotated[str, Meta(max_length=500)]
    role: Annotated[str, Meta(max_length=30)] = ""


@event
@dataclass(frozen=True, kw_only=True)
class CaseAcknowledged:
    """Somebody of the agency that has the case took note of it. `assignment` is the one that is acknowledged."""

    TYPE: ClassVar[str] = "case.acknowledged.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    complaint_id: Id
    ticket: Code
    agency: Code
    assignment: Count
    acknowledged_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class CaseAnswered(AboutComplaint):
    """The agency answers the citizen. `number` counts the answers of a case from 1."""

    TYPE: ClassVar[str] = "case.answered.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "answer")

    agency: Code
    assignment: Count
    number: Count
    answer: Annotated[str, Meta(min_length=1, max_length=20_000)]
    answered_at: Moment
    photos: list[AttachmentFields] = field(default_factory=list)
    """What the agency sent with it; they lie in intake."""


@event
@dataclass(frozen=True, kw_only=True)
class CaseClosed(AboutComplaint):
    """The case is settled. `number` counts the closings of a case from 1, since a closed case can be opened again."""

    TYPE: ClassVar[str] = "case.closed.v1"

    agency: Code | None
    assignment: Annotated[int, Meta(ge=0)]
    """0: nobody was in charge."""
    number: Count
    reason: Annotated[str, Meta(max_length=500)]
    closed_at: Moment
    role: Annotated[str, Meta(max_length=30)] = ""
    """`system`: it closed by itself, since nobody replied to the answer in time."""


Reason = Annotated[str, Meta(max_length=500)]
"""Why a person did something, in that person's words; empty where none was asked for."""


@event
@dataclass(frozen=True, kw_only=True)
class CaseArchived(AboutComplaint):
    """It is not worked on, and why. `number` counts the archivings of a case from 1. The citizen reads `reason`."""

    TYPE: ClassVar[str] = "case.archived.v1"

    agency: Code | None
    number: Count
    why: ArchiveReason
    reason: Reason
    archived_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseAsked(AboutComplaint):
    """The citizen is asked for more, until then: otherwise the complaint counts as withdrawn. `number` from 1."""

    TYPE: ClassVar[str] = "case.asked.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "question")

    agency: Code | None
    number: Count
    question: Annotated[str, Meta(min_length=1, max_length=2_000)]
    asked_at: Moment
    until: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseResumed(AboutComplaint):
    """What the citizen was asked for came, or a person went on without it. `state` is the case's now."""

    TYPE: ClassVar[str] = "case.resumed.v1"

    agency: Code | None
    number: Count
    state: Code
    resumed_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(AboutComplaint):
    """Asked for more, the citizen did not answer in time: it counts as withdrawn. `number` is the question's."""

    TYPE: ClassVar[str] = "case.withdrawn.v1"

    agency: Code | None
    number: Count
    withdrawn_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseReturned(AboutComplaint):
    """The agency says that it is not in charge; a coordinator decides anew. No "no" of one office to the citizen.

    `agency` and `assignment` are those that ended; `suggested` is whom the agency names instead.
    """

    TYPE: ClassVar[str] = "case.returned.v1"

    agency: Code
    assignment: Count
    reason: Reason
    suggested: Code | None = None
    returned_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseReopened(AboutComplaint):
    """A settled case goes on: the citizen said that it is not solved (`role` citizen), or a person decided so.

    `number` counts the reopenings of a case from 1; `agency` None: a coordinator has to decide who is in charge.
    """

    TYPE: ClassVar[str] = "case.reopened.v1"

    agency: Code | None
    assignment: Annotated[int, Meta(ge=0)]
    number: Count
    reason: Reason
    role: Annotated[str, Meta(max_length=30)]
    reopened_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseMerged(AboutComplaint):
    """It is the same matter as another complaint, `into`, whose course it follows from now on."""

    TYPE: ClassVar[str] = "case.merged.v1"

    into: Id
    into_ticket: Code
    reason: Reason
    merged_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseSplit(AboutComplaint):
    """One more matter stands in the complaint: `part` is to become a complaint of its own, of the same sender.

    `part_id` names the part once and for all; `number` counts the parts of a complaint from 1; `agency` is whom the
    coordinator chose for it, None: the rules decide.
    """

    TYPE: ClassVar[str] = "case.split.v1"
    SEALED: ClassVar[tuple[str, ...]] = ("text", "part")

    part_id: Id
    number: Count
    part: Annotated[str, Meta(min_length=1, max_length=20_000)]
    agency: Code | None
    split_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseCopied(AboutComplaint):
    """Another agency is to know of the case, without being in charge of it."""

    TYPE: ClassVar[str] = "case.copied.v1"

    agency: Code
    in_charge: Code | None
    reason: Reason
    copied_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CaseEscalated(AboutComplaint):
    """A deadline is near or past and the next rung of the ladder is to know. Said in office hours only.

    `clock` and `due_at` name the deadline, `step` the rung from 1, `rung` who that is (a role), `tell` the agency that
    is written to: the one in charge, or the city's coordinating office.
    """

    TYPE: ClassVar[str] = "case.escalated.v1"

    agency: Code | None
    assignment: Annotated[int, Meta(ge=0)]
    clock: Code
    due_at: Moment
    step: Count
    rung: Code
    tell: Code | None
    escalated_at: Moment


@event
@dataclass(frozen=True, kw_only=True)
class CasePublished:
    """A coordinator made a summary of the case public. Everything in it may be shown to anybody.

    `revision` counts the publications of a case from 1 and the withdrawals between; the highest holds. Latitude and
    longitude in `place`, if any, are already coarse; `place.detail` is never set.
    """

    TYPE: ClassVar[str] = "case.published.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    complaint_id: Id
    ticket: Code
    revision: Count
    summary: Annotated[str, Meta(min_length=1, max_length=2_000)]
    kind: Kind
    agency: Code | None
    state: Code
    place: Place = field(default_factory=Place)
    external_refs: dict[str, str] = field(default_factory=dict)
    answer: Annotated[str, Meta(max_length=5_000)] = ""
    """The public version of what the agency answered; empty: none is public."""
    requested_at: Moment
    updated_at: Moment
    published_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id


@event
@dataclass(frozen=True, kw_only=True)
class CaseUnpublished:
    """What was public of the case is no longer. `revision` as in `CasePublished`."""

    TYPE: ClassVar[str] = "case.unpublished.v1"
    SEALED: ClassVar[tuple[str, ...]] = ()

    complaint_id: Id
    ticket: Code
    revision: Count
    unpublished_at: Moment

    @property
    def subject(self) -> str:
        return self.complaint_id
