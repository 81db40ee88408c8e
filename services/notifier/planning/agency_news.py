"""What agencies are told beside their cases: opened again, waiting for the citizen, a copy, a deadline. Pure.

The same is not told twice: where the citizen says that it is not solved, that message opens the case again, and the
opening is no message of its own. What the citizen answered comes as an addition, and so the end of waiting is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.notifier.delivery import CASE_COPY, CASE_ESCALATION, CASE_NEWS, CITIZEN, Planned
from services.notifier.planning.agencies import of_case, to_agency, without_contacts
from services.notifier.planning.directory import Directory
from services.notifier.planning.showing import CONFIDENTIAL, circumstances, masked, shown_to_agency
from shared.contracts.case import CaseAsked, CaseCopied, CaseEscalated, CaseReopened
from shared.observability.masking import mask

REOPENED, ASKED = "reopened", "asked"

InCharge = tuple[str, int] | None
"""(agency's code, number of the assignment) of the newest assignment; None: nobody had the case yet."""


def plan_agency_reopened(event: CaseReopened, directory: Directory, now: datetime) -> list[Planned]:
    """To the agency that has it again. By the citizen's word: told as an addition, and skipped here."""
    if event.agency is None:
        return []
    told = {"what": REOPENED, "at": event.reopened_at.isoformat(), "reason": masked(event.reason, event.identity)}
    planned = of_case(event, f"{CASE_NEWS}.{event.revision}", event.agency, event.assignment, now)
    if event.role == CITIZEN:
        return [replace(planned, reason="told_as_addition")]
    return [_to_agency(planned, event, directory, told)]


def plan_agency_asked(event: CaseAsked, in_charge: InCharge, directory: Directory, now: datetime) -> list[Planned]:
    """The agency that has the case reads that it stands still, until when, and for what."""
    if event.agency is None or in_charge is None or in_charge[0] != event.agency:
        return []
    told = {
        "what": ASKED,
        "at": event.asked_at.isoformat(),
        "until": event.until.isoformat(),
        "reason": masked(event.question, event.identity),
    }
    planned = of_case(event, f"{CASE_NEWS}.{event.revision}", event.agency, in_charge[1], now)
    return [_to_agency(planned, event, directory, told)]


def plan_copied(event: CaseCopied, in_charge: InCharge, directory: Directory, now: datetime) -> list[Planned]:
    """A copy by a person's decision, like those of the rules: without contacts, and none of a confidential complaint.

    An agency that has a copy of the same assignment gets no second one. That the case goes elsewhere meanwhile does
    not take it back.
    """
    assignment = in_charge[1] if in_charge else 0
    planned = of_case(event, CASE_COPY, event.agency, assignment, now)
    if event.identity == CONFIDENTIAL:
        return [replace(planned, reason="confidential")]
    lead = directory.get(event.in_charge) if event.in_charge else None
    shown = without_contacts({**shown_to_agency(event), "why": []})
    told = {
        "lead": lead.name if lead else event.in_charge or "",
        "coordinator_reason": masked(event.reason, event.identity),
        "stays": True,
    }
    return [to_agency(planned, directory.get(event.agency), {**shown, **told})]


def plan_escalated(event: CaseEscalated, directory: Directory, now: datetime) -> list[Planned]:
    """Once for each clock, its due day, step and recipient. Nobody is written to where `tell` names nobody."""
    if event.tell is None:
        return []
    lead = directory.get(event.agency) if event.agency else None
    told = {
        "clock": event.clock,
        "due_at": event.due_at.isoformat(),
        "late": event.due_at <= event.escalated_at,
        "step": event.step,
        "rung": event.rung,
        "lead": "" if event.tell == event.agency else (lead.name if lead else event.agency or ""),
        "stays": event.tell != event.agency,
    }
    message = f"{CASE_ESCALATION}.{event.clock[:24]}.{event.due_at:%Y%m%d}.{event.step}"
    planned = of_case(event, message, event.tell, event.assignment, now)
    return [_to_agency(planned, event, directory, told)]


def _to_agency(
    planned: Planned,
    event: CaseReopened | CaseAsked | CaseEscalated,
    directory: Directory,
    told: Mapping[str, Any],
) -> Planned:
    """With where and when of the complaint, and none of its words; the reader may be another than who handles it."""
    shown = circumstances(event, event.place, mask(masked(event.place.detail or "", event.identity)))
    return to_agency(planned, directory.get(planned.recipient), {**shown, **told})
