"""What a coordinator published, as programs ask for it: by its public number, or as a list.

A number is looked up here first and among the tickets then (`known_requests`): the two have different lengths, and
what is found under the one never tells the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake import repository_published
from services.intake.open311.known_requests import NOT_FOUND, KnownRequests, Shown
from services.intake.open311.listing import Wanted
from services.intake.repository_published import Filter, Published
from shared.errors import Refused
from shared.ids import read_ticket
from shared.public_numbers import read_public_number


@dataclass(frozen=True)
class PublishedRequests:
    known: KnownRequests

    def find(self, ids: Sequence[str], asker: str) -> list[Published | Shown]:
        """In the order asked for; what is not there, is not public, or came by another channel is left out.

        Raises `Refused` (429) as `KnownRequests.find`, for tickets only: public numbers are no secret to be guessed.
        """
        numbers = {id_: number for id_ in ids if (number := read_public_number(id_)) is not None}
        with self.known.database.read() as connection:
            public = repository_published.by_numbers(connection, list(numbers.values()))
        tickets = [id_ for id_ in ids if numbers.get(id_) not in public]
        shown = {one.ticket: one for one in self.known.find(tickets, asker)} if tickets else {}
        found: dict[str, Published | Shown] = {}
        for id_ in ids:
            number, ticket = numbers.get(id_, ""), read_ticket(id_[:100], self.known.ticket_prefix) or ""
            one = public.get(number) or shown.get(ticket)
            if one is not None:
                found.setdefault(one.number if isinstance(one, Published) else one.ticket, one)
        return list(found.values())

    def find_one(self, id_: str, asker: str) -> Published | Shown:
        """Raises `Refused`: 404, the same for what never was, is not public, or came by another channel."""
        found = self.find([id_], asker)
        if not found:
            raise Refused(NOT_FOUND, code="no_request", status=404)
        return found[0]

    def every(self, wanted: Wanted) -> list[Published]:
        """A page of what is public and fits."""
        filter_ = Filter(
            statuses=wanted.statuses,
            services=wanted.services,
            since=wanted.since,
            until=wanted.until,
            updated_after=wanted.updated_after,
        )
        with self.known.database.read() as connection:
            return repository_published.numbered(connection, filter_, page=wanted.page, size=wanted.page_size)
