"""What the auditors are told each day. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.notifier.delivery import ANY, AUDIT_HEAD, PERSON, Planned
from services.notifier.planning.citizens import NO_TICKET, RECEIPT_ASSIGNMENT
from shared.contracts.audit import AuditHead


def plan_audit_head(
    event: AuditHead, addresses: Sequence[str], link: str, seal: Callable[[str], str], now: datetime
) -> list[Planned]:
    """A mail to each address; `link` leads to the rows at the desk."""
    data = {
        "count": event.count, "mac": event.mac, "added": event.added, "late": event.late, "away": list(event.away),
        "since": event.since.isoformat() if event.since else "", "at": event.made_at.isoformat(),
    }  # fmt: skip
    return [
        Planned(
            complaint_id=f"{event.subject}-{number}", ticket=NO_TICKET, assignment=RECEIPT_ASSIGNMENT,
            recipient=PERSON, message=AUDIT_HEAD, channel=ANY, due_at=now,
            data={**data, "email": seal(address), "name": seal(""), "link": seal(link)},
        )
        for number, address in enumerate(addresses, start=1)
    ]  # fmt: skip
