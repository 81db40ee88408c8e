"""What is written down of mails that become neither complaint nor reply: set aside, noted, refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake import repository
from services.intake.mail import repository_quarantine
from services.intake.mail.keeping import RawMails
from services.intake.mail.report import Report
from services.intake.mail.sorting import CHANNEL, Sorted
from services.intake.repository_additions import store_raw
from services.intake.rows import raw_row, seen_row
from services.intake.submission import KeptRaw
from shared.contracts.delivery import DeliveryReported
from shared.ids import new_id
from shared.observability.logs import get_logger
from shared.observability.masking import mask
from shared.service import Spine
from shared.storage.database import Transaction

log = get_logger("mail")
_MOST_DETAIL = 300
_MOST_ANSWER = 300


@dataclass(frozen=True)
class ReadMail:
    """A mail of which only this is known when nothing could be made of it. `whole` is what is kept of it."""

    whole: bytes
    size: int
    message_id: str = ""
    subject: str = ""
    contact_key: str | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.whole).hexdigest()


@dataclass(frozen=True)
class MailRecords:
    spine: Spine
    raws: RawMails

    def set_aside(self, mail: ReadMail, reason: str, detail: str = "") -> None:
        """A person will look at it; the same mail twice is one. Raises `Transient`."""
        raw, id_, now = self.raws.keep(mail.whole), new_id(), self.spine.clock.now()
        row = {
            "quarantine_id": id_,
            "channel": CHANNEL,
            "reason": reason[:64],
            "detail": mask(detail or mail.subject)[:_MOST_DETAIL],
            "contact_key": mail.contact_key,
            "size": mail.size,
            "state": repository_quarantine.WAITING,
            "received_at": now,
            "settled_at": None,
            "settled_by": None,
            "outcome": None,
        }

        def store(tx: Transaction) -> None:
            repository_quarantine.set_aside(tx, row)
            store_raw(tx, [raw_row(raw, id_, channel=CHANNEL, at=now, quarantine_id=id_)])

        if self._once("quarantine", mail, id_, store, raw):
            self.spine.metrics.quarantined.labels(CHANNEL, reason).inc()
            log.warning("message_set_aside", channel=CHANNEL, reason=reason, quarantine_id=id_, size=mail.size)

    def note_delivery(self, mail: ReadMail, found: Sorted, report: Report | None) -> None:
        """What was heard of a mail of ours is said once; the rest is only counted. Raises `Transient`."""
        now = self.spine.clock.now()
        complaint_id = found.about.complaint_id if found.about else None
        raw = self.raws.keep(mail.whole) if complaint_id or found.delivery_id or report is None else None

        def store(tx: Transaction) -> None:
            if found.delivery_id:
                self.spine.outbox.say(tx, _fact(found.delivery_id, found.reason, report, now))
            if raw is not None:
                store_raw(tx, [raw_row(raw, new_id(), channel=CHANNEL, at=now, complaint_id=complaint_id)])
            repository.store_refusal(tx, _refusal(mail, found.reason, now))

        if self._once("delivery", mail, complaint_id or found.delivery_id or "none", store, raw):
            log.info("delivery_heard_of", reason=found.reason, delivery_id=found.delivery_id, complaint_id=complaint_id)

    def refuse(self, mail: ReadMail, reason: str) -> None:
        """Keeps the fact that it could not become a complaint; neither its text nor its sender."""
        with self.spine.database.write() as tx:
            repository.store_refusal(tx, _refusal(mail, reason, self.spine.clock.now()))
        self.spine.metrics.refused.labels(CHANNEL, reason).inc()
        log.info("message_refused", channel=CHANNEL, reason=reason, size=mail.size)

    def _once(
        self, what: str, mail: ReadMail, about: str, store: Callable[[Transaction], None], raw: KeptRaw | None
    ) -> bool:
        """By the mail's id and content: a server that had no answer sends it again."""
        digest = hashlib.sha256(f"{what}\0{mail.message_id}\0{_body_digest(mail.whole)}".encode()).hexdigest()
        seen = seen_row(
            digest, channel=CHANNEL, account=what, complaint_id=about[:64], at=self.spine.clock.now(),
            provider_id=mail.message_id,
        )  # fmt: skip
        with self.spine.database.write() as tx:
            new = bool(repository.enter_seen(tx, [seen]))
            if new:
                store(tx)
        if not new and raw is not None:
            self.raws.drop(raw)
        return new


def _body_digest(whole: bytes) -> str:
    """Of what stands below the head: servers on another way write other lines above it."""
    head, _, body = whole.replace(b"\r\n", b"\n").partition(b"\n\n")
    return hashlib.sha256(body or head).hexdigest()


def _fact(delivery_id: str, reason: str, report: Report | None, now: datetime) -> DeliveryReported:
    return DeliveryReported(
        delivery_id=delivery_id,
        reported=report.action if report else "delivered",
        reason=reason,
        channel=CHANNEL,
        answer=mask(report.answer)[:_MOST_ANSWER] if report else "",
        reported_at=now,
    )


def _refusal(mail: ReadMail, reason: str, now: datetime) -> dict[str, Any]:
    return {"channel": CHANNEL, "reason": reason[:64], "contact_key": mail.contact_key, "size": mail.size, "at": now}
