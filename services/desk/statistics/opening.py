"""Makes the numbers of a month public once, some days after it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.desk import wording
from services.desk.directory import repository as agencies
from services.desk.statistics import repository
from services.desk.statistics.open_data import Name, published
from services.desk.statistics.sums import AGENCY, CHANNEL
from services.desk.statistics.wanted import month_of, number_of
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

TIMER = "open_statistics"
EVERY = timedelta(hours=6)
WAIT = timedelta(days=5)
"""After the end of a month, for what comes late by other channels."""


@dataclass(frozen=True)
class Opening:
    """The handler of the timer `open_statistics`: a month each time, until all that are over are public."""

    spine: Spine
    zone: ZoneInfo

    def __call__(self, tx: Transaction, _timer: Timer) -> datetime:
        now = self.spine.clock.now()
        return now if self.open_next(tx, now) else now + EVERY

    def open_next(self, tx: Transaction, now: datetime) -> bool:
        """Says the numbers of the first month that is over, counted and not public yet; False when there is none."""
        last = month_of(number_of(f"{(now - WAIT).astimezone(self.zone):%Y-%m}") - 1)
        month = repository.next_to_publish(tx.connection, last)
        if month is None:
            return False
        fact = published(month, repository.of_month(tx.connection, month), names(tx.connection), now)
        self.spine.outbox.say(tx, fact)
        repository.note_published(tx, month, now)
        return True


def names(connection: Connection) -> Name:
    known = {entry.code: entry.name for entry in agencies.every(connection)}

    def name(dimension: str, value: str) -> str:
        if dimension == CHANNEL:
            return str(wording.CHANNELS.get(value, value))
        return known.get(value, value) if dimension == AGENCY else value

    return name


def order(tx: Transaction, spine: Spine) -> None:
    """To be called when the desk starts."""
    spine.timers.set_if_absent(tx, TIMER, "", spine.clock.now())
