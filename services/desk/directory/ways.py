"""By which ways an agency is reached: changed by a person, said as a fact, written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from services.desk.cases import timeline
from services.desk.directory import repository as agencies
from services.desk.directory.agencies import change as change_entry
from services.desk.directory.repository import Entry
from shared.clock import Clock
from shared.errors import Refused
from shared.messaging.outbox import Outbox
from shared.storage.database import Database

Change = Callable[[Entry], Entry]
USUAL_ORDER = ("amqp", "webhook", "email", "sms")


@dataclass(frozen=True)
class WayChanger:
    """Changes the directory in the name of `actor`, also beside a desk that runs."""

    database: Database
    outbox: Outbox
    clock: Clock
    actor: str

    def find(self, code: str) -> Entry:
        """Raises `Refused` when there is no such agency."""
        with self.database.read() as connection:
            return _known(connection, code)

    def apply(self, code: str, change: Change, *, act: str, details: dict[str, Any]) -> Entry:
        """The entry as it is now. Nothing is written or said when nothing is different.

        Raises `Refused` when there is no such agency, or when somebody else changes it at the same time.
        """
        with self.database.write() as tx:
            known = _known(tx.connection, code)
            changed = change(known)
            if changed == known:
                return known
            written = change_entry(self.outbox, tx, known, changed, self.clock.now(), self.actor)
            if written is None:
                raise Refused(f"{code} was changed by somebody else just now; look, and try again", code="conflict")
            timeline.record(
                tx, at=self.clock.now(), actor=self.actor, role="operator", act=act, subject=code, details=details
            )  # fmt: skip
        return written


def _known(connection: Connection, code: str) -> Entry:
    entry = agencies.one(connection, code)
    if entry is None:
        raise Refused(
            f"the directory has no agency {code}; see: tanggap agency list", code="no_such_agency", status=404
        )
    return entry


def with_way(way: str, address: str) -> Change:
    """Where an order is set that does not name the way, it comes first: whoever adds a way wants it to be used."""

    def change(entry: Entry) -> Entry:
        channels = entry.channels if not entry.channels or way in entry.channels else [way, *entry.channels]
        return replace(entry, endpoints={**entry.endpoints, way: address}, channels=channels)

    return change


def without_way(way: str) -> Change:
    def change(entry: Entry) -> Entry:
        endpoints = {name: address for name, address in entry.endpoints.items() if name != way}
        return replace(entry, endpoints=endpoints, channels=[one for one in entry.channels if one != way])

    return change


def with_wishes(
    channels: Sequence[str] | None = None, language: str | None = None, reminders: bool | None = None
) -> Change:
    """None leaves it as it is. Raises `Refused` for ways that have no address."""

    def change(entry: Entry) -> Entry:
        unknown = [way for way in channels or () if way not in entry.endpoints]
        if unknown:
            raise Refused(f"{entry.code} is not reached by {', '.join(unknown)} yet", code="no_such_way")
        return replace(
            entry,
            channels=entry.channels if channels is None else list(channels),
            language=entry.language if language is None else language,
            reminders=entry.reminders if reminders is None else reminders,
        )

    return change


def ways_of(entry: Entry) -> list[str]:
    """In the order in which they are tried; those that an order does not name are not tried."""
    return [way for way in entry.channels or USUAL_ORDER if way in entry.endpoints]
