"""Parts of long text messages, kept until they are complete or have waited long enough, then heard as one message.

A part is stored before it is answered. Putting parts together is one transaction that only one process can win;
hearing them afterwards can be repeated, so a crash between the two costs a minute and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping

from services.intake.accept import Door
from services.intake.sms_talk import parts as parts_of
from services.intake.sms_talk import repository as repository_sms
from services.intake.sms_talk import wording
from services.intake.sms_talk.hearing import Circumstances, Hearing
from services.intake.sms_talk.message import ACCEPTED, PartOf, SmsAnswer
from services.intake.sms_talk.message import WAITING as WAITING_OUTCOME
from services.intake.sms_talk.part_rows import PartRows, part_of
from services.intake.sms_talk.parts import LATE
from services.intake.sms_talk.replies import HeardSms
from services.intake.sms_talk.repository import CLOSED, DONE, WAITING
from shared.errors import TanggapError, Transient
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.storage.bells import Bells
from shared.storage.database import Transaction

log = get_logger("sms")
_LEASE = timedelta(seconds=60)
_STORED = SmsAnswer(WAITING_OUTCOME, note=wording.WAITING)


class _Taken(Exception):
    """Another process put these parts together first."""


@dataclass(frozen=True)
class Joining:
    door: Door
    hearing: Hearing
    rows: PartRows

    def take_numbered(self, heard: HeardSms, part: PartOf) -> SmsAnswer:
        """A part whose place the gateway told. With it complete, or late, the whole is heard at once."""
        try:
            with self._write() as tx:
                message_id = self._add_numbered(tx, heard, part)
        except _Taken:
            return self.take_numbered(heard, part)
        return message_id if isinstance(message_id, SmsAnswer) else self._finish(message_id)

    def _add_numbered(self, tx: Transaction, heard: HeardSms, part: PartOf) -> SmsAnswer | str:
        """An answer, or the id of the message that can be heard now."""
        now, key = self._now(), self.rows.numbered_key(heard, part)
        row = self.rows.row(heard, key, now, reference=part.reference, number=part.number, total=part.total)
        if not repository_sms.store_part(tx, row):
            return self._known(tx.connection, key)
        group = self._of_reference(tx.connection, heard, part, now)
        waiting = [one for one in group if one["state"] == WAITING]
        late = any(_lacks(one, group, part.number) for one in group if one["state"] == DONE)
        if not (late or parts_of.is_complete([part_of(one) for one in waiting])):
            return _STORED
        return self._close(tx, [one["part_key"] for one in waiting])

    def take_full(self, heard: HeardSms) -> SmsAnswer:
        """A message that fills a part to the brim: more may follow."""
        with self._write() as tx:
            now = self._now()
            waiting = [one for one in self._unnumbered(tx.connection, heard, now) if one["state"] == WAITING]
            row = self.rows.row(heard, self.rows.full_key(heard, now), now, number=len(waiting) + 1)
            if not repository_sms.store_part(tx, row):
                return self._known(tx.connection, row["part_key"])
        return _STORED

    def take_tail(self, heard: HeardSms, found: Circumstances) -> SmsAnswer | None:
        """A short message right after one that breaks off, heard with it; None when there is no such one."""
        try:
            with self._write() as tx:
                now = self._now()
                recent = self._unnumbered(tx.connection, heard, now)
                waiting = [one for one in recent if one["state"] == WAITING]
                busy = [one for one in recent if one["state"] == CLOSED and one["cut"]]
                if not (waiting or busy or _cut_before(recent, found.last)):
                    return None
                row = self.rows.row(heard, self.rows.tail_key(heard, now), now, number=len(waiting) + 1)
                if not repository_sms.store_part(tx, row):
                    return self._known(tx.connection, row["part_key"])
                if busy:
                    return _STORED  # its head is being heard at this moment
                message_id = self._close(tx, [*(one["part_key"] for one in waiting), row["part_key"]])
        except _Taken:
            return self.take_tail(heard, found)
        return self._finish(message_id)

    def note_cut(self, heard: HeardSms, complaint_id: str) -> None:
        """Remembers that a message which was heard at once breaks off, so that its rest finds the same complaint."""
        with self._write() as tx:
            now = self._now()
            row = self.rows.row(heard, self.rows.full_key(heard, now), now, number=1)
            done = {"state": DONE, "sealed": "", "message_id": new_id(), "complaint_id": complaint_id, "cut": True}
            repository_sms.store_part(tx, {**row, **done})

    def run_due(self) -> int:
        """Hears what has waited long enough, and what somebody else left half done; how many messages that were."""
        now = self._now()
        with self.door.spine.database.read() as connection:
            left = repository_sms.left_over(connection, now)
            waiting = [part_of(row) for row in repository_sms.waiting_parts(connection)]
        groups = parts_of.ready_groups(waiting, now)
        for message_id in left:
            with self._write() as tx:
                mine = repository_sms.take_over(tx, message_id, now, now + _LEASE)
            if mine:
                self._try_to_finish(message_id)
        for group in groups:
            try:
                with self._write() as tx:
                    message_id = self._close(tx, [part.part_key for part in group])
            except _Taken:
                continue
            self._try_to_finish(message_id)
        return len(left) + len(groups)

    def _try_to_finish(self, message_id: str) -> None:
        """One message that cannot be heard now must not keep the others waiting; its lease brings it back."""
        try:
            self._finish(message_id)
        except Transient:
            raise
        except TanggapError as error:
            log.error("sms_parts_not_heard", message_id=message_id, code=error.code)
        except Exception:
            log.exception("sms_parts_not_heard", message_id=message_id)

    def _finish(self, message_id: str) -> SmsAnswer:
        """Hears the parts that were put together under this id. May be repeated."""
        with self.door.spine.database.read() as connection:
            rows = repository_sms.parts_of_message(connection, message_id)
            if not rows or rows[0]["state"] == DONE:
                return _STORED
        heard, tail = self.rows.whole(rows)
        found = self.hearing.look_around(heard)
        target = self._late_target(rows, found.last)
        answer = self.hearing.add_late(self.rows.whole(rows, late=True)[0], *target) if target is not None else None
        if answer is None:
            answer = self.hearing.hear(heard, found)
        with self._write() as tx:
            cut = not rows[0]["reference"] and parts_of.breaks_off(tail) and answer.complaint_id is not None
            repository_sms.finish_parts(tx, message_id, answer.complaint_id, cut=cut)
        return answer

    def _late_target(self, rows: Sequence[RowMapping], last: RowMapping | None) -> tuple[str, str] | None:
        """(complaint, ticket) to which these parts come late. `last` is the sender's last complaint."""
        first_at, sender = min(row["received_at"] for row in rows), (rows[0]["contact_key"], rows[0]["account"])
        with self.door.spine.database.read() as connection:
            recent = repository_sms.parts_of_sender(connection, *sender, first_at - LATE)
            target = _missed_by(rows, recent, last, first_at)
            ticket = repository_sms.ticket_of(connection, target["complaint_id"]) if target is not None else None
        return None if target is None or ticket is None else (target["complaint_id"], ticket)

    def _known(self, connection: Connection, part_key: str) -> SmsAnswer:
        """The same part again."""
        row = repository_sms.part(connection, part_key)
        if row is None or row["complaint_id"] is None:
            return _STORED
        ticket = repository_sms.ticket_of(connection, row["complaint_id"])
        note = wording.accepted_note(ticket) if ticket else ""
        return SmsAnswer(ACCEPTED, "", ticket, row["complaint_id"], note=note)

    def _close(self, tx: Transaction, part_keys: Sequence[str]) -> str:
        message_id = new_id()
        if not repository_sms.close_parts(tx, part_keys, message_id, self._now() + _LEASE):
            raise _Taken
        return message_id

    def _of_reference(self, connection: Connection, heard: HeardSms, part: PartOf, now: datetime) -> list[RowMapping]:
        rows = repository_sms.parts_of_sender(connection, heard.contact_key, heard.message.account, now - LATE)
        return [row for row in rows if row["reference"] == part.reference and row["total"] == part.total]

    def _unnumbered(self, connection: Connection, heard: HeardSms, now: datetime) -> list[RowMapping]:
        rows = repository_sms.parts_of_sender(connection, heard.contact_key, heard.message.account, now - LATE)
        return [row for row in rows if not row["reference"]]

    def _now(self) -> datetime:
        return self.door.spine.clock.now()

    def _write(self) -> Any:
        return self.door.spine.database.write()


