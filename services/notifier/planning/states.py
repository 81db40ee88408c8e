"""What citizens are told about the states of their case: a question, archived, withdrawn, opened again, closed. Pure.

Nobody is blamed, and each says what can be done next. What one office says of another is not told: a case that was
returned stays a matter of the city's until somebody has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifier.delivery import (
    ARCHIVED,
    CITIZEN,
    NONE,
    QUESTION,
    QUESTION_REMINDER,
    SKIPPED,
    WITHDRAWN,
    Delivery,
    Planned,
)
from services.notifier.planning.citizens import line_of, plan_lines, plan_satisfaction, to_citizen
from services.notifier.planning.directory import Directory
from shared.city_notifications import ARCHIVED as TELLS_ARCHIVED
from shared.city_notifications import CLOSED, REOPENED, Notifications
from shared.city_notifications import WITHDRAWN as TELLS_WITHDRAWN
from shared.contracts.case import CaseArchived, CaseAsked, CaseClosed, CaseReopened, CaseWithdrawn

SPAM = "spam"
BY_ITSELF = "system"
"""The role of a closing that no person did."""


def plan_question(event: CaseAsked, language: str, now: datetime) -> list[Planned]:
    """At once, and by whatever channel there is: who is not told cannot answer, and would lose the complaint."""
    if event.contact_ref is None:
        return []
    told = {
        "question": event.question.strip(),
        "until": event.until.isoformat(),
        "asked_at": event.asked_at.isoformat(),
    }
    planned = to_citizen(event, f"{QUESTION}.{event.number}", language, told, now)
    return [replace(planned, data={**planned.data, "expires_at": event.until.isoformat()})]


def plan_question_reminder(asked: Delivery, now: datetime) -> Planned | None:
    """The same question once more, before its time is over; None when it was not told, or is forgotten already."""
    if asked.state == SKIPPED or not asked.data:
        return None
    number = asked.message.partition(".")[2]
    return Planned(
        complaint_id=asked.complaint_id, ticket=asked.ticket, assignment=asked.assignment, recipient=CITIZEN,
        message=f"{QUESTION_REMINDER}.{number}", channel="any", due_at=now, contact_ref=asked.contact_ref,
        data=asked.data, language=asked.language,
    )  # fmt: skip


def plan_archived(
    event: CaseArchived, directory: Directory, notifications: Notifications, language: str, now: datetime
) -> list[Planned]:
    """Why it is not worked on, and how to object. Of spam nothing is sent: an answer would only tell that it arrived.

    Where another body is in charge and the directory knows it, the citizen reads how to reach it.
    """
    if event.contact_ref is None:
        return []
    entry = directory.get(event.agency) if event.agency else None
    other = entry if event.why == "not_ours" and entry is not None and entry.is_external else None
    told = {
        "why": event.why,
        "reason": event.reason.strip(),
        "agency": other.name if other else "",
        "contact": other.public_contact if other else "",
        "archived_at": event.archived_at.isoformat(),
    }
    planned = to_citizen(event, f"{ARCHIVED}.{event.number}", language, told, now)
    if event.why == SPAM:
        return [replace(planned, channel=NONE, state=SKIPPED, reason=SPAM, data={})]
    return [planned] if notifications.tells(TELLS_ARCHIVED) else []


def plan_withdrawn(event: CaseWithdrawn, notifications: Notifications, language: str, now: datetime) -> list[Planned]:
    if event.contact_ref is None or not notifications.tells(TELLS_WITHDRAWN):
        return []
    told = {"withdrawn_at": event.withdrawn_at.isoformat()}
    return [to_citizen(event, f"{WITHDRAWN}.{event.number}", language, told, now)]


def plan_reopened(
    event: CaseReopened, directory: Directory, notifications: Notifications, language: str, now: datetime
) -> list[Planned]:
    """A line among the news, without the reason: it is a person's note for colleagues, or the citizen's own words."""
    line = line_of(REOPENED, event.agency, directory, event.reopened_at)
    return plan_lines(event, line, event.assignment, notifications, language, now)


def plan_closed(
    event: CaseClosed, directory: Directory, notifications: Notifications, language: str, now: datetime
) -> list[Planned]:
    """First with the question how content the citizen is; later, or in a city that does not ask, as news."""
    by_itself = event.role == BY_ITSELF
    if event.number == 1 and notifications.ask_satisfaction:
        asked = plan_satisfaction(event, notifications, language, now)
        return [replace(one, data={**one.data, "by_itself": by_itself}) for one in asked]
    line: Mapping[str, Any] = {**line_of(CLOSED, event.agency, directory, event.closed_at), "by_itself": by_itself}
    return plan_lines(event, line, event.assignment, notifications, language, now)
