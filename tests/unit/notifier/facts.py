"""Facts about the states of a case, as the notifier's tests want them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shared.contracts.case import (
    CaseArchived,
    CaseAsked,
    CaseCopied,
    CaseEscalated,
    CaseReopened,
    CaseResumed,
    CaseWithdrawn,
)
from shared.contracts.fields import Place
from tests.unit.notifier.samples import NOW, TEXT, TICKET

UNTIL = NOW + timedelta(days=10)
ABOUT: dict[str, Any] = {
    "complaint_id": "c1", "ticket": TICKET, "text": TEXT, "channel": "web", "kind": "pengaduan",
    "identity": "anonymous", "contact_ref": "ref-c1", "received_at": NOW, "place": Place(detail="rumah 0812-3456-7890"),
}  # fmt: skip


def asked(**changes: Any) -> CaseAsked:
    usual = {"revision": 5, "agency": "DPUPR", "number": 1, "question": " Lubang yang mana? ", "asked_at": NOW,
             "until": UNTIL}  # fmt: skip
    return CaseAsked(**{**ABOUT, **usual, **changes})


def resumed(**changes: Any) -> CaseResumed:
    usual = {"revision": 6, "agency": "DPUPR", "number": 1, "state": "in_progress", "resumed_at": NOW}
    return CaseResumed(**{**ABOUT, **usual, **changes})


def withdrawn(**changes: Any) -> CaseWithdrawn:
    return CaseWithdrawn(**{**ABOUT, "revision": 6, "agency": "DPUPR", "number": 1, "withdrawn_at": UNTIL, **changes})


def archived(**changes: Any) -> CaseArchived:
    usual = {"revision": 6, "agency": None, "number": 1, "why": "incomplete", "reason": " Tempatnya belum jelas. ",
             "archived_at": NOW}  # fmt: skip
    return CaseArchived(**{**ABOUT, **usual, **changes})


def reopened(**changes: Any) -> CaseReopened:
    usual = {"revision": 7, "agency": "DPUPR", "assignment": 1, "number": 1, "reason": "Belum tuntas, 0812-3456-7890.",
             "role": "coordinator", "reopened_at": NOW}  # fmt: skip
    return CaseReopened(**{**ABOUT, **usual, **changes})


def copied(**changes: Any) -> CaseCopied:
    usual = {
        "revision": 6,
        "agency": "DISHUB",
        "in_charge": "DPUPR",
        "reason": "Ada rambu yang roboh.",
        "copied_at": NOW,
    }
    return CaseCopied(**{**ABOUT, **usual, **changes})


def escalated(**changes: Any) -> CaseEscalated:
    usual = {"revision": 8, "agency": "DPUPR", "assignment": 1, "clock": "settle", "due_at": NOW, "step": 2,
             "rung": "head", "tell": "DPUPR", "escalated_at": NOW + timedelta(days=1)}  # fmt: skip
    return CaseEscalated(**{**ABOUT, **usual, **changes})
