"""A case, and how the facts about a complaint make it. Pure: the same facts give the same case in whatever order.

Two things in a case have each their own order. *What the complaint says and what the rules thought of it* comes from
the router's fact with the highest revision. *Who has it* comes from the highest assignment of a person; only as long
as no person decided, from the router as well. So a late fact of the router never takes a case from an agency that a
coordinator chose. How far the agency is with it holds as long as it has the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintRouted, ComplaintUnrouted
from shared.contracts.fields import AttachmentFields, Place

TRIAGE, FORWARDED, IN_PROGRESS, ANSWERED, CLOSED = "triage", "forwarded", "in_progress", "answered", "closed"
STATES = (TRIAGE, FORWARDED, IN_PROGRESS, ANSWERED, CLOSED)
WORKED = frozenset({IN_PROGRESS, ANSWERED, CLOSED})
"""States that only people of the agency in charge bring about."""
ROUTER, PERSON, NOBODY = "router", "person", ""
EXTERNAL_CONFIRMATION = "external_confirmation"


@dataclass(frozen=True)
class Case:
    """`revision` is the highest heard of; `assignment` the last number given out (0: none yet).

    `text` is None when it was deleted.
    """

    complaint_id: str
    ticket: str
    revision: int
    router_revision: int
    state: str
    agency: str | None
    assignment: int
    assigned_by: str
    kind: str
    identity: str
    channel: str
    kecamatan: str | None
    kelurahan: str | None
    latitude: float | None
    longitude: float | None
    urgent: bool
    reason: str
    contact_ref: str | None
    received_at: datetime
    updated_at: datetime
    decision: Mapping[str, Any] = field(default_factory=dict)
    external_refs: dict[str, str] = field(default_factory=dict)
    attachments: list[AttachmentFields] = field(default_factory=list)
    text: str | None = None
    place_detail: str = ""

    @property
    def suggested(self) -> str | None:
        """The agency that the rules would choose: what they decided, else the best candidate."""
        if self.decision.get("agency"):
            return str(self.decision["agency"])
        return next((str(other["agency"]) for other in self.decision.get("alternatives", ())), None)


def carried_on(case: Case) -> dict[str, Any]:
    """What every fact about a case carries on, but for its revision and its place."""
    return {
        "complaint_id": case.complaint_id,
        "ticket": case.ticket,
        "text": case.text or "",
        "channel": case.channel,
        "kind": case.kind,
        "identity": case.identity,
        "contact_ref": case.contact_ref,
        "received_at": case.received_at,
        "external_refs": case.external_refs,
        "attachments": case.attachments,
    }


def place_of(case: Case) -> Place:
    return Place(case.kecamatan, case.kelurahan, case.place_detail or None, case.latitude, case.longitude)


@dataclass(frozen=True)
class Happening:
    """A line of a case's timeline. `key` names what happened in itself, so that a repetition is recognised."""

    complaint_id: str
    key: str
    at: datetime
    actor: str
    role: str
    act: str
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def of_routed(event: ComplaintRouted) -> Case:
    return replace(
        _of_router(event, event.decision, event.routed_at),
        state=FORWARDED,
        agency=event.agency,
        assignment=event.assignment,
        assigned_by=ROUTER,
        reason=str(event.decision.get("reason", "")),
    )


def of_unrouted(event: ComplaintUnrouted) -> Case:
    return replace(_of_router(event, event.decision, event.decided_at), reason=event.reason)


def of_assigned(event: CaseAssigned) -> Case:
    """What a person decided. Its text counts only as long as nothing of the router is known."""
    return replace(
        _about(event, event.assigned_at),
        state=FORWARDED,
        agency=event.agency,
        assignment=event.assignment,
        assigned_by=PERSON,
    )


def merged(one: Case, other: Case) -> Case:
    """Both together; neither the order nor a repetition matters."""
    content = _later(one, other, _content_order)
    holder = _later(one, other, _holder_order)
    if holder.assigned_by != PERSON:
        holder = content
    assignment = max(one.assignment, other.assignment)
    worked = [case.state for case in (one, other) if case.state in WORKED and _holds(case, assignment, holder.agency)]
    return replace(
        content,
        revision=max(one.revision, other.revision),
        assignment=assignment,
        updated_at=max(one.updated_at, other.updated_at),
        state=worked[0] if worked else holder.state,
        agency=holder.agency,
        assigned_by=holder.assigned_by,
        kecamatan=holder.kecamatan,
        kelurahan=holder.kelurahan,
    )


def _holds(case: Case, assignment: int, agency: str | None) -> bool:
    """Whether what was done with it was done by those who have it."""
    return (case.assignment, case.agency) == (assignment, agency)


def _content_order(case: Case) -> tuple[int, int]:
    return case.router_revision, case.assignment if case.router_revision == 0 else 0


def _holder_order(case: Case) -> int:
    return case.assignment if case.assigned_by == PERSON else 0


def _later(one: Case, other: Case, order: Any) -> Case:
    return other if order(other) > order(one) else one


def _of_router(
    event: ComplaintRouted | ComplaintUnrouted, decision: Mapping[str, Any], decided_at: datetime | None
) -> Case:
    case = _about(event, decided_at)
    found = decision.get("place") or {}
    return replace(
        case,
        router_revision=event.revision,
        decision=decision,
        urgent=decision.get("outcome") == "emergency",
        kecamatan=case.kecamatan or _name(found.get("kecamatan")),
        kelurahan=case.kelurahan or _name(found.get("kelurahan")),
    )


def _about(event: ComplaintRouted | ComplaintUnrouted | CaseAssigned, at: datetime | None) -> Case:
    return Case(
        complaint_id=event.complaint_id,
        ticket=event.ticket,
        revision=event.revision,
        router_revision=0,
        state=TRIAGE,
        agency=None,
        assignment=0,
        assigned_by=NOBODY,
        kind=event.kind,
        identity=event.identity,
        channel=event.channel,
        kecamatan=event.place.kecamatan,
        kelurahan=event.place.kelurahan,
        latitude=event.place.latitude,
        longitude=event.place.longitude,
        urgent=False,
        reason="",
        contact_ref=event.contact_ref,
        received_at=event.received_at.astimezone(UTC),
        updated_at=(at or event.received_at).astimezone(UTC),
        external_refs=dict(event.external_refs),
        attachments=list(event.attachments),
        text=storable(event.text),
        place_detail=storable(event.place.detail or ""),
    )


def storable(text: str) -> str:
    """The text with what no database takes (NUL, half surrogate pairs) replaced, sign for sign: offsets stay true."""
    return "".join("\ufffd" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in text)


def _name(value: Any) -> str | None:
    return str(value)[:100] if value else None
