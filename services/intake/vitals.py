"""What intake looks at beside what every process does: what came in by which channel, and its mailbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, func, select

from services.intake.mail.room import MailRoom
from services.intake.tables import complaints
from shared.clock import Clock
from shared.storage.database import Database
from shared.thresholds import OK
from shared.vitals.looking import Probe
from shared.vitals.sign import Fact, Sign, yes_or_no

CHANNELS = ("web", "sms", "email", "open311", "counter")
_EVERY_SECONDS = 10.0
_MOST_COUNTED = 20_000
_LOOKED_BACK = 2_000
"""So many complaints are looked at to find when a channel was last used."""


@dataclass
class ChannelLook:
    """How many complaints came today (the city's day), and when the last did. Older ones are remembered."""

    database: Database
    clock: Clock
    zone: ZoneInfo
    _last: dict[str, datetime] = field(default_factory=dict)

    def probe(self) -> Probe:
        return Probe("channel", self._look, every_seconds=_EVERY_SECONDS, rests_on_database=True)

    def _look(self) -> list[Sign]:
        midnight = self.clock.now().astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        with self.database.read() as connection:
            today = self._today(connection, midnight)
            if not self._last:
                self._last = {row.channel: row.last for row in connection.execute(_newest(_LOOKED_BACK))}
        self._last |= {name: last for name, (_, last) in today.items()}
        names = [*CHANNELS, *sorted(self._last.keys() - set(CHANNELS))]
        return [self._sign(name, today.get(name, (0, None))[0]) for name in names]

    def _today(self, connection: Connection, midnight: datetime) -> dict[str, tuple[int, datetime]]:
        rows = connection.execute(_newest(_MOST_COUNTED, midnight))
        return {row.channel: (int(row.number), row.last) for row in rows}

    def _sign(self, name: str, number: int) -> Sign:
        last = self._last.get(name)
        facts: dict[str, Fact] = {} if last is None else {"last_at": last.isoformat()}
        return Sign("channel", OK, number, "today", facts, about=name)


def _newest(most: int, since: datetime | None = None) -> Select[Any]:
    some = select(complaints.c.channel, complaints.c.received_at).order_by(complaints.c.received_at.desc()).limit(most)
    if since is not None:
        some = some.where(complaints.c.received_at >= since)
    found = some.subquery()
    number, last = func.count().label("number"), func.max(found.c.received_at).label("last")
    return select(found.c.channel, number, last).group_by(found.c.channel)


def mailbox_probes(room: MailRoom | None) -> list[Probe]:
    """None where no mailbox is polled."""
    poller = room.poller if room is not None else None
    return [] if poller is None else [Probe("mailbox", mailbox_look(lambda: poller.trouble))]


def mailbox_look(trouble: Callable[[], str]) -> Callable[[], list[Sign]]:
    """`trouble` is the code of what keeps the poller from the mailbox; empty when nothing does."""

    def look() -> list[Sign]:
        code = trouble()
        return [yes_or_no("mailbox", not code, facts={"problem": code} if code else {})]

    return look
