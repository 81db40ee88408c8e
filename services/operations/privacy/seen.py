"""Who has seen a contact: acts of people and services, from the audits of all services."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from services.notifier.tables import deliveries
from services.operations.installation import Installation

REVEALED, SHOWN, SENT, EXPORTED = "revealed", "shown", "sent", "exported"
"""Shown to a person who gave a reason; handed out by intake for that; fetched to send a message; given to its owner."""
_ACTS = {
    "contact.reveal": REVEALED,
    "contacts.reveal": SHOWN,
    "contacts.resolve": SENT,
    "delivery.reveal": REVEALED,
    "dead.reveal": REVEALED,
    "quarantine.show": REVEALED,
    "privacy.export": EXPORTED,
}
MOST = 5000


@dataclass(frozen=True)
class Seen:
    """`about` is the ticket, or the id of what was opened."""

    at: datetime
    service: str
    how: str
    actor: str
    role: str
    about: str
    reason: str

    @property
    def by_person(self) -> bool:
        return self.how != SENT


def seen(installation: Installation, tickets: dict[str, str], others: Collection[str] = ()) -> list[Seen]:
    """The newest first. `tickets` by complaint id; `others` are ids of further things (mails in quarantine)."""
    subjects = {*tickets, *tickets.values(), *others, *_deliveries(installation, list(tickets))}
    found: list[Seen] = []
    for name, member in sorted(installation.members.items()):
        table = member.audit
        with member.database.read() as connection:
            for some in _in_pieces(sorted(subjects)):
                mine = and_(table.c.subject.in_(some), table.c.act.in_(sorted(_ACTS)))
                rows = connection.execute(select(*table.c).where(mine).order_by(table.c.at.desc()).limit(MOST))
                found += [
                    Seen(row.at, name, _ACTS[row.act], row.actor, row.role, tickets.get(row.subject, row.subject),
                         row.reason)
                    for row in rows
                ]  # fmt: skip
    return sorted(found, key=lambda one: (one.at, one.service), reverse=True)


def _deliveries(installation: Installation, complaint_ids: Sequence[str]) -> list[str]:
    found: list[str] = []
    with installation.members["notifier"].database.read() as connection:
        for some in _in_pieces(complaint_ids):
            mine = select(deliveries.c.delivery_id).where(deliveries.c.complaint_id.in_(some))
            found += [row.delivery_id for row in connection.execute(mine)]
    return found


def _in_pieces(ids: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
