"""A case, and what happens to it, as values. Pure. How happenings make a case: folding.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.contracts.fields import AttachmentFields, Place

ROUTER, PERSON, NOBODY = "router", "person", ""


@dataclass(frozen=True)
class Case:
    """`revision` is the highest of the complaint's facts; `assignment` the last number given out (0: none yet).

    `steps` counts what has changed the case so far, `counts` how often each act has happened. `decided` says that
    somebody at the desk acted on it, so that late facts of the router no longer move it. `resume` is the state to which
    a case that waits for the citizen goes back, `declined` are the agencies that returned it, `suggestion` is whom the
    last of them named. `due_at` is the next deadline of the city, None while none runs; `rung` how far it was
    escalated. `text`, `place_detail` and `attachments` are empty when they were deleted (`text` None).
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
    steps: int = 0
    decided: bool = False
    resume: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    declined: tuple[str, ...] = ()
    suggestion: str | None = None
    joined_to: str | None = None
    joined_ticket: str | None = None
    archived_why: str = ""
    due_at: datetime | None = None
    rung: int = 0
    attachments: list[AttachmentFields] = field(default_factory=list)
    text: str | None = None
    place_detail: str = ""

    @property
    def suggested(self) -> str | None:
        """Whom a coordinator is offered first: whom the last agency named, else what the rules think, never one that
        returned it."""
        thought = (self.decision.get("agency"), *(one["agency"] for one in self.decision.get("alternatives", ())))
        offered = (self.suggestion, *thought)
        return next((str(one) for one in offered if one and one not in self.declined), None)

    def number_of(self, act: str) -> int:
        """How often it has happened so far."""
        return self.counts.get(act, 0)


@dataclass(frozen=True)
class Happening:
    """A line of a case's timeline. `key` names what happened in itself, so that a repetition is recognised.

    `seq` is its place among what changed the case, from 1; 0 for what changed nothing in it.
    """

    complaint_id: str
    key: str
    at: datetime
    actor: str
    role: str
    act: str
    note: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


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


def storable(text: str) -> str:
    """The text with what no database takes (NUL, half surrogate pairs) replaced, sign for sign: offsets stay true."""
    return "".join("\ufffd" if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign for sign in text)
