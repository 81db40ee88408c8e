"""What people of the desk are told about their own accounts. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.notifier.delivery import ACCOUNT, ANY, PERSON, Planned
from services.notifier.planning.citizens import NO_TICKET, RECEIPT_ASSIGNMENT
from shared.contracts.person import PersonMailWanted

PRIVATE = ("email", "name", "link")
"""Kept sealed."""


def plan_account_mail(event: PersonMailWanted, seal: Callable[[str], str], now: datetime) -> Planned:
    """At once, at any hour: somebody waits for it. After its time it is of no use and is not sent."""
    data = {name: seal(getattr(event, name)) for name in PRIVATE}
    return Planned(
        complaint_id=event.mail_id, ticket=NO_TICKET, assignment=RECEIPT_ASSIGNMENT, recipient=PERSON,
        message=ACCOUNT, channel=ANY, due_at=now, urgent=True,
        data={**data, "what": event.what, "expires_at": event.expires_at.isoformat()},
    )  # fmt: skip