class PartsWorker:
    """Steps through parts that are due."""

    def __init__(self, joining: Joining, bells: Bells) -> None:
        self._joining = joining
        self._waiter = bells.waiter("sms.parts")

    def step(self) -> None:
        if not self._joining.run_due():
            self._waiter.idle()

    def wake(self) -> None:
        self._waiter.ring()

    def close(self) -> None:
        """Nothing of its own to release."""


def _missed_by(
    rows: Sequence[RowMapping], recent: Sequence[RowMapping], last: RowMapping | None, first_at: datetime
) -> RowMapping | None:
    """A part of the message that was heard without these parts."""
    group = (rows[0]["reference"], rows[0]["total"])
    before = [
        row
        for row in recent
        if row["state"] == DONE and (row["reference"], row["total"]) == group and row["received_at"] <= first_at
    ]
    if not rows[0]["reference"]:
        return _cut_before(before, last)
    numbers = [row["number"] for row in rows]
    return next((row for row in reversed(before) if all(_lacks(row, recent, number) for number in numbers)), None)


def _lacks(done: RowMapping, group: Sequence[RowMapping], number: int) -> bool:
    """Whether the message that this part went into was heard without the part of that number."""
    same = [row for row in group if row["message_id"] == done["message_id"]]
    return done["complaint_id"] is not None and all(row["number"] != number for row in same)


def _cut_before(recent: Sequence[RowMapping], last: RowMapping | None) -> RowMapping | None:
    """The sender's last message, when it breaks off and nothing of theirs came after it."""
    done = [row for row in recent if row["state"] == DONE]
    if not done or not done[-1]["cut"] or done[-1]["complaint_id"] is None:
        return None
    before = (
        last is None
        or last["complaint_id"] == done[-1]["complaint_id"]
        or last["received_at"] <= done[-1]["received_at"]
    )
    return done[-1] if before else None
