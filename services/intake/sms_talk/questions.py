"""Questions that a receipt asked back: kept until they are answered, or until the complaint counts as withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping

from services.intake import repository, repository_additions, wording
from services.intake.arrival import WANTED
from services.intake.sms_talk import repository as repository_sms
from shared.contracts.complaint import ComplaintLapsed
from shared.contracts.fields import Place
from shared.observability.logs import get_logger
from shared.service import Spine
from shared.storage.database import Transaction
from shared.timers import Timer

log = get_logger("sms")
TIMER = "sms_question"
OPEN_FOR = timedelta(days=30)
_UNTOUCHED = ("received", "triage")
"""States of a complaint that nobody has taken up: only such a one lapses."""


@dataclass(frozen=True)
class Questions:
    spine: Spine

    def ask(self, complaint_id: str, contact_key: str, asked: Sequence[str]) -> None:
        """Keeps that the receipt asks; only once, and not when no receipt goes out."""
        now = self.spine.clock.now()
        lapses_at = now + OPEN_FOR
        with self.spine.database.write() as tx:
            complaint = repository.complaint(tx.connection, complaint_id)
            if complaint is None or complaint["receipt"] != WANTED:
                return
            row = {"complaint_id": complaint_id, "contact_key": contact_key, "asked": list(asked), "asked_at": now}
            if repository_sms.add_question(tx, {**row, "lapses_at": lapses_at}):
                self.spine.timers.set(tx, TIMER, complaint_id, lapses_at)

    def close(self, tx: Transaction, complaint_id: str, closed_as: str) -> None:
        if repository_sms.close_question(tx, complaint_id, closed_as, self.spine.clock.now()):
            self.spine.timers.cancel(tx, TIMER, complaint_id)

    def lapse(self, tx: Transaction, timer: Timer) -> datetime | None:
        """The timer's work: the complaint lapses once, unless more was said or somebody has taken it up."""
        now = self.spine.clock.now()
        question = repository_sms.question(tx, timer.key)
        if question is None or question["closed_at"] is not None:
            return None
        if question["lapses_at"] > now:
            return question["lapses_at"]  # type: ignore[no-any-return]
        row = repository_additions.lock_complaint(tx, timer.key)
        repository_sms.close_question(tx, timer.key, "lapsed", now)
        if row is None or row["status"] not in _UNTOUCHED:
            return None
        if repository_additions.count_additions(tx.connection, timer.key):
            return None
        complaint_id, revision = row["complaint_id"], row["revision"] + 1
        entry = {"complaint_id": complaint_id, "revision": revision, "event": "lapsed", "note": wording.lapsed_note()}
        repository.add_to_timeline(tx, {**entry, "at": now})
        repository.apply_status(tx, complaint_id, revision, status="lapsed", agency=None, agency_name=None)
        self.spine.outbox.say(tx, _fact(row, question, revision, now))
        log.info("complaint_lapsed", complaint_id=complaint_id)
        return None


def _fact(row: RowMapping, question: RowMapping, revision: int, now: datetime) -> ComplaintLapsed:
    return ComplaintLapsed(
        complaint_id=row["complaint_id"],
        ticket=row["ticket"],
        revision=revision,
        text=row["text"],
        channel=row["channel"],
        kind=row["kind"],
        identity=row["identity"],
        place=Place(row["kecamatan"], row["kelurahan"], row["detail"], row["latitude"], row["longitude"]),
        contact_ref=row["contact_ref"],
        received_at=row["received_at"],
        external_refs=row["external_refs"],
        asked=list(question["asked"]),
        lapsed_at=now,
    )
