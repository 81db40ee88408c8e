"""A case as an agency's system reads it: the fields of the messages, and what only the desk knows.

Its shape is `docs/schemas/agency-message.schema.json`. A machine passes on what it gets: it never carries a contact,
and what the citizen wrote is masked whatever the identity is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from services.desk.api.changes import COPY, LEAD
from services.desk.api.endpoints import PATH
from services.desk.cases import contents, machine, telling
from services.desk.cases.case import Case, Happening
from services.desk.cases.contents import Content, Contents
from services.desk.cases.photos import CasePhoto, photos_of
from services.desk.deadlines.clocks import Clock
from services.desk.directory.repository import Entry
from services.desk.tables import case_contents, case_events
from shared.observability.masking import mask

MOST_PHRASES = 8
NOBODY = "-"
_HIDDEN_FROM_COPIES = frozenset({machine.NOTED, "contact"})


@dataclass(frozen=True)
class Reader:
    """Who reads, and what it takes to show it. `agencies` are all, by code; `desk_url` ends without a slash."""

    agency: str
    desk_url: str
    agencies: Mapping[str, Entry]
    now: datetime


@dataclass(frozen=True)
class Known:
    """What is known of a case besides itself. `assigned` is the last assignment by a person."""

    role: str
    contents: Contents
    assigned: Happening | None = None


def contents_of(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, Contents]:
    """By complaint, each in its order."""
    which = case_contents.c.complaint_id.in_(sorted(set(complaint_ids)))
    order = (case_contents.c.kind, case_contents.c.number, case_contents.c.at, case_contents.c.ref)
    found: dict[str, list[Content]] = {one: [] for one in complaint_ids}
    for row in connection.execute(select(*case_contents.c).where(which).order_by(*order)).mappings():
        found[row["complaint_id"]].append(Content(**row))
    return {one: Contents(tuple(every)) for one, every in found.items()}


def assignments_of(connection: Connection, complaint_ids: Sequence[str]) -> dict[str, Happening]:
    """The last assignment of each, where a person made one."""
    which = case_events.c.complaint_id.in_(sorted(set(complaint_ids))), case_events.c.act == machine.ASSIGNED
    rows = connection.execute(select(*case_events.c).where(*which).order_by(case_events.c.seq)).mappings()
    return {row["complaint_id"]: Happening(**row) for row in rows}


def case_object(reader: Reader, case: Case, known: Known) -> dict[str, Any]:
    """Plain JSON. What the case says of itself is taken from `known`, so it need not have its content."""
    report = known.contents.one(contents.REPORT)
    detail = mask(report.place_detail if report else "")
    told = {
        "ticket": case.ticket,
        "agency": reader.agency,
        "assignment": case.assignment if known.role == LEAD else 0,
        "kind": case.kind,
        "channel": case.channel,
        "identity": case.identity,
        "received_at": case.received_at.isoformat(),
        "place": {"kecamatan": case.kecamatan, "kelurahan": case.kelurahan, "detail": detail},
        "photos": len(photos_of(_with_photos(case, report), known.contents)),
        "link": f"{reader.desk_url}/cases/{case.ticket}",
        "text": mask(report.text).strip() if report else None,
        "why": _why(case),
        "role": known.role,
        "state": case.state,
        "revision": case.revision,
        "urgent": case.urgent,
        "updated_at": case.updated_at.isoformat(),
        "due_at": _moment(case.due_at),
        "external_refs": dict(case.external_refs),
        "links": {"self": f"{reader.desk_url}{PATH}/cases/{case.ticket}"},
    }
    if known.role == COPY:
        lead = reader.agencies.get(case.agency or "")
        return {**told, "lead": (lead.name if lead else case.agency) or NOBODY}
    reason = known.assigned.note if known.assigned and known.assigned.data.get("agency") == case.agency else ""
    return {**told, "coordinator_reason": mask(reason)} if reason else told


def whole_case(
    reader: Reader, case: Case, known: Known, happenings: Iterable[Happening], clocks: Iterable[Clock]
) -> dict[str, Any]:
    """With all that happened, was said and is due. Links to photos are added by whoever may give them."""
    is_lead = known.role == LEAD
    shown = [one for one in happenings if is_lead or one.act not in _HIDDEN_FROM_COPIES]
    added = known.contents.of(contents.ADDITION)
    return {
        **case_object(reader, case, known),
        "timeline": [change(one) for one in shown],
        "deadlines": [_deadline(one, reader.now) for one in clocks],
        "additions": [_addition(one) for one in added],
        "followers": sum(one.act == "followed" for one in shown),
        "answers": [_said(one, masked=not is_lead) for one in known.contents.of(contents.ANSWER)],
        "questions": [_said(one, masked=not is_lead) for one in known.contents.of(contents.QUESTION)],
        "notes": [_note(one) for one in known.contents.of(contents.NOTE)] if is_lead else [],
        "photo_links": [],
    }


def change(event: Happening) -> dict[str, Any]:
    """A line of the timeline. `told` is the sentence that people read at the desk."""
    told = {
        "at": event.at.isoformat(),
        "act": event.act,
        "role": event.role,
        "by": str(event.data.get("name") or event.actor),
        "told": mask(str(telling.happening(event))),
        "note": mask(str(telling.note(event))),
    }
    number = event.data.get("number")
    return {**told, "number": number} if isinstance(number, int) else told


def photos_shown(case: Case, known: Known) -> list[CasePhoto]:
    return photos_of(_with_photos(case, known.contents.one(contents.REPORT)), known.contents)


def _with_photos(case: Case, report: Content | None) -> Case:
    return replace(case, attachments=report.photos if report else [])


def _why(case: Case) -> list[str]:
    """The phrases that spoke for the decision, each once, the weightiest first."""
    reasons = sorted(case.decision.get("reasons") or (), key=lambda reason: -int(reason["weight"]))
    phrases = (mask(str(reason["phrase"])).strip() for reason in reasons if reason["weight"] > 0)
    return list(dict.fromkeys(phrase for phrase in phrases if phrase))[:MOST_PHRASES]


def _addition(content: Content) -> dict[str, Any]:
    return {
        "what": content.about.get("what", "addition"),
        "text": mask(content.text),
        "photos": len(content.photos),
        "added_at": content.at.isoformat(),
        "by_channel": content.about.get("channel", ""),
    }


def _said(content: Content, *, masked: bool) -> dict[str, Any]:
    text = mask(content.text) if masked else content.text
    return {"number": content.number, "text": text, "photos": len(content.photos), "at": content.at.isoformat()}


def _note(content: Content) -> dict[str, Any]:
    by = str(content.about.get("name") or content.about.get("by", ""))
    return {"number": content.number, "text": mask(content.text), "by": by, "at": content.at.isoformat()}


def _deadline(clock: Clock, now: datetime) -> dict[str, Any]:
    """How it was counted, too: each day that was left out, and why."""
    return {
        "clock": clock.name,
        "number": clock.number,
        "state": clock.state,
        "started_at": clock.started_at.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "ended_at": _moment(clock.ended_at),
        "late": clock.is_late(now),
        "days": clock.days,
        "unit": clock.unit,
        "skipped": [{"day": day.isoformat(), "why": why, "name": name} for day, why, name in clock.skipped],
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
