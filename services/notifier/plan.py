"""From an event to the deliveries it calls for. Pure: the same event and directory give the same plan.

What a delivery will need of the complaint is settled here: texts are masked unless the identity is open, and of a
confidential complaint nothing is put into a mail that lies in an agency's common mailbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.notifier.delivery import (
    ANY,
    CASE_ADDITION,
    CASE_COPY,
    CASE_NOTICE,
    CITIZEN,
    EMAIL,
    FOLLOW_RECEIPT,
    NONE,
    PENDING,
    RECEIPT,
    SKIPPED,
    Planned,
)
from shared.contracts.case import CaseAssigned
from shared.contracts.complaint import ComplaintAdded, ComplaintFollowed, ComplaintReceived, ComplaintRouted
from shared.contracts.fields import Place
from shared.observability.masking import mask

RECEIPT_ASSIGNMENT = 0
EXCERPT_SIGNS = 200
MOST_PHRASES = 8
_NO_RECEIPT = {"capped": "daily_cap", "no_contact": "no_contact", "automatic": "automatic_mail"}


@dataclass(frozen=True)
class DirectoryEntry:
    """An agency as far as deliveries need it. `endpoints` maps a channel to its address."""

    code: str
    name: str
    endpoints: Mapping[str, str] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return str(self.endpoints.get("email") or "")


Directory = Mapping[str, DirectoryEntry]


def plan_receipt(event: ComplaintReceived, now: datetime) -> Planned:
    """Exactly one, also when none is sent: then it is skipped, with the reason."""
    planned = _receipt(event, RECEIPT, (event.complaint_id, event.ticket), now)
    return planned if planned.state == SKIPPED else replace(planned, data={**planned.data, "asks": list(event.asks)})


def plan_followed(event: ComplaintFollowed, now: datetime) -> Planned:
    """The receipt of one who joined, like any other; it belongs to the follower's own number."""
    return _receipt(event, FOLLOW_RECEIPT, (event.follower_id, event.follower_ticket), now)


def plan_routed(event: ComplaintRouted, directory: Directory, now: datetime) -> list[Planned]:
    """The notice to the agency in charge, and copies to those that the decision names beside it."""
    decision = event.decision
    place = event.place if _is_known(event.place) else _decided_place(decision)
    detail = _masked(place.detail or "", event.identity)
    shown = {**_circumstances(event, place, detail), **_words(event), "why": _phrases(event)}
    planned = [_to_agency(event, CASE_NOTICE, event.agency, shown, directory, now)]
    lead = directory.get(event.agency)
    copied = {**shown, "lead": lead.name if lead else event.agency}
    for code in dict.fromkeys(decision.get("also") or ()):
        if code == event.agency:
            continue
        if event.identity == "confidential":
            planned.append(_skipped_for_agency(event, CASE_COPY, code, "confidential", now))
        else:
            planned.append(_to_agency(event, CASE_COPY, code, copied, directory, now))
    return planned


def plan_assigned(event: CaseAssigned, directory: Directory, now: datetime) -> list[Planned]:
    """The notice to the agency that a coordinator chose, with the coordinator's reason."""
    detail = _masked(event.place.detail or "", event.identity)
    reason = _masked(event.reason, event.identity)
    shown = {**_circumstances(event, event.place, detail), **_words(event), "coordinator_reason": reason}
    return [_to_agency(event, CASE_NOTICE, event.agency, shown, directory, now)]


def plan_added(
    event: ComplaintAdded, in_charge: tuple[str, int] | None, directory: Directory, now: datetime
) -> list[Planned]:
    """Tells the agency in charge (code, number of the assignment); nobody while it is not known to be anyone's.

    Whoever gets the case later reads everything at the desk.
    """
    if in_charge is None:
        return []
    code, assignment = in_charge
    entry, message = directory.get(code), f"{CASE_ADDITION}.{event.number}"
    planned = Planned(
        complaint_id=event.complaint_id,
        ticket=event.ticket,
        assignment=assignment,
        recipient=code,
        message=message,
        channel=NONE,
        due_at=now,
        state=SKIPPED,
        reason="no_endpoint",
    )
    if entry is None or not entry.email:
        return [planned]
    shown = {
        **_circumstances(event, event.place, ""),
        "text": _masked(event.addition, event.identity),
        "what": event.what,
        "photos": len(event.photos),
        "added_at": event.added_at.isoformat(),
        "by_channel": event.by_channel,
        "agency": entry.name,
    }
    return [replace(planned, channel=EMAIL, state=PENDING, reason="", data=shown)]


