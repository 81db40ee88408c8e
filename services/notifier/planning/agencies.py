"""What agencies are told: a case that is theirs, a copy, what was added, and a reminder. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.notifier.delivery import (
    CASE_ADDITION,
    CASE_COPY,
    CASE_NOTICE,
    CASE_REMINDER,
    NONE,
    PENDING,
    SKIPPED,
    Delivery,
    Planned,
)
from services.notifier.planning.directory import Directory, DirectoryEntry
from services.notifier.planning.showing import (
    CONFIDENTIAL,
    circumstances,
    masked,
    routed_place,
    shown_to_agency,
    telling_phrases,
)
from shared.city_notifications import Notifications
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import AboutComplaint, ComplaintAdded, ComplaintRouted
from shared.observability.masking import mask

EMERGENCY = "emergency"
"""The outcome of a decision whose messages may disturb at night."""


def plan_routed(event: ComplaintRouted, directory: Directory, now: datetime) -> list[Planned]:
    """The notice to the agency in charge, and copies to those that the decision names beside it.

    A copy holds no contact that stands in the words, also when the identity is open: its reader does not handle it.
    """
    shown = {**shown_to_agency(event, routed_place(event)), "why": telling_phrases(event)}
    notice = replace(_of_assignment(event, CASE_NOTICE, event.agency, now), urgent=is_emergency(event))
    planned = [to_agency(notice, directory.get(event.agency), shown)]
    lead = directory.get(event.agency)
    copied = {**without_contacts(shown), "lead": lead.name if lead else event.agency}
    for code in dict.fromkeys(event.decision.get("also") or ()):
        if code == event.agency:
            continue
        copy = _of_assignment(event, CASE_COPY, code, now)
        if event.identity == CONFIDENTIAL:
            planned.append(replace(copy, reason="confidential"))
        else:
            planned.append(to_agency(copy, directory.get(code), copied))
    return planned


def plan_assigned(event: CaseAssigned, directory: Directory, now: datetime) -> list[Planned]:
    """The notice to the agency that a coordinator chose, with the coordinator's reason."""
    shown = {**shown_to_agency(event), "coordinator_reason": masked(event.reason, event.identity)}
    notice = _of_assignment(event, CASE_NOTICE, event.agency, now)
    return [to_agency(notice, directory.get(event.agency), shown)]


def plan_added(
    event: ComplaintAdded,
    in_charge: tuple[str, int] | None,
    directory: Directory,
    notifications: Notifications,
    now: datetime,
) -> list[Planned]:
    """Tells the agency in charge (code, number of the assignment); nobody while it is not known to be anyone's.

    It waits for what else is added meanwhile: several become one message. Whoever gets the case later reads everything
    at the desk.
    """
    if in_charge is None:
        return []
    code, assignment = in_charge
    due_at = now + timedelta(seconds=notifications.gather_seconds)
    shown = circumstances(event, event.place, masked(event.place.detail or "", event.identity))
    shown["lines"] = [
        {
            "what": event.what,
            "text": masked(event.addition, event.identity),
            "photos": len(event.photos),
            "added_at": event.added_at.isoformat(),
            "by_channel": event.by_channel,
        }
    ]
    planned = of_case(event, f"{CASE_ADDITION}.{event.number}", code, assignment, due_at)
    return [to_agency(planned, directory.get(code), shown)]


def plan_reminder(notice: Delivery, entry: DirectoryEntry | None, now: datetime, used: Collection[str] = ()) -> Planned:
    """The case once more, to an agency where nobody took note of it: by a way that was not `used`, where it has one.

    The notice has to hold still what it said; else the reminder is skipped, with the reason.
    """
    planned = Planned(
        complaint_id=notice.complaint_id, ticket=notice.ticket, assignment=notice.assignment,
        recipient=notice.recipient, message=CASE_REMINDER, channel=NONE, due_at=now, state=SKIPPED,
        reason="notice_cleared",
    )  # fmt: skip
    if not notice.data:
        return planned
    shown = {**notice.data, "noticed_at": notice.planned_at.isoformat()}
    others = entry is not None and any(way not in used for way in entry.ways)
    return to_agency(replace(planned, gave_up=sorted(used) if others else ()), entry, shown)


def is_emergency(event: ComplaintRouted) -> bool:
    return event.decision.get("outcome") == EMERGENCY


def without_contacts(shown: Mapping[str, Any]) -> dict[str, Any]:
    """As whoever does not handle the case may read it, also where the identity is open."""
    place = {**shown["place"], "detail": mask(shown["place"]["detail"])}
    return {**shown, "text": mask(shown["text"]), "place": place, "why": [mask(phrase) for phrase in shown["why"]]}


def _of_assignment(event: ComplaintRouted | CaseAssigned, message: str, code: str, now: datetime) -> Planned:
    return of_case(event, message, code, event.assignment, now)


def of_case(event: AboutComplaint, message: str, code: str, assignment: int, due_at: datetime) -> Planned:
    """Not yet to be sent: the case lies in the agency's inbox at the desk all the same."""
    return Planned(
        complaint_id=event.complaint_id, ticket=event.ticket, assignment=assignment, recipient=code, message=message,
        channel=NONE, due_at=due_at, state=SKIPPED, reason="no_endpoint",
    )  # fmt: skip


def to_agency(planned: Planned, entry: DirectoryEntry | None, shown: Mapping[str, Any]) -> Planned:
    """By the first of the agency's ways that was not given up, in its language; skipped where it has none."""
    way = next((way for way in entry.ways if way not in planned.gave_up), None) if entry else None
    if entry is None or way is None:
        return replace(planned, reason="no_endpoint")
    data = {**shown, "agency": entry.name}
    return replace(planned, channel=way, state=PENDING, reason="", data=data, language=entry.language)
