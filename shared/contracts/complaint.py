"""Facts about a complaint: it was received (intake), it was routed or not (router).

Each carries all that a listener needs: text (sealed on the way), place, kind, identity mode, and a reference to the
contact, never the contact. `revision` grows with each fact about a complaint; listeners apply by revision, so the
order of arrival does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from shared.contracts import fields as parts
from shared.contracts.fields import Place
from shared.contracts.registry import event


class _AboutComplaint(Schema):
    complaint_id = fields.Str(required=True, validate=validate.Length(min=1, max=64))
    ticket = parts.code()
    revision = fields.Int(required=True, strict=True, validate=validate.Range(min=1))
    text = parts.sealed()
    channel = parts.code()
    kind = fields.Str(required=True, validate=validate.OneOf(parts.KINDS))
    identity = fields.Str(required=True, validate=validate.OneOf(parts.IDENTITIES))
    place = parts.place()
    contact_ref = parts.optional_code()
    received_at = parts.moment()
    external_refs = parts.external_refs()
    attachments = fields.List(fields.Dict(), load_default=list)


@dataclass(frozen=True)
class _Complaint:
    SEALED: ClassVar[tuple[str, ...]] = ("text",)

    complaint_id: str
    ticket: str
    revision: int
    text: str
    channel: str
    kind: str
    identity: str
    place: Place
    contact_ref: str | None
    received_at: datetime
    external_refs: dict[str, str] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.complaint_id


class ComplaintReceivedSchema(_AboutComplaint):
    receipt = fields.Str(required=True, validate=validate.OneOf(("wanted", "capped", "no_contact", "automatic")))


@event(ComplaintReceivedSchema)
@dataclass(frozen=True)
class ComplaintReceived(_Complaint):
    """Intake stored a complaint. `receipt` says whether the citizen is to get a message about it, and if not, why."""

    TYPE: ClassVar[str] = "complaint.received.v1"

    receipt: str = "no_contact"


class ReasonSchema(parts.Part):
    rule = fields.Str(required=True)
    phrase = fields.Str(required=True)
    start = fields.Int(required=True, strict=True)
    end = fields.Int(required=True, strict=True)
    weight = fields.Int(required=True, strict=True)


class AlternativeSchema(parts.Part):
    agency = parts.code()
    score = fields.Int(required=True, strict=True)


class DecisionSchema(parts.Part):
    outcome = fields.Str(required=True, validate=validate.OneOf(("routed", "triage", "emergency")))
    reason = parts.code()
    agency = parts.optional_code()
    also = fields.List(parts.code(), load_default=list)
    score = fields.Int(required=True, strict=True)
    margin = fields.Int(required=True, strict=True)
    reasons = fields.List(fields.Nested(ReasonSchema), load_default=list)
    alternatives = fields.List(fields.Nested(AlternativeSchema), load_default=list)
    place = fields.Dict(allow_none=True, load_default=None)
    ruleset = fields.Str(required=True)


class ComplaintRoutedSchema(_AboutComplaint):
    decision = fields.Nested(DecisionSchema, required=True)
    agency = parts.code()
    assignment = fields.Int(required=True, strict=True, validate=validate.Range(min=1))
    routed_at = parts.moment()


@event(ComplaintRoutedSchema)
@dataclass(frozen=True)
class ComplaintRouted(_Complaint):
    """The router found the agency in charge. `decision` is the whole explanation as stored."""

    TYPE: ClassVar[str] = "complaint.routed.v1"

    decision: dict[str, Any] = field(default_factory=dict)
    agency: str = ""
    assignment: int = 1
    routed_at: datetime | None = None


class ComplaintUnroutedSchema(_AboutComplaint):
    decision = fields.Nested(DecisionSchema, required=True)
    reason = parts.code()
    decided_at = parts.moment()


@event(ComplaintUnroutedSchema)
@dataclass(frozen=True)
class ComplaintUnrouted(_Complaint):
    """A coordinator at the desk is to decide. An outcome with an owner, not an error.

    `reason` is the decision's reason for triage, or `external_confirmation`: the rules found a body outside the city
    government (it stands in the decision), and handing over to such a body takes a person's word.
    """

    TYPE: ClassVar[str] = "complaint.unrouted.v1"

    decision: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    decided_at: datetime | None = None