def excerpt(text: str) -> str:
    """The beginning of the masked text in one line, cut between words."""
    line = " ".join(mask(text).split())
    if len(line) <= EXCERPT_SIGNS:
        return line
    cut = line[:EXCERPT_SIGNS].rsplit(" ", 1)[0]
    return f"{cut} …"


def _receipt(
    event: ComplaintReceived | ComplaintFollowed, message: str, own: tuple[str, str], now: datetime
) -> Planned:
    """`own` are the id and the ticket that it is about."""
    reason = _NO_RECEIPT.get(event.receipt, "")
    if not reason and event.contact_ref is None:
        reason = "no_contact"
    settled = Planned(
        complaint_id=own[0], ticket=own[1], assignment=RECEIPT_ASSIGNMENT, recipient=CITIZEN, message=message,
        channel=NONE, due_at=now, state=SKIPPED, reason=reason,
    )  # fmt: skip
    if reason:
        return settled
    shown = {**_circumstances(event, event.place, mask(event.place.detail or "")), "excerpt": excerpt(event.text)}
    return replace(settled, channel=ANY, state=PENDING, contact_ref=event.contact_ref, data=shown)


def _to_agency(
    event: ComplaintRouted | CaseAssigned,
    message: str,
    code: str,
    shown: Mapping[str, Any],
    directory: Directory,
    now: datetime,
) -> Planned:
    entry = directory.get(code)
    if entry is None or not entry.email:
        return _skipped_for_agency(event, message, code, "no_endpoint", now)
    return Planned(
        complaint_id=event.complaint_id, ticket=event.ticket, assignment=event.assignment, recipient=code,
        message=message, channel=EMAIL, due_at=now, data={**shown, "agency": entry.name},
    )  # fmt: skip


def _skipped_for_agency(
    event: ComplaintRouted | CaseAssigned, message: str, code: str, reason: str, now: datetime
) -> Planned:
    """No mail; the case lies in the agency's inbox at the desk all the same."""
    return Planned(
        complaint_id=event.complaint_id, ticket=event.ticket, assignment=event.assignment, recipient=code,
        message=message, channel=NONE, due_at=now, state=SKIPPED, reason=reason,
    )  # fmt: skip


def _circumstances(
    event: ComplaintReceived | ComplaintRouted | ComplaintAdded | ComplaintFollowed | CaseAssigned,
    place: Place,
    detail: str,
) -> dict[str, Any]:
    at = event.followed_at if isinstance(event, ComplaintFollowed) else event.received_at
    return {
        "kind": event.kind,
        "channel": event.channel,
        "identity": event.identity,
        "received_at": at.isoformat(),
        "place": {"kecamatan": place.kecamatan, "kelurahan": place.kelurahan, "detail": detail},
        "attachments": len(event.attachments),
    }


def _words(event: ComplaintRouted | CaseAssigned) -> dict[str, str]:
    return {"text": _masked(event.text, event.identity)}


def _masked(text: str, identity: str) -> str:
    """What an agency's mailbox may hold of it: all, or without contacts, or nothing."""
    if identity == "open":
        return text.strip()
    return "" if identity == "confidential" else mask(text).strip()


def _phrases(event: ComplaintRouted) -> list[str]:
    """The phrases that spoke for the decision, each once, the weightiest first."""
    if event.identity == "confidential":
        return []
    reasons = sorted(event.decision.get("reasons") or (), key=lambda reason: -int(reason["weight"]))
    phrases = [_masked(str(reason["phrase"]), event.identity) for reason in reasons if reason["weight"] > 0]
    return list(dict.fromkeys(phrase for phrase in phrases if phrase))[:MOST_PHRASES]


def _decided_place(decision: Mapping[str, Any]) -> Place:
    found = decision.get("place") or {}
    return Place(found.get("kecamatan"), found.get("kelurahan"))


def _is_known(place: Place) -> bool:
    return bool(place.kecamatan or place.kelurahan or place.detail)
