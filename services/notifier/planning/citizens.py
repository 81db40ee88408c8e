"""What citizens are told: receipts, what happens to their complaint, the question how it went, a code. Pure.

Only the one who complained is told what happens to a complaint; who joined it later reads it on the tracking page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.notifier.delivery import (
    ANY,
    CASE_UPDATE,
    CITIZEN,
    CONTACT_CODE,
    FOLLOW_RECEIPT,
    NONE,
    PENDING,
    RECEIPT,
    SATISFACTION,
    SKIPPED,
    Planned,
)
from services.notifier.planning.agencies import is_emergency
from services.notifier.planning.directory import Directory
from services.notifier.planning.showing import excerpt, shown_to_citizen
from shared.city_notifications import ANSWERED, FORWARDED, REFERRED, Notifications
from shared.contracts.case import CaseAnswered, CaseAssigned, CaseClosed
from shared.contracts.complaint import (
    AboutComplaint,
    ComplaintFollowed,
    ComplaintReceived,
    ComplaintRouted,
    ContactCheckAsked,
)

RECEIPT_ASSIGNMENT = 0
"""Of messages that belong to the complaint, whichever agency has it."""
NO_TICKET = "-"
SPLIT_FROM = "split_from"
"""The reference to the ticket of which a complaint was a part."""
_NO_RECEIPT = {"capped": "daily_cap", "no_contact": "no_contact", "automatic": "automatic_mail"}


def plan_receipt(event: ComplaintReceived, now: datetime) -> Planned:
    """Exactly one, also when none is sent: then it is skipped, with the reason."""
    planned = _receipt(event, RECEIPT, (event.complaint_id, event.ticket), now)
    if planned.state == SKIPPED:
        return planned
    more = {"asks": list(event.asks), "split_from": event.external_refs.get(SPLIT_FROM, "")}
    return replace(planned, data={**planned.data, **more})


def plan_followed(event: ComplaintFollowed, now: datetime, language: str = "") -> Planned:
    """The receipt of one who joined, like any other; it belongs to the follower's own number.

    `language` is that of an earlier receipt for this number, where the fact says none.
    """
    planned = _receipt(event, FOLLOW_RECEIPT, (event.follower_id, event.follower_ticket), now)
    return replace(planned, language=event.language or language)


def plan_update(
    event: ComplaintRouted | CaseAssigned | CaseAnswered,
    directory: Directory,
    notifications: Notifications,
    language: str,
    now: datetime,
) -> list[Planned]:
    """One line of what happened, for whoever left a contact; it waits for what else happens meanwhile.

    Which channels carry it is known only when the contact is: see `wishes.lines_carried`. Nothing is planned where
    none would.
    """
    entry = directory.get(event.agency)
    external = entry is not None and entry.is_external
    what = ANSWERED if isinstance(event, CaseAnswered) else REFERRED if external else FORWARDED
    at = event.routed_at if isinstance(event, ComplaintRouted) else _moment(event)
    line: dict[str, Any] = line_of(what, event.agency, directory, at)
    if isinstance(event, CaseAnswered):
        line["answer"] = event.answer.strip()
    if what == REFERRED and entry is not None:
        line["contact"] = entry.public_contact
    planned = plan_lines(event, line, event.assignment, notifications, language, now)
    urgent = isinstance(event, ComplaintRouted) and is_emergency(event)
    return [replace(one, urgent=urgent) for one in planned]


def line_of(what: str, agency: str | None, directory: Directory, at: datetime) -> dict[str, Any]:
    """One thing that happened; an agency that nobody knows is named by its code, none at all by nothing."""
    entry = directory.get(agency) if agency else None
    return {"what": what, "agency": entry.name if entry else agency or "", "at": at.isoformat(), "answer": ""}


def plan_lines(
    event: AboutComplaint, line: Mapping[str, Any], assignment: int, notifications: Notifications, language: str,
    now: datetime,
) -> list[Planned]:  # fmt: skip
    """The line as a message that waits for others; none where no channel would carry it."""
    if event.contact_ref is None or not notifications.tells(line["what"]):
        return []
    due_at = now + timedelta(seconds=notifications.gather_seconds)
    planned = to_citizen(event, f"{CASE_UPDATE}.{event.revision}", language, {"lines": [dict(line)]}, due_at)
    return [replace(planned, assignment=assignment)]


def plan_satisfaction(event: CaseClosed, notifications: Notifications, language: str, now: datetime) -> list[Planned]:
    """Asks once for each complaint how content the citizen is, after what was said before has been gathered and sent.

    The natural key sees to it that there is no second one when a case was opened again and closed again.
    """
    if not notifications.ask_satisfaction or event.contact_ref is None:
        return []
    due_at = now + timedelta(seconds=notifications.gather_seconds)
    return [to_citizen(event, SATISFACTION, language, {"closed_at": event.closed_at.isoformat()}, due_at)]


def plan_contact_code(event: ContactCheckAsked, now: datetime) -> Planned:
    """The code itself is asked for when it is sent, like the contact."""
    return Planned(
        complaint_id=event.check_id, ticket=NO_TICKET, assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN,
        message=CONTACT_CODE, channel=ANY, due_at=now, contact_ref=event.contact_ref, language=event.language,
        data={"expires_at": event.expires_at.isoformat()},
    )  # fmt: skip


def _moment(event: CaseAssigned | CaseAnswered) -> datetime:
    return event.answered_at if isinstance(event, CaseAnswered) else event.assigned_at


def to_citizen(
    event: AboutComplaint, message: str, language: str, told: Mapping[str, Any], due_at: datetime
) -> Planned:
    """A message about the complaint, whoever has it, to the one who made it."""
    return Planned(
        complaint_id=event.complaint_id, ticket=event.ticket, assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN,
        message=message, channel=ANY, due_at=due_at, contact_ref=event.contact_ref,
        data={**shown_to_citizen(event), **told}, language=language,
    )  # fmt: skip


def _receipt(
    event: ComplaintReceived | ComplaintFollowed, message: str, own: tuple[str, str], now: datetime
) -> Planned:
    """`own` are the id and the ticket that it is about."""
    reason = _NO_RECEIPT.get(event.receipt, "")
    if not reason and event.contact_ref is None:
        reason = "no_contact"
    settled = Planned(
        complaint_id=own[0], ticket=own[1], assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN, message=message,
        channel=NONE, due_at=now, state=SKIPPED, reason=reason, language=event.language,
    )  # fmt: skip
    if reason:
        return settled
    shown = {**shown_to_citizen(event), "excerpt": excerpt(event.text)}
    return replace(settled, channel=ANY, state=PENDING, contact_ref=event.contact_ref, data=shown)
