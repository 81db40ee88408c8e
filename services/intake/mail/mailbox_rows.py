"""Which mails of a mailbox have been worked through: a row for each number, written before and after the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from services.intake.tables import mailbox_mails
from shared.clock import Clock
from shared.storage.database import Database
from shared.storage.upsert import insert_new

PENDING, DONE = "pending", "done"
IN_HAND = timedelta(seconds=30)
"""So long other pollers leave a mail to the one that has begun it: servers may double what two move at once."""
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Known:
    """A mail with which somebody has begun. `is_free`: nobody has it in hand now."""

    is_done: bool
    is_free: bool
    outcome: str


@dataclass(frozen=True)
class MailboxRows:
    database: Database
    clock: Clock
    account: str

    def known(self, validity: int, uids: Sequence[int]) -> dict[int, Known]:
        """By number, of those that lie there."""
        found: dict[int, Known] = {}
        now = self.clock.now()
        with self.database.read() as connection:
            for start in range(0, len(uids), 500):
                of_these = mailbox_mails.c.uid.in_(uids[start : start + 500])
                where = and_(self._all(validity), of_these)
                for row in connection.execute(select(*mailbox_mails.c).where(where)):
                    is_free = row.busy_until is None or row.busy_until <= now
                    found[row.uid] = Known(row.state == DONE, is_free, row.outcome or "")
        return found

    def begin(self, validity: int, uid: int) -> int | None:
        """Committed before the work: how many times it has been begun. None when it is done, or in another's hand."""
        row = {
            "account": self.account,
            "validity": validity,
            "uid": uid,
            "state": PENDING,
            "attempts": 0,
            "outcome": None,
            "busy_until": None,
            "noted_at": self.clock.now(),
            "settled_at": None,
        }
        with self.database.write() as tx:
            insert_new(tx, mailbox_mails, [row], mailbox_mails.c.uid)
            mine = and_(self._one(validity, uid), mailbox_mails.c.state == PENDING, self._is_free())
            values = {"attempts": mailbox_mails.c.attempts + 1, "busy_until": self.clock.now() + IN_HAND}
            more = update(mailbox_mails).where(mine).values(values)
            found = tx.execute(more.returning(mailbox_mails.c.attempts)).first()
        return None if found is None else int(found[0])

    def begin_moving(self, validity: int, uid: int) -> bool:
        """For one that is done and lies there still. False when another poller has it in hand."""
        mine = and_(self._one(validity, uid), mailbox_mails.c.state == DONE, self._is_free())
        with self.database.write() as tx:
            taken = tx.execute(update(mailbox_mails).where(mine).values(busy_until=self.clock.now() + IN_HAND))
        return taken.rowcount == 1

    def put_off(self, validity: int, uid: int) -> None:
        """The attempt did not count: it was not the mail's fault."""
        mine = and_(self._one(validity, uid), mailbox_mails.c.attempts > 0)
        with self.database.write() as tx:
            tx.execute(update(mailbox_mails).where(mine).values(attempts=mailbox_mails.c.attempts - 1, busy_until=None))

    def settle(self, validity: int, uid: int, outcome: str) -> None:
        now = self.clock.now()  # still in hand: it is moved next
        values = {"state": DONE, "outcome": outcome[:20], "settled_at": now, "busy_until": now + IN_HAND}
        with self.database.write() as tx:
            tx.execute(update(mailbox_mails).where(self._one(validity, uid)).values(values))

    def forget(self, before: datetime) -> None:
        """Rows of mails that have long been moved away."""
        with self.database.write() as tx:
            tx.execute(delete(mailbox_mails).where(mailbox_mails.c.state == DONE, mailbox_mails.c.settled_at < before))

    def _is_free(self) -> ColumnElement[bool]:
        return or_(mailbox_mails.c.busy_until.is_(None), mailbox_mails.c.busy_until <= self.clock.now())

    def _all(self, validity: int) -> ColumnElement[bool]:
        return and_(mailbox_mails.c.account == self.account, mailbox_mails.c.validity == validity)

    def _one(self, validity: int, uid: int) -> ColumnElement[bool]:
        return and_(self._all(validity), mailbox_mails.c.uid == uid)
