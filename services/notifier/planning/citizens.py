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
from shared.city_notifications import ANSWERED, FORWARDED, Notifications
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
_NO_RECEIPT = {"capped": "daily_cap", "no_contact": "no_contact", "automatic": "automatic_mail"}


def plan_receipt(event: ComplaintReceived, now: datetime) -> Planned:
    """Exactly one, also when none is sent: then it is skipped, with the reason."""
    planned = _receipt(event, RECEIPT, (event.complaint_id, event.ticket), now)
    return planned if planned.state == SKIPPED else replace(planned, data={**planned.data, "asks": list(event.asks)})


def plan_followed(event: ComplaintFollowed, now: datetime) -> Planned:
    """The receipt of one who joined, like any other; it belongs to the follower's own number."""
    return _receipt(event, FOLLOW_RECEIPT, (event.follower_id, event.follower_ticket), now)


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
    what = ANSWERED if isinstance(event, CaseAnswered) else FORWARDED
    if event.contact_ref is None or not any(what in told for told in notifications.citizen_updates.values()):
        return []
    at = event.routed_at if isinstance(event, ComplaintRouted) else _moment(event)
    entry = directory.get(event.agency)
    line = {
        "what": what,
        "agency": entry.name if entry else event.agency,
        "at": at.isoformat(),
        "answer": event.answer.strip() if isinstance(event, CaseAnswered) else "",
    }
    planned = _to_citizen(event, f"{CASE_UPDATE}.{event.revision}", language, {"lines": [line]}, notifications, now)
    urgent = isinstance(event, ComplaintRouted) and is_emergency(event)
    return [replace(planned, assignment=event.assignment, urgent=urgent)]


def plan_satisfaction(event: CaseClosed, notifications: Notifications, language: str, now: datetime) -> list[Planned]:
    """Asks once for each complaint how content the citizen is, after what was said before has been gathered and sent.

    The natural key sees to it that there is no second one when a case was opened again and closed again.
    """
    if not notifications.ask_satisfaction or event.contact_ref is None:
        return []
    return [_to_citizen(event, SATISFACTION, language, {"closed_at": event.closed_at.isoformat()}, notifications, now)]


def plan_contact_code(event: ContactCheckAsked, now: datetime) -> Planned:
    """The code itself is asked for when it is sent, like the contact."""
    return Planned(
        complaint_id=event.check_id, ticket=NO_TICKET, assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN,
        message=CONTACT_CODE, channel=ANY, due_at=now, contact_ref=event.contact_ref, language=event.language,
        data={"expires_at": event.expires_at.isoformat()},
    )  # fmt: skip


def _moment(event: CaseAssigned | CaseAnswered) -> datetime:
    return event.answered_at if isinstance(event, CaseAnswered) else event.assigned_at


def _to_citizen(
    event: AboutComplaint, message: str, language: str, told: Mapping[str, Any], notifications: Notifications,
    now: datetime,
) -> Planned:  # fmt: skip
    return Planned(
        complaint_id=event.complaint_id, ticket=event.ticket, assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN,
        message=message, channel=ANY, due_at=now + timedelta(seconds=notifications.gather_seconds),
        contact_ref=event.contact_ref, data={**shown_to_citizen(event), **told}, language=language,
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
