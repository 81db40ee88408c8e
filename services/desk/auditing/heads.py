"""Once a day, when the offices open, how far the chain is: noted here, and said so that the auditors get a mail."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.desk.auditing import repository
from services.desk.auditing.repository import DayHead
from services.desk.deadlines.counting import office_hours
from shared.city_calendar import CityCalendar
from shared.contracts.audit import AuditHead
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("auditing")
USUAL_OPENING = time(8)
"""On days on which the offices are closed: rows are written then, too."""


class DailyHeads:
    """`note` may be called as often as one likes; of several desks one says the head of a day."""

    def __init__(self, spine: Spine, calendar: CityCalendar) -> None:
        self._spine = spine
        self._calendar = calendar
        self._next_at: datetime | None = None

    def note(self) -> bool:
        """Says today's head when it is time and nobody has; whether it did."""
        now = self._spine.clock.now()
        if self._next_at is not None and now < self._next_at:
            return False
        day = now.astimezone(ZoneInfo(self._calendar.timezone)).date()
        due_at = opening_of(day, self._calendar)
        said = False
        if now >= due_at:
            with self._spine.database.write() as tx:
                said = self._say(tx, day, now)
            due_at = opening_of(day + timedelta(days=1), self._calendar)
        self._next_at = due_at
        return said

    def _say(self, tx: Transaction, day: date, now: datetime) -> bool:
        before = next(iter(repository.heads(tx.connection, 1)), None)
        last = repository.head(tx.connection)
        if not repository.add_head(tx, DayHead(day, last.n, last.mac, now)):
            return False
        begin = before.n if before else 0
        away = [one.service for one in repository.progress(tx.connection).values() if one.problem]
        event = AuditHead(
            day=day.isoformat(), count=last.n, mac=last.mac, added=max(0, last.n - begin),
            late=repository.count_late(tx.connection, begin, last.n), since=before.made_at if before else None,
            away=sorted(away), made_at=now,
        )  # fmt: skip
        self._spine.outbox.say(tx, event)
        log.info("audit_head_said", day=event.day, count=event.count, late=event.late)
        return True


def opening_of(day: date, calendar: CityCalendar) -> datetime:
    """When the offices open on that day, or usually would."""
    hours = office_hours(day, calendar)
    begin = hours[0][0] if hours else USUAL_OPENING
    return datetime.combine(day, begin, ZoneInfo(calendar.timezone)).astimezone(UTC)
