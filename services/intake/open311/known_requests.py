"""What may be shown of requests: by their number, their state and who has them. Nothing of what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from services.intake import repository
from services.intake.open311.reporting import CHANNEL, SERVICE_REF
from shared.clock import Clock
from shared.errors import Refused
from shared.ids import read_ticket
from shared.sealing import ContactHasher
from shared.storage.database import Database

MOST_UNKNOWN = 100
"""Numbers that could be tickets and are none of ours, in one hour and from one asker. Afterwards nothing is looked up
for them until the hour is over, not even a right one."""

NOT_FOUND = "Nomor permintaan ini tidak ditemukan."


@dataclass(frozen=True)
class Shown:
    ticket: str
    status: str
    agency_name: str | None
    service_code: str
    requested_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class KnownRequests:
    database: Database
    clock: Clock
    hasher: ContactHasher
    ticket_prefix: str

    def find(self, ids: Sequence[str], asker: str) -> list[Shown]:
        """Those that came by Open311, in the order asked for; others are left out, whatever is wrong with them.

        Raises `Refused` (429) for an asker who named too many numbers that are none.
        """
        tickets = list(dict.fromkeys(filter(None, (read_ticket(id_[:100], self.ticket_prefix) for id_ in ids))))
        if not tickets:
            return []
        key, hour = self._counted_as(asker), self.clock.now().replace(minute=0, second=0, microsecond=0)
        with self.database.read() as connection:
            if repository.wrong_codes_tried(connection, key, hour) >= MOST_UNKNOWN:
                raise Refused("Terlalu banyak nomor yang tidak ada. Coba lagi nanti.", code="too_many", status=429)
            rows = repository.requests_by_ticket(connection, tickets, CHANNEL)
        found = {row["ticket"]: _shown(row) for row in rows}
        unknown = len(tickets) - len(found)
        if unknown:
            with self.database.write() as tx:
                repository.count_wrong_code(tx, key, hour, by=unknown)
        return [found[ticket] for ticket in tickets if ticket in found]

    def find_one(self, id_: str, asker: str) -> Shown:
        """Raises `Refused`: 404, the same for a number that is none, is not ours, or came by another channel."""
        found = self.find([id_], asker)
        if not found:
            raise Refused(NOT_FOUND, code="no_request", status=404)
        return found[0]

    def _counted_as(self, asker: str) -> str:
        """Hashed: no addresses are kept. Tickets are shorter, so that none is ever counted for another."""
        return "open311:" + self.hasher.contact_key("open311", asker)[:24]


def _shown(row: RowMapping) -> Shown:
    return Shown(
        ticket=row["ticket"],
        status=row["status"],
        agency_name=row["agency_name"],
        service_code=row["external_refs"].get(SERVICE_REF, ""),
        requested_at=row["received_at"],
        updated_at=row["updated_at"] or row["received_at"],
    )
