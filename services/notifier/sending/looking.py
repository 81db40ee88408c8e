"""What a worker has to know about the deliveries that it holds: a few questions for the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, tuple_

from services.notifier.delivery import (
    CAPTURED,
    CASE_REMINDER,
    CHANNELS,
    CITIZEN,
    DELIVERED,
    PENDING,
    PERSON,
    SENDING,
    SENT,
    UNCERTAIN,
    Addressee,
    Delivery,
    kind_of_message,
)
from services.notifier.planning.persons import PRIVATE
from services.notifier.repository import directory, newest_assignments
from services.notifier.sending.attempts import open_attempts
from services.notifier.sending.contacts import ContactDirectory, Resolved
from services.notifier.sending.gathering import gathered_groups
from services.notifier.sending.judgement import Circumstances, counts_today
from services.notifier.sending.quiet import ANSWERS, day_begins_at
from services.notifier.tables import acknowledgements, deliveries, suppressions
from shared.city import City
from shared.city_notifications import Notifications
from shared.errors import Rejected, Transient
from shared.observability.logs import get_logger
from shared.storage.database import Database

log = get_logger("deliveries")
_COUNTED = (SENDING, SENT, DELIVERED, UNCERTAIN, CAPTURED)


@dataclass(frozen=True)
class Lookout:
    """`configured` are the channels that lead anywhere, `repeatable` the ways that may repeat an attempt."""

    database: Database
    contacts: ContactDirectory
    city: City
    notifications: Notifications
    configured: frozenset[str]
    repeatable: frozenset[str]
    unseal: Callable[[str], str]

    def look(self, channel: str, held: Sequence[Delivery], now: datetime) -> Circumstances:
        waiting = [one for one in held if one.state == PENDING]
        crashed = [one.delivery_id for one in held if one.state == SENDING]
        to_agencies = [one for one in waiting if one.recipient not in (CITIZEN, PERSON)]
        resolved = self._resolve([one for one in waiting if one.recipient == CITIZEN])
        keys = _keys_of(resolved, waiting)
        counted = {key for one in waiting if counts_today(one) for key in _keys_of(resolved, [one])}
        with self.database.read() as connection:
            begun = open_attempts(connection, crashed) if crashed else {}
            return Circumstances(
                channel=channel,
                configured=self.configured,
                now=now,
                timezone=self.city.timezone,
                notifications=self.notifications,
                newest_assignments=_newest(connection, to_agencies),
                begun_via={key: attempt.via for key, attempt in begun.items()},
                repeatable=self.repeatable,
                directory=directory(connection, [one.recipient for one in to_agencies]) if to_agencies else {},
                resolved=resolved,
                suppressed=_suppressed(connection, {*keys, *(one.recipient for one in to_agencies)}),
                acknowledged=_acknowledged(connection, to_agencies),
                gathered=gathered_groups(connection, waiting),
                persons=self._persons([one for one in waiting if one.recipient == PERSON]),
                sent_today=_sent_since(connection, counted, day_begins_at(self.city.timezone, now)),
            )

    def _persons(self, to_persons: Sequence[Delivery]) -> dict[str, Addressee]:
        """Opened only to be sent. What no key opens any more, or was cleared, is not there."""
        found = {}
        for one in to_persons:
            try:
                email, name, link = (self.unseal(one.data[part]) for part in PRIVATE)
            except (KeyError, Rejected):
                log.warning("account_mail_unreadable", delivery_id=one.delivery_id)
                continue
            found[one.delivery_id] = Addressee(email=email, name=name, tracking_code=link)
        return found

    def _resolve(self, to_citizens: Sequence[Delivery]) -> Resolved | None:
        """One question for the whole batch; None when there was no answer."""
        if not to_citizens:
            return Resolved()
        wanted = sorted({(one.complaint_id, one.contact_ref or "") for one in to_citizens})
        try:
            return self.contacts.resolve(wanted)
        except (Transient, Rejected) as error:
            log.warning("contacts_not_resolved", code=error.code, error=error.message, wanted=len(wanted))
        except Exception:
            log.exception("contacts_not_resolved", wanted=len(wanted))
        return None


def _keys_of(resolved: Resolved | None, held: Sequence[Delivery]) -> set[str]:
    if resolved is None:
        return set()
    return {key for one in held if one.recipient == CITIZEN for key in resolved.keys(one.contact_ref).values()}


def _newest(connection: Connection, held: Sequence[Delivery]) -> Mapping[str, int]:
    return newest_assignments(connection, [one.complaint_id for one in held]) if held else {}


def _suppressed(connection: Connection, keys: Iterable[str]) -> frozenset[tuple[str, str]]:
    wanted = sorted(keys)
    if not wanted:
        return frozenset()
    listed = select(suppressions.c.channel, suppressions.c.key).where(
        suppressions.c.channel.in_(CHANNELS), suppressions.c.key.in_(wanted)
    )
    return frozenset((row.channel, row.key) for row in connection.execute(listed))


def _acknowledged(connection: Connection, held: Sequence[Delivery]) -> frozenset[tuple[str, int]]:
    pairs = sorted(
        {(one.complaint_id, one.assignment) for one in held if kind_of_message(one.message) == CASE_REMINDER}
    )
    if not pairs:
        return frozenset()
    both = (acknowledgements.c.complaint_id, acknowledgements.c.assignment)
    return frozenset((row[0], row[1]) for row in connection.execute(select(*both).where(tuple_(*both).in_(pairs))))


def _sent_since(connection: Connection, keys: Iterable[str], begin: datetime) -> dict[str, int]:
    """Messages by the key of a contact, without those that answered what the person did."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    table = deliveries.c
    today = or_(table.finished_at >= begin, table.state == SENDING)
    counted = (
        select(table.recipient_key, func.count())
        .where(table.recipient_key.in_(wanted), today, table.state.in_(_COUNTED), table.message.not_in(sorted(ANSWERS)))
        .group_by(table.recipient_key)
    )
    return {row[0]: int(row[1]) for row in connection.execute(counted)}
